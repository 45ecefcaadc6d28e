// layer_bits_test.cpp - a net with every norm and every layer that draws: the same bits for any number of threads.
#include <gtest/gtest.h>

#include "percept/base/thread_pool.h"
#include "percept/io/save.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/adaptive_pool.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/blocks.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/noise.h"
#include "percept/nn/layers/norms.h"
#include "percept/nn/layers/reshape.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer.h"
#include "percept/optim/optimizers/adam.h"

namespace percept::layer_bits_test {

Sequential every_norm() {
  return {Conv2d{{.out_channels = 8, .kernel_size = 3, .padding = 1}},
          BatchNorm2d{},
          ReLU{},
          Dropout2d{{.rate = 0.2}},
          Residual{{.layers = {Conv2d{{.out_channels = 8, .kernel_size = 3, .padding = 1}},
                               GroupNorm{{.num_groups = 2}}, SiLU{}, Conv2d{{.out_channels = 8, .kernel_size = 1}},
                               InstanceNorm2d{{.affine = true, .track_running_stats = true}}}}},
          Reshape{{.shape = {8, -1}}},
          InstanceNorm1d{},
          Dropout1d{{.rate = 0.2}},
          Flatten{},
          Linear{{.out_features = 64}},
          BatchNorm1d{},
          SELU{},
          AlphaDropout{{.rate = 0.1}},
          GaussianNoise{{.stddev = 0.1}},
          LayerNorm{},
          Linear{{.out_features = 32}},
          RMSNorm{},
          GaussianDropout{{.rate = 0.1}},
          Dropout{{.rate = 0.2}},
          Linear{{.out_features = 10}}};
}

std::string trained(int threads) {
  set_num_threads(threads);
  seed(11);
  Sequential model = every_norm();
  build(model, {3, 10, 10});
  const Tensor x = uniform({40, 3, 10, 10}, 0, 1, {1, 1});
  const Tensor y = cast(floor(uniform({40}, 0, 10, {1, 2})), DType::i64);
  Optimizer optimizer = Adam{{.learning_rate = 1e-2}};
  TrainingScope training;
  for (int step = 0; step < 4; ++step) {
    cross_entropy(model(x), y).backward();
    optimizer.step(parameters(model));
  }
  return weights_sha256(model);
}

TEST(LayerBits, SameForAnyNumberOfThreads) {
  const int before = num_threads();
  const std::string one = trained(1);
  for (int threads : {1, 2, 3, 4}) EXPECT_EQ(trained(threads), one) << threads << " threads";
  set_num_threads(before);
}

}  // namespace percept::layer_bits_test
