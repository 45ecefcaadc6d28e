// softmax_test.cpp - what samples cannot show: the first axis, and what a wrong label's message says.
#include <gtest/gtest.h>

#include <cmath>

#include "percept/autograd/autograd.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// Samples leave axis 0 out, because along it the rows of a batch are not independent.
TEST(Softmax, AlongTheFirstAxisEqualsTheTransposed) {
  const Tensor x = tensor({{0., 1., 2.}, {5., -1., 2.}}, DType::f64);
  EXPECT_EQ(softmax(x, 0).to_vector<double>(), transpose(softmax(transpose(x), 1)).to_vector<double>());
  EXPECT_EQ(log_softmax(x, -2).to_vector<double>(), transpose(log_softmax(transpose(x))).to_vector<double>());
  const Function f = [](const std::vector<Tensor>& in) {
    return sum(square(softmax(in[0], 0)) + log_softmax(in[0], 0));
  };
  const GradientCheck check = check_gradients(f, {x});
  EXPECT_LT(check.worst, 1e-7) << check.where;
}

TEST(CrossEntropy, AWrongLabelIsNamedWithItsRowRangeAndCallersLine) {
  try {
    cross_entropy(zeros({3, 10}), tensor({1, 2, 12}));
    FAIL() << "not refused";
  } catch (const ValueError& error) {
    const std::string text = error.what();
    for (const char* part : {"cross_entropy: a label is no class of 0..9", "index 12 at [2, 0]", "softmax_test.cpp:"})
      EXPECT_NE(text.find(part), std::string::npos) << text;
  }
}

TEST(CrossEntropy, StaysFiniteForLargeLogits) {
  const Tensor logits = variable(tensor({{1e4, 0., -1e4}}));
  const Tensor loss = cross_entropy(logits, tensor({2}));
  EXPECT_EQ(loss.item(), 2e4);
  EXPECT_EQ(gradients(loss, {logits})[0].to_vector<float>(), (std::vector<float>{1, 0, -1}));
}

TEST(MseLoss, RefusesToBroadcast) { EXPECT_THROW(mse_loss(zeros({4, 1}), zeros({4})), ShapeError); }

}  // namespace
}  // namespace percept
