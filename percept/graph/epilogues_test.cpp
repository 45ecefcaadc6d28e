// epilogues_test.cpp - pools and copies behind the pieces of convolutions: the same bits, and no memory between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/core/mode.h"
#include "percept/graph/capture.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/avg_pool2d.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/max_pool2d.h"
#include "percept/nn/losses.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "percept/ops/products.h"

namespace percept::epilogues_test {

using testing::HasSubstr;
using testing::Not;

std::string titles(const PlanReport& report) {
  std::string all;
  for (const PlannedCall& call : report.calls) all += call.title() + "; ";
  return all;
}

Conv2d convolution(std::int64_t in, std::int64_t out, const std::string& algorithm) {
  return Conv2d{{.in_channels = in, .out_channels = out, .kernel_size = 3, .padding = 1, .algorithm = algorithm}};
}

void expect_the_same(Sequential& model, std::int64_t channels, std::int64_t side) {
  auto with = capture([&](const Tensor& x) { return model(x); });
  auto without = capture([&](const Tensor& x) { return model(x); }, {.fuse_epilogues = false});
  const NoGrad off;
  for (const std::int64_t rows : {0, 1, 2, 33}) {
    SCOPED_TRACE(rows);
    const Tensor x = uniform({rows, channels, side, side}, -1, 1, {7, 9});
    const std::vector<float> fused = with(x).to_vector<float>();
    EXPECT_EQ(fused, without(x).to_vector<float>());
    EXPECT_EQ(fused, model(x).to_vector<float>());
  }
}

class Epilogues : public ::testing::TestWithParam<const char*> {};

// Bands of rows, 13 of which leave one out of the windows.
TEST_P(Epilogues, WindowsSideBySide) {
  seed(5);
  Sequential model{convolution(3, 32, GetParam()), ReLU{}, MaxPool2d{{.kernel_size = 2}}, Flatten{},
                   Linear{{.in_features = 32 * 36, .out_features = 4}}};
  expect_the_same(model, 3, 13);
}

// They need whole images; and a pool in front of its activation.
TEST_P(Epilogues, WindowsThatOverlapOrPad) {
  seed(5);
  Sequential model{convolution(3, 40, GetParam()),
                   MaxPool2d{{.kernel_size = 2, .stride = 1}},
                   ReLU{},
                   convolution(40, 40, GetParam()),
                   MaxPool2d{{.kernel_size = 3, .stride = 2, .padding = 1}},
                   Flatten{}};
  expect_the_same(model, 3, 8);
  Sequential same{convolution(2, 16, GetParam()), ReLU{}, MaxPool2d{{.kernel_size = 2, .padding = "same"}}, Flatten{}};
  expect_the_same(same, 2, 57);
}

// The result lies as what it is made from does, and must not take its place.
TEST_P(Epilogues, PoolsThatKeepTheSize) {
  seed(5);
  Sequential largest{convolution(3, 16, GetParam()), MaxPool2d{{.kernel_size = 3, .stride = 1, .padding = 1}},
                     Flatten{}};
  expect_the_same(largest, 3, 8);
  Sequential mean{convolution(3, 16, GetParam()), AvgPool2d{{.kernel_size = 2, .stride = 1, .padding = "same"}}};
  expect_the_same(mean, 3, 8);
}

TEST_P(Epilogues, Averages) {
  seed(5);
  Sequential model{convolution(3, 8, GetParam()),      ReLU{},
                   AvgPool2d{{.kernel_size = {3, 2}}}, convolution(8, 33, GetParam()),
                   AvgPool2d{{.kernel_size = 2}},      Flatten{}};
  expect_the_same(model, 3, 48);
}

// Planes, shifts, and Winograd by filters of one panel and of several.
TEST(EpilogueKernels, OfEveryKind) {
  seed(5);
  const auto pooled = [](std::int64_t in, std::int64_t out) {
    return Sequential{convolution(in, out, "auto"), ReLU{}, MaxPool2d{{.kernel_size = 2}}, Flatten{}};
  };
  Sequential planes = pooled(3, 6), shifts = pooled(20, 3), wide = pooled(130, 160);
  expect_the_same(planes, 3, 12);
  expect_the_same(shifts, 20, 12);
  expect_the_same(wide, 130, 6);
}

// Below f32: pairs. And one row of a large product.
TEST(EpilogueKernels, OfBf16AndOfOneRow) {
  seed(5);
  Sequential few{convolution(6, 16, "auto"), ReLU{}, MaxPool2d{{.kernel_size = 2}}, Flatten{}};
  Sequential dense{Flatten{}, Linear{{.in_features = 2100, .out_features = 40}}, ReLU{}};
  {
    const PrecisionScope scope(has_bf16_products() ? ProductPrecision::bf16 : ProductPrecision::bf16_rounded);
    expect_the_same(few, 6, 12);
  }
  auto with = capture([&](const Tensor& x) { return dense(x); });
  const NoGrad off;
  const Tensor x = uniform({3, 2100}, -1, 1, {7, 9});
  const std::vector<float> all = with(x).to_vector<float>(), first = with(slice(x, 0, 0, 1)).to_vector<float>();
  EXPECT_EQ(first, std::vector<float>(all.begin(), all.begin() + 40));
  EXPECT_THAT(titles(with.plans().report()), HasSubstr("matmul + add relu"));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, Epilogues, ::testing::Values("direct", "winograd"),
                         [](const auto& info) { return std::string(info.param); });

TEST(EpilogueMemory, WhatLiesBetweenTakesNone) {
  Sequential model{convolution(3, 16, "winograd"), ReLU{}, MaxPool2d{{.kernel_size = 2}}, Flatten{}};
  auto with = capture([&](const Tensor& x) { return model(x); });
  auto without = capture([&](const Tensor& x) { return model(x); }, {.fuse_epilogues = false});
  const NoGrad off;
  const Tensor x = uniform({400, 3, 64, 64}, -1, 1, {7, 2});
  with(x), without(x);
  const std::size_t plane = 400 * 64 * 64 * sizeof(float), input = 3 * plane, whole = 16 * plane;
  EXPECT_GT(without.plans().memory().arena, whole);
  EXPECT_LT(with.plans().memory().arena, input + whole / 4);
  EXPECT_THAT(titles(with.plans().report()), HasSubstr("conv2d + relu max_pool2d copy; "));
}

// A training step keeps what the activation gave, and where the maxima were.
TEST(EpilogueMemory, WhatTheGradientReadsStays) {
  Sequential model{convolution(3, 16, "winograd"), ReLU{}, MaxPool2d{{.kernel_size = 2}}, Flatten{}};
  auto step = capture([&](const Tensor& x) {
    const Tensor loss = mean(model(x));
    loss.backward();
    return loss;
  });
  step(uniform({2, 3, 8, 8}, -1, 1, {7, 2}));
  EXPECT_THAT(titles(step.plans().report()), Not(HasSubstr("relu max_pool2d")));
}

// Matrices [B H W, C] and channels-last images are the same memory; running statistics are read before the activation.
TEST(EpilogueStatistics, ActivationsBehindBatchNorm) {
  const auto train = [](bool fused, std::string& calls) {
    seed(5);
    Sequential body{convolution(8, 6, "auto"), BatchNorm2d{{.num_features = 6}}, ReLU{}, convolution(6, 8, "auto"),
                    BatchNorm2d{{.num_features = 8}}};
    auto step = capture(
        [&](const Tensor& x) {
          const Tensor loss = mean(square(relu(body(x) + x)));
          loss.backward();
          return loss;
        },
        {.fuse_epilogues = fused});
    const TrainingScope training(0, 5);
    for (const std::uint64_t i : {1, 2, 3}) step(channels_last(uniform({5, 8, 7, 6}, -1, 1, {7, i})));
    calls = titles(step.plans().report());
    std::vector<float> all;
    for (const NamedState& one : states(body)) {
      for (const float value : one.state->tensor().detach().to_vector<float>()) all.push_back(value);
      if (one.state->grad().defined())
        for (const float value : one.state->grad().to_vector<float>()) all.push_back(value);
    }
    return all;
  };
  std::string fused, apart;
  EXPECT_EQ(train(true, fused), train(false, apart));
  EXPECT_THAT(fused, HasSubstr("batch_norm_rows + relu; "));
  EXPECT_THAT(fused, HasSubstr("batch_norm_rows + add relu"));
  EXPECT_THAT(apart, Not(HasSubstr("batch_norm_rows +")));
}

// Operands that lie in memory as the rows do, and numbers, may be read behind; others not.
TEST(EpilogueStatistics, BehindAViewOnlyWhatLiesAlike) {
  const Tensor x = channels_last(uniform({3, 4, 5, 2}, -1, 1, {7, 2}));
  const auto calls = [&](const std::function<Tensor(const Tensor& y)>& f) {
    const auto whole = [&](const Tensor& image) { return f(batch_norm(image, ones({4}), zeros({4}), 1e-5).y); };
    auto with = capture(whole);
    EXPECT_EQ(with(x).to_vector<float>(), whole(x).to_vector<float>());
    return titles(with.plans().report());
  };
  const Tensor alike = channels_last(uniform({3, 4, 5, 2}, -1, 1, {7, 3})),
               other = uniform({3, 4, 5, 2}, -1, 1, {7, 4});
  EXPECT_THAT(calls([&](const Tensor& y) { return relu(y + constant(alike)); }),
              HasSubstr("batch_norm_rows + add relu"));
  EXPECT_THAT(calls([&](const Tensor& y) { return relu(y * full({1}, 3)); }), HasSubstr("batch_norm_rows + mul relu"));
  EXPECT_THAT(calls([&](const Tensor& y) { return cast(y > 0, DType::f32); }), HasSubstr("batch_norm_rows + "));
  EXPECT_THAT(calls([&](const Tensor& y) { return relu(y + constant(other)); }), Not(HasSubstr("batch_norm_rows +")));
  EXPECT_THAT(calls([&](const Tensor& y) { return relu(y + full({4, 1, 1}, 3)); }),
              Not(HasSubstr("batch_norm_rows +")));
  EXPECT_THAT(calls([&](const Tensor& y) { return relu(slice(y, 0, 1, 3)); }), Not(HasSubstr("batch_norm_rows +")));
  EXPECT_THAT(calls([&](const Tensor& y) { return transpose(y) + transpose(y); }), HasSubstr("batch_norm_rows"));
}

// What is behind reads another result of what is in front: at once, or by way of a call between.
TEST(EpilogueStatistics, NotBehindWhatItWaitsFor) {
  for (const bool between : {false, true}) {
    const auto scaled = [&](const Tensor& x) {
      const BatchNormResult of = batch_norm(x, ones({4}), zeros({4}), 1e-5);
      return relu(of.y * (between ? sum(of.mean) : of.mean));
    };
    auto with = capture(scaled);
    const Tensor x = uniform({9, 4}, -1, 1, {7, 2});
    EXPECT_EQ(with(x).to_vector<float>(), scaled(x).to_vector<float>());
    EXPECT_THAT(titles(with.plans().report()), Not(HasSubstr("batch_norm_rows +")));
  }
}

}  // namespace percept::epilogues_test
