// ensemble_test.cpp - one model twice is that model, whatever its outputs mean; means of two; what is refused.
#include "percept/recipes/ensemble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/ops/ops.h"
#include "percept/recipes/evaluate.h"
#include "tests/refusal.h"

namespace percept::ensemble_test {

using testing::HasSubstr;

constexpr std::int64_t kRows = 40, kFeatures = 5;

// A way to say something: the loss, the layers that end in its outputs, and targets that it takes.
struct Kind {
  std::string loss, layers;
  std::int64_t outputs;
  std::vector<std::string> classes, metrics;
  bool one_hot = false;  // targets of the outputs' shape, 0 or 1
};

std::vector<Kind> kinds() {
  const std::vector<std::string> three{"a", "b", "c"}, two{"no", "yes"};
  const std::vector<std::string> told{"accuracy", "log_loss", "ece"}, each{"binary_accuracy"}, errors{"mae", "mse"};
  return {{"cross_entropy", "", 3, three, told},
          {"focal", "", 3, three, told},
          {"nll", ", { type = 'LogSoftmax' }", 3, three, told},
          {"multi_margin", "", 3, three, {"accuracy"}},
          {"bce", ", { type = 'Sigmoid' }", 3, three, each, true},
          {"bce_with_logits", "", 3, three, each, true},
          {"bce", ", { type = 'Sigmoid' }", 1, two, told, true},
          {"bce_with_logits", "", 1, two, told, true},
          {"mse", "", 3, three, {"accuracy"}, true},
          {"mse", "", 1, {}, errors, true},
          {"bce_with_logits", "", 1, {}, errors, true}};
}

LoadedModel model_of(const Kind& kind, std::uint64_t seed, double gain = 1) {
  std::string text = "name = 'model" + std::to_string(seed) +
                     "'\n[data]\nsource = 'none'\n[train]\nseed = " + std::to_string(seed) +
                     "\n[preprocess]\nscale = " + std::to_string(1 / gain) +
                     "\n[model]\nlayers = [{ type = 'Linear', out_features = " + std::to_string(kind.outputs) + " }" +
                     kind.layers + "]\n";
  const Recipe recipe = parse_recipe(text, "test");
  LoadedModel loaded{.model = make_model(recipe), .info = {}};
  build_recipe_model(loaded.model, recipe, {kFeatures});
  loaded.info.name = recipe.name;
  loaded.info.class_names = kind.classes;
  loaded.info.sample_shape = {kFeatures};
  loaded.info.loss = kind.loss;
  loaded.info.metrics.clear();
  for (const std::string& metric : kind.metrics) loaded.info.metrics.emplace_back(metric);
  return loaded;
}

TensorDataset data_of(const Kind& kind) {
  const Tensor x = uniform({kRows, kFeatures}, -2, 2, {1, 1});
  std::vector<std::int64_t> labels;
  std::vector<double> hot;
  for (std::int64_t i = 0; i < kRows; ++i) {
    labels.push_back(i * 7 % 3);
    for (std::int64_t k = 0; k < kind.outputs; ++k) hot.push_back(labels.back() == k ? 1 : 0);
  }
  const Tensor y =
      kind.one_hot ? cast(from_vector(hot, {kRows, kind.outputs}), DType::f32) : from_vector(labels, {kRows});
  return TensorDataset(x, y, kind.classes);
}

std::string name_of(const Kind& kind) { return kind.loss + " with " + std::to_string(kind.outputs) + " outputs"; }

TEST(Ensemble, OneModelTwiceIsThatModel) {
  for (const double gain : {1.0, 300.0})  // sure models too: a probability that rounds to 0 has a logarithm
    for (const Kind& kind : kinds()) {
      if (kind.loss == "bce" && gain > 1) continue;  // its probabilities are 0 and 1 themselves
      const std::vector<LoadedModel> one{model_of(kind, 1, gain)},
          two{model_of(kind, 1, gain), model_of(kind, 1, gain)};
      const Evaluation alone = evaluate_models(one, data_of(kind)), both = evaluate_models(two, data_of(kind));
      ASSERT_EQ(alone.values.size(), kind.metrics.size() + 1) << name_of(kind);
      for (const auto& [name, value] : alone.values)
        EXPECT_NEAR(both.values.at(name), value, 1e-6 * std::max(1.0, std::abs(value)))
            << name_of(kind) << ", " << name << ", gain " << gain;
    }
}

TEST(Ensemble, ProbabilitiesAreAveraged) {
  const NoGrad off;
  for (const Kind& kind : kinds()) {
    if (kind.classes.empty() || kind.loss == "mse" || kind.loss == "multi_margin") continue;
    const std::vector<LoadedModel> models{model_of(kind, 1), model_of(kind, 2), model_of(kind, 3)};
    const Tensor x = data_of(kind).x();
    const OutputKind read = output_kind(models[0].info);
    const auto told = class_probabilities(Ensemble(models)(x), read).to_vector<double>();
    std::vector<double> wanted(told.size());
    for (const LoadedModel& model : models) {
      const auto one = class_probabilities(model.model(x), read).to_vector<double>();
      for (std::size_t i = 0; i < one.size(); ++i) wanted[i] += one[i] / 3;
    }
    for (std::size_t i = 0; i < told.size(); ++i) EXPECT_NEAR(told[i], wanted[i], 1e-6) << name_of(kind);
  }
}

TEST(Ensemble, NumbersAreAveraged) {
  const NoGrad off;
  const Kind kind{"mse", "", 1, {}, {"mae"}, true};
  const std::vector<LoadedModel> models{model_of(kind, 1), model_of(kind, 2)};
  const Tensor x = data_of(kind).x();
  const auto told = Ensemble(models)(x).to_vector<double>();
  const auto a = models[0].model(x).to_vector<double>(), b = models[1].model(x).to_vector<double>();
  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_NEAR(told[i], (a[i] + b[i]) / 2, 1e-6);
}

TEST(Ensemble, LogitsAndLogarithmsAnswerTheSameQuestion) {
  const NoGrad off;
  const Kind logits = kinds()[0], logs = kinds()[2];
  const Tensor x = data_of(logits).x();
  const std::vector<LoadedModel> mixed{model_of(logits, 1), model_of(logs, 2)},
      same{model_of(logits, 1), model_of(logits, 2)};
  const auto a = softmax(Ensemble(mixed)(x), 1).to_vector<double>(),
             b = softmax(Ensemble(same)(x), 1).to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-6);
}

