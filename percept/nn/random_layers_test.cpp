// random_layers_test.cpp - layers that draw while training: what they leave alone, their statistics, their streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "percept/autograd/autograd.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/embedding.h"
#include "percept/nn/layers/noise.h"
#include "percept/nn/module.h"
#include "percept/ops/ops.h"
#include "tests/refusal.h"

namespace percept::random_layers_test {

using testing::HasSubstr;

struct Moments {
  double mean = 0, std = 0;
};
Moments moments(const Tensor& x) {
  const auto values = x.to_vector<double>();
  Moments m;
  for (double v : values) m.mean += v / static_cast<double>(values.size());
  for (double v : values) m.std += (v - m.mean) * (v - m.mean) / static_cast<double>(values.size());
  m.std = std::sqrt(m.std);
  return m;
}

// Inference hands x through; a step's calls, the steps and the layers draw differently; the same step draws the same.
template <class L>
void check_streams(const L& layer, const Tensor& x) {
  EXPECT_EQ(layer(x).template to_vector<float>(), x.to_vector<float>());
  const L other = layer;
  std::vector<float> first, second;
  {
    TrainingScope training;
    first = layer(x).template to_vector<float>();
    second = layer(x).template to_vector<float>();
    EXPECT_NE(first, second);
    EXPECT_NE(other(x).template to_vector<float>(), first);
    training.next_step();
    EXPECT_NE(layer(x).template to_vector<float>(), first);
  }
  const TrainingScope again;
  EXPECT_EQ(layer(x).template to_vector<float>(), first);
  EXPECT_EQ(layer(x).template to_vector<float>(), second);
}

TEST(RandomLayers, StreamsFollowStepCallAndLayer) {
  seed(2);
  const Tensor x = normal({64, 8, 4}, 0, 1, {1, 1});
  check_streams(Dropout1d{{.rate = 0.5}}, x);
  check_streams(Dropout2d{{.rate = 0.5}}, reshape(x, {64, 8, 2, 2}));
  check_streams(AlphaDropout{{.rate = 0.3}}, x);
  check_streams(GaussianNoise{{.stddev = 0.5}}, x);
  check_streams(GaussianDropout{{.rate = 0.3}}, x);
}

TEST(RandomLayers, FeatureDropoutDropsWholeChannels) {
  seed(3);
  const Dropout2d layer{{.rate = 0.25}};
  const TrainingScope training;
  const auto values = layer(ones({100, 20, 3, 2})).to_vector<float>();
  int dropped = 0;
  for (std::size_t channel = 0; channel < 2000; ++channel) {
    for (std::size_t i = 1; i < 6; ++i) ASSERT_EQ(values[channel * 6 + i], values[channel * 6]);
    EXPECT_TRUE(values[channel * 6] == 0 || std::abs(values[channel * 6] - 4.f / 3) < 1e-6f);
    dropped += values[channel * 6] == 0;
  }
  EXPECT_NEAR(dropped, 500, 5 * std::sqrt(2000 * 0.25 * 0.75));
  EXPECT_THAT(refusal([&] { layer(ones({2, 3})); }), HasSubstr("it takes images [B, C, H, W]"));
  EXPECT_THAT(refusal([&] { Dropout1d{}(ones({2, 3})); }), HasSubstr("it takes sequences [B, C, L]"));
}

TEST(RandomLayers, AlphaDropoutKeepsMeanAndVariance) {
  seed(4);
  const AlphaDropout layer{{.rate = 0.2}};
  const Tensor x = normal({400, 100}, 0, 1, {1, 1});
  const TrainingScope training;
  const Moments m = moments(layer(x));
  EXPECT_NEAR(m.mean, 0, 0.03);
  EXPECT_NEAR(m.std, 1, 0.03);
  // Dropped elements share one value: a (-1.7581) + b.
  std::multiset<float> values;
  for (float v : layer(x).to_vector<float>()) values.insert(v);
  const double keep = 0.8, low = 1.7580993408473766, a = 1 / std::sqrt(keep + low * low * keep * 0.2);
  const auto common = static_cast<float>(-a * low + a * low * 0.2);
  EXPECT_NEAR(
      static_cast<double>(std::distance(values.lower_bound(common - 1e-5f), values.upper_bound(common + 1e-5f))), 8000,
      5 * std::sqrt(40000 * 0.16));
}

TEST(RandomLayers, GaussianNoiseAndDropout) {
  seed(5);
  const TrainingScope training;
  const Moments noise = moments(GaussianNoise{{.stddev = 0.5}}(full({400, 100}, 2)));
  EXPECT_NEAR(noise.mean, 2, 5 * 0.5 / 200);
  EXPECT_NEAR(noise.std, 0.5, 5 * 0.5 / 280);
  const Moments factor = moments(GaussianDropout{{.rate = 0.2}}(full({400, 100}, 2)));
  EXPECT_NEAR(factor.mean, 2, 5 * 1.0 / 200);
  EXPECT_NEAR(factor.std, 2 * 0.5, 5 * 1.0 / 280);  // sqrt(0.2 / 0.8) = 0.5
  EXPECT_THAT(refusal([] { GaussianNoise{{.stddev = -1}}; }), HasSubstr("GaussianNoise: stddev is -1"));
  EXPECT_THAT(refusal([] { AlphaDropout{{.rate = 1}}; }), HasSubstr("AlphaDropout: rate is 1"));
}

TEST(RandomLayers, EmbeddingStartsNormalAndPadsWithZeros) {
  seed(6);
  Embedding layer{{.num_embeddings = 500, .embedding_dim = 40, .padding_idx = -1}};
  const Moments m = moments(slice(layer.weight, 0, 0, 499));
  EXPECT_NEAR(m.mean, 0, 5 / std::sqrt(19960.0));
  EXPECT_NEAR(m.std, 1, 5 / std::sqrt(2 * 19960.0));
  const Tensor y = layer(tensor({499, 3}));
  EXPECT_EQ(max(abs(select(y, 0, 0))).item(), 0);
  sum(y).backward();
  EXPECT_EQ(sum(layer.weight.grad()).item(), 40);  // of row 3 only
  EXPECT_EQ(layer(tensor({3.7, 3.0})).to_vector<float>(), layer(tensor({3, 3})).to_vector<float>());
  EXPECT_THAT(refusal([&] { layer(tensor({500})); }), HasSubstr("500"));
  for (const double none : {std::nan(""), HUGE_VAL, -1.0})
    EXPECT_THAT(refusal([&] { layer(full({1}, none)); }), HasSubstr("-1")) << none;
  EXPECT_THAT(refusal([] { Embedding{{.num_embeddings = 3, .embedding_dim = 2, .padding_idx = 3}}; }),
              HasSubstr("padding_idx is 3"));
}

}  // namespace percept::random_layers_test
