// param_groups_test.cpp - settings of their own for some parameters: by pattern, by list, by recipe.
#include "percept/optim/param_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/core/mode.h"
#include "percept/nn/layers/linear.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/optimizers/sgd.h"
#include "tests/refusal.h"

namespace percept::param_groups_test {

using testing::HasSubstr;

struct Pair {
  Linear features{{.in_features = 1, .out_features = 1}};
  Linear head{{.in_features = 1, .out_features = 1}};
};

TEST(ParamGroups, GroupsHaveSettingsOfTheirOwn) {
  Pair model;
  for (State* one : parameters(model)) assign(*one, ones(one->shape()));
  Optimizer optimizer = SGD{{.learning_rate = 0.1}}
                            .group("*.bias", {.learning_rate = 0.2, .weight_decay = 1})
                            .group(parameters(model.head), {.learning_rate_scale = 0})
                            .group({"features.weight", "nothing.*"}, {.options = [] {
                                     Value own = Value::object();
                                     own.set("momentum", 0.5);
                                     return own;
                                   }()});
  const TrainingScope training;
  const auto step = [&] {
    for (State* one : parameters(model)) set_grad(*one, ones(one->shape()));
    optimizer.step(parameters(model));
  };
  const auto value = [](const State& one) { return one.tensor().item(); };
  step();
  EXPECT_NEAR(value(model.features.weight), 0.9, 1e-6);
  EXPECT_NEAR(value(*model.features.bias), 1 - 0.2 * 2, 1e-6);
  EXPECT_NEAR(value(*model.head.bias), 1 - 0.2 * 2, 1e-6);  // the first group that names it
  EXPECT_EQ(value(model.head.weight), 1);
  optimizer.set_learning_rate(0.05);  // all in proportion, as schedules do
  step();
  EXPECT_NEAR(value(model.features.weight), 0.9 - 0.05 * 1.5, 1e-6);
  EXPECT_NEAR(value(*model.features.bias), 0.6 - 0.1 * 1.6, 1e-6);
  EXPECT_EQ(optimizer.slots().size(), 1u);
  EXPECT_EQ(optimizer.slots()[0].path, "features.weight.momentum_buffer");
  EXPECT_EQ(optimizer.learning_rate(), 0.05);
  EXPECT_THAT(refusal([] { SGD().group("*", {.weight_decay = -1}); }), HasSubstr("weight_decay is -1"));
  EXPECT_THAT(refusal([] { SGD().group("*", {.learning_rate = -1}); }), HasSubstr("learning_rate is -1"));
  EXPECT_THAT(refusal([] { SGD().group("*", {.learning_rate_scale = -1}); }), HasSubstr("learning_rate_scale is -1"));
  EXPECT_THAT(refusal([] { SGD({.learning_rate = 0}).group("*", {.learning_rate = 1}); }), HasSubstr("proportion"));
  Optimizer lost = SGD().group("body.*", {.weight_decay = 1});
  EXPECT_THAT(refusal([&] { lost.step(parameters(model)); }),
              HasSubstr("no parameter belongs to group 0 (body.*)\n  fix: patterns match whole paths"));
}

// A walk over a part of the model gives its states shorter paths; the groups and the slots' names stay.
TEST(ParamGroups, GroupsOutliveWalksOverParts) {
  Pair model;
  const std::vector<State*> all = parameters(model);
  Optimizer optimizer = SGD{{.learning_rate = 0.1, .momentum = 0.5}}.group("head.*", {.learning_rate_scale = 0});
  const TrainingScope training;
  for (int step = 0; step < 2; ++step) {
    for (State* one : all) {
      assign(*one, ones(one->shape()));
      set_grad(*one, ones(one->shape()));
    }
    optimizer.step(all);
    EXPECT_EQ(model.head.weight.tensor().item(), 1) << step;
    EXPECT_LT(model.features.weight.tensor().item(), 1) << step;
    parameters(model.head);
    parameters(model.features);
  }
  EXPECT_EQ(optimizer.slots()[0].path, "features.weight.momentum_buffer");
}

TEST(ParamGroups, AListMayBeFrozenAtFirst) {
  Pair model;
  Optimizer optimizer = SGD{{.learning_rate = 0.1}}.group(parameters(model.features), {.learning_rate = 0.2});
  Optimizer by_pattern = SGD{{.learning_rate = 0.1}}.group("features.*", {.learning_rate = 0.2});
  freeze(model.features);
  const TrainingScope training;
  optimizer.step(parameters(model));
  for (int attempt = 0; attempt < 2; ++attempt)  // a step that was refused does not make the next one right
    EXPECT_THAT(refusal([&] { by_pattern.step(parameters(model)); }), HasSubstr("give those as a list"));
  freeze(model.features, false);
  assign(model.features.weight, ones({1, 1}));
  parameters(model);
  set_grad(model.features.weight, ones({1, 1}));
  optimizer.step(parameters(model));
  EXPECT_NEAR(model.features.weight.tensor().item(), 0.8, 1e-6);
}

TEST(ParamGroups, GroupsOfARecipe) {
  Value group = Value::object(), groups = Value::array(), options = Value::object();
  group.set("paths", "*bias");
  group.set("learning_rate_scale", 2);
  group.set("weight_decay", 1);
  groups.push_back(group);
  options.set("type", "SGD");
  options.set("learning_rate", 0.1);
  options.set("groups", groups);
  Optimizer optimizer = find_optimizer("SGD")->make(options, "optimizer");
  Linear model{{.in_features = 1, .out_features = 1}};
  assign(*model.bias, ones({1}));
  const TrainingScope training;
  set_grad(*model.bias, ones({1}));
  optimizer.step(parameters(model));
  EXPECT_NEAR(model.bias->tensor().item(), 0.6, 1e-6);
  groups.as_array()[0].set("weight_dekay", 1);
  options.set("groups", groups);
  EXPECT_THAT(refusal([&] { find_optimizer("SGD")->make(options, "optimizer"); }), HasSubstr("weight_decay"));
  groups.as_array()[0] = Value::object();
  options.set("groups", groups);
  EXPECT_THAT(refusal([&] { find_optimizer("SGD")->make(options, "optimizer"); }),
              HasSubstr("optimizer.groups[0] has no paths"));
  options.set("type", "LBFGS");
  EXPECT_THAT(refusal([&] { find_optimizer("LBFGS")->make(options, "optimizer"); }), HasSubstr("groups"));
}

TEST(ParamGroups, MatchesPaths) {
  for (const char* pattern : {"a.b.c", "*", "a.*", "*.c", "a*c", "*b*", "a.b.c*"})
    EXPECT_TRUE(matches_path(pattern, "a.b.c")) << pattern;
  for (const char* pattern : {"", "a", "a.b", "*.b", "b*", "a.b.cc", "*d*"})
    EXPECT_FALSE(matches_path(pattern, "a.b.c")) << pattern;
}

}  // namespace percept::param_groups_test