TEST(Ensemble, ProbabilitiesOfEachKind) {
  const Tensor outputs = from_vector(std::vector<double>{0.25, 0.5}, {1, 2}),
               single = from_vector(std::vector<double>{0.25}, {1, 1});
  const auto of = [](const Tensor& x, OutputKind kind) { return class_probabilities(x, kind).to_vector<double>(); };
  const double yes = 1 / (1 + std::exp(-0.25));
  EXPECT_EQ(of(outputs, OutputKind::yes_probabilities), (std::vector<double>{0.25, 0.5}));
  EXPECT_EQ(of(single, OutputKind::yes_probabilities), (std::vector<double>{0.75, 0.25}));
  EXPECT_NEAR(of(outputs, OutputKind::yes_logits)[0], yes, 1e-12);
  EXPECT_NEAR(of(single, OutputKind::logits)[1], yes, 1e-12);
  EXPECT_NEAR(of(outputs, OutputKind::logits)[1], yes, 1e-12);  // 0.5 - 0.25
}

TEST(Ensemble, ModelsThatDoNotFit) {
  const Kind plain = kinds()[0];
  const auto with = [&](auto&& change) {
    std::vector<LoadedModel> models{model_of(plain, 1), model_of(plain, 2)};
    change(models[1].info);
    return refusal([&] { Ensemble{models}; });
  };
  EXPECT_THAT(with([](ModelInfo&) {}), HasSubstr("nothing"));
  EXPECT_THAT(with([](ModelInfo& info) { info.class_names[2] = "d"; }), HasSubstr("a, b, c and a, b, d"));
  EXPECT_THAT(with([](ModelInfo& info) { info.sample_shape = {7}; }), HasSubstr("they take [5] and [7]"));
  EXPECT_THAT(with([](ModelInfo& info) { info.loss = "bce"; }), HasSubstr("'cross_entropy' and 'bce'"));
  EXPECT_THAT(with([](ModelInfo& info) { info.loss = "mse"; }), HasSubstr("mean different things"));
  EXPECT_THAT(with([](ModelInfo& info) { info.preprocess.picture = PictureOptions{.height = 4, .width = 4}; }),
              HasSubstr("prepare their inputs differently"));
  Kind wide = plain;
  wide.outputs = 4;
  const std::vector<LoadedModel> models{model_of(plain, 1), model_of(wide, 2)};
  EXPECT_THAT(refusal([&] { Ensemble{models}(data_of(plain).x()); }), HasSubstr("they give [40, 3] and [40, 4]"));
  EXPECT_THAT(refusal([] { Ensemble{std::vector<LoadedModel>()}; }), HasSubstr("no models"));
}

TEST(Ensemble, ManyClassesHaveNoTable) {
  Kind many = kinds()[0];
  many.outputs = 1001;
  many.classes.clear();
  for (std::int64_t k = 0; k < many.outputs; ++k) many.classes.push_back("c" + std::to_string(k));
  EXPECT_FALSE(evaluate_models({model_of(many, 1)}, data_of(many)).confusion.has_value());
  EXPECT_TRUE(evaluate_models({model_of(kinds()[0], 1)}, data_of(kinds()[0])).confusion.has_value());
}

}  // namespace percept::ensemble_test
