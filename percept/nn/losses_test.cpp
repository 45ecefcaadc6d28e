// losses_test.cpp - losses as objects: options reach the ops, bad ones are refused, misfits are warned about.
#include "percept/nn/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "percept/base/log.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/blocks.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/softmax.h"
#include "percept/nn/sequential.h"
#include "percept/ops/ops.h"
#include "tests/refusal.h"

namespace percept::losses_test {

using testing::HasSubstr;

Value table(const char* key, Value value) {
  Value options = Value::object();
  options.set("type", "of a recipe");
  options.set(key, std::move(value));
  return options;
}

TEST(Losses, ByName) {
  ASSERT_NE(find_loss("cross_entropy"), nullptr);
  EXPECT_NEAR(find_loss("cross_entropy")->function(tensor({{0., 0.}}), tensor({1})).item(), 0.6931472, 1e-6);
  EXPECT_NEAR(find_loss("mse")->function(tensor({1., 2.}), tensor({0., 0.})).item(), 2.5, 1e-6);
  EXPECT_EQ(find_loss("hinges"), nullptr);
  EXPECT_EQ(all_losses().size(), 13u);
  for (const Loss& loss : all_losses()) {
    EXPECT_FALSE(loss.doc.empty()) << loss.name;
    EXPECT_TRUE(std::type_index(loss.function.target_type()) == loss.made) << loss.name;
    EXPECT_EQ(loss.option_names().size(), loss.default_options().as_object().size()) << loss.name;
  }
}

TEST(Losses, OptionsReachTheOps) {
  const Tensor logits = tensor({{0., 0.}, {0., 0.}}), labels = tensor({0, 1});
  const double log2 = std::log(2.0);
  EXPECT_NEAR((CrossEntropyLoss{{.reduction = "sum"}}(logits, labels).item()), 2 * log2, 1e-6);
  EXPECT_NEAR((CrossEntropyLoss{{.ignore_index = 1}}(logits, labels).item()), log2, 1e-6);
  EXPECT_NEAR((CrossEntropyLoss{{.class_weight = {1, 3}, .reduction = "sum"}}(logits, labels).item()), 4 * log2, 1e-6);
  const Tensor uneven = tensor({{0., 1.}});
  EXPECT_NEAR((CrossEntropyLoss{{.label_smoothing = 0.2}}(uneven, tensor({1})).item()), 0.4132617, 1e-6);
  EXPECT_NEAR((NLLLoss{{.class_weight = {1, 3}}}(tensor({{-1., -2.}, {-3., -4.}}), labels).item()), 3.25, 1e-6);
  EXPECT_NEAR((HuberLoss{{.delta = 2}}(tensor({3.}), tensor({0.})).item()), 4, 1e-6);
  EXPECT_NEAR((SmoothL1Loss{{.beta = 2}}(tensor({3.}), tensor({0.})).item()), 2, 1e-6);
  EXPECT_NEAR(L1Loss()(tensor({3., -1.}), tensor({0., 0.})).item(), 2, 1e-6);
  EXPECT_NEAR(BCELoss()(tensor({0.5}), tensor({1.})).item(), log2, 1e-6);
  EXPECT_NEAR((BCEWithLogitsLoss{{.pos_weight = {3}}}(tensor({0.}), tensor({1.})).item()), 3 * log2, 1e-6);
  const Tensor log_halves = full({1, 2}, -log2), halves = full({1, 2}, 0.5);
  EXPECT_NEAR((KLDivLoss{{.log_target = true}}(log_halves, log_halves).item()), 0, 1e-6);
  EXPECT_NEAR((KLDivLoss{{.reduction = "batchmean"}}(full({1, 2}, -1), halves).item()), 1 - log2, 1e-6);
  EXPECT_NEAR((HingeLoss{{.squared = true}}(tensor({0.5}), tensor({-1.})).item()), 2.25, 1e-6);
  EXPECT_NEAR((MultiMarginLoss{{.margin = 2}}(logits, labels).item()), 1, 1e-6);
  EXPECT_NEAR((FocalLoss{{.gamma = 2, .alpha = 0.5}}(logits, labels).item()), log2 / 8, 1e-6);
  EXPECT_NEAR((PoissonNLLLoss{{.log_input = false, .eps = 0}}(tensor({1.}), tensor({2.})).item()), 1, 1e-6);
  EXPECT_NEAR((CosineEmbeddingLoss{{.margin = 0.5}}(tensor({{1., 0.}}), tensor({{2., 0.}}), tensor({-1})).item()), 0.5,
              1e-6);
  EXPECT_NEAR((TripletMarginLoss{{.margin = 2, .p = 1}}(tensor({{0.}}), tensor({{3.}}), tensor({{1.}})).item()), 4,
              1e-5);
}

TEST(Losses, RefuseBadOptions) {
  EXPECT_THAT(refusal([] { CrossEntropyLoss({.label_smoothing = 1.5}); }), HasSubstr("label_smoothing is 1.5"));
  EXPECT_THAT(refusal([] { CrossEntropyLoss({.class_weight = {1, -1}}); }), HasSubstr("class_weight is -1"));
  EXPECT_THAT(refusal([] { CrossEntropyLoss({.reduction = "avg"}); }), HasSubstr("reduction is \"avg\""));
  EXPECT_THAT(refusal([] { NLLLoss({.class_weight = {std::nan("")}}); }), HasSubstr("class_weight is nan"));
  EXPECT_THAT(refusal([] { HuberLoss({.delta = 0}); }), HasSubstr("delta is 0"));
  EXPECT_THAT(refusal([] { SmoothL1Loss({.beta = -1}); }), HasSubstr("beta is -1"));
  EXPECT_THAT(refusal([] { BCEWithLogitsLoss({.pos_weight = {-2}}); }), HasSubstr("pos_weight is -2"));
  EXPECT_THAT(refusal([] { FocalLoss({.gamma = -1}); }), HasSubstr("gamma is -1"));
  EXPECT_THAT(refusal([] { FocalLoss({.alpha = 2}); }), HasSubstr("alpha is 2"));
  EXPECT_THAT(refusal([] { PoissonNLLLoss({.eps = -1}); }), HasSubstr("eps is -1"));
  EXPECT_THAT(refusal([] { MultiMarginLoss({.margin = std::nan("")}); }), HasSubstr("margin is nan"));
  EXPECT_THAT(refusal([] { CosineEmbeddingLoss({.margin = 2}); }), HasSubstr("margin is 2"));
  EXPECT_THAT(refusal([] { TripletMarginLoss({.margin = 0}); }), HasSubstr("margin is 0"));
  EXPECT_THAT(refusal([] { TripletMarginLoss({.p = 0}); }), HasSubstr("p is 0"));
  for (const Loss& loss : all_losses())
    EXPECT_THAT(refusal([&] { loss.make(table("reduction", "avg"), "loss"); }), HasSubstr("reduction is \"avg\""));
  EXPECT_THAT(refusal([] { find_loss("cross_entropy")->make(table("label_smothing", 0.1), "loss"); }),
              HasSubstr("label_smoothing"));
}

TEST(Losses, WarnWhereTheLastLayerDoesNotFit) {
  std::string said;
  set_log_sink([&](LogLevel, std::string_view text) { said += text; });
  const Linear linear{{.in_features = 2, .out_features = 2}};
  Sequential soft{linear, Sequential{Softmax{}}}, raw{Softmax{}, linear}, yes_no{linear, Sigmoid{}},
      logs{linear, LogSoftmax{}};
  EXPECT_TRUE(warn_about_loss(soft, CrossEntropyLoss{}));
  EXPECT_THAT(said, HasSubstr("the model ends in Softmax, but cross_entropy takes logits"));
  EXPECT_TRUE(warn_about_loss(yes_no, BCEWithLogitsLoss{}));
  EXPECT_TRUE(warn_about_loss(logs, FocalLoss{}));
  EXPECT_TRUE(warn_about_loss(raw, BCELoss{}));
  EXPECT_THAT(said, HasSubstr("the model ends in Linear, but bce takes probabilities"));
  EXPECT_TRUE(warn_about_loss(raw, NLLLoss{}));
  EXPECT_TRUE(warn_about_loss(soft, KLDivLoss{}));
  EXPECT_TRUE(warn_about_loss(logs, BCELoss{}));
  Sequential flat{linear, Softmax{}, Flatten{}, Sequential{}}, hard{linear, Hardsigmoid{}};
  Residual gate{{.layers = linear, .activation = Sigmoid{}}}, sum{{.layers = {linear, Sigmoid{}}}};
  EXPECT_TRUE(warn_about_loss(flat, CrossEntropyLoss{}));
  EXPECT_TRUE(warn_about_loss(hard, BCEWithLogitsLoss{}));
  EXPECT_TRUE(warn_about_loss(gate, CrossEntropyLoss{}));
  said.clear();
  EXPECT_FALSE(warn_about_loss(sum, CrossEntropyLoss{}));
  EXPECT_FALSE(warn_about_loss(raw, CrossEntropyLoss{}));
  EXPECT_FALSE(warn_about_loss(soft, MSELoss{}));
  EXPECT_FALSE(warn_about_loss(yes_no, BCELoss{}));
  EXPECT_FALSE(warn_about_loss(logs, NLLLoss{}));
  EXPECT_FALSE(warn_about_loss(soft, LossFunction([](const Tensor& a, const Tensor& b) { return mse_loss(a, b); })));
  EXPECT_FALSE(warn_about_loss(soft, LossFunction()));
  EXPECT_EQ(said, "");
  EXPECT_TRUE(warn_about_loss(soft, find_loss("cross_entropy")->make(table("label_smoothing", 0.1), "loss")));
  set_log_sink({});
}

}  // namespace percept::losses_test
