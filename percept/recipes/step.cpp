// step.cpp - one step of an item or recipe on one fixed batch of noise.
#include "percept/recipes/step.h"

#include <cmath>

#include "percept/autograd/autograd.h"
#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

RecipeStep::RecipeStep(const BenchItem& item, const std::string& mode, bool capture)
    : train_(mode == "train"),
      capture_(capture),
      model_(make_model(item.recipe)),
      loss_(loss_of(item.recipe.loss)),
      optimizer_(
          find_optimizer(item.recipe.optimizer.find("type")->as_string())->make(item.recipe.optimizer, "optimizer")),
      step_([this](const Tensor& x, const Tensor& y) { return step(x, y); }, {}) {
  if (!train_ && mode != "infer") throw UsageError("mode is '" + mode + "'", "use mode=train or mode=infer");
  build_recipe_model(model_, item.recipe, item.sample_shape);
  Shape batch = item.sample_shape;
  batch.insert(0, item.recipe.train.batch_size);
  x_ = uniform(batch, 0, 1, {item.recipe.train.seed, 1'000'001});
  const Tensor draws = uniform({item.recipe.train.batch_size}, 0, static_cast<double>(item.classes),
                               {item.recipe.train.seed, 1'000'002});
  y_ = cast(floor(draws), DType::i64);
  parameters_ = parameters(model_);
  if (train_)
    training_.emplace(0, item.recipe.train.seed);
  else
    inference_.emplace();
}

Tensor RecipeStep::step(const Tensor& x, const Tensor& y) {
  if (!train_) return model_(x);
  const Tensor loss = loss_(model_(x), y);
  loss.backward();
  optimizer_.step(parameters_);
  return loss;
}

double RecipeStep::run() {
  const Tensor result = capture_ ? step_(x_, y_) : step(x_, y_);
  if (!train_) return 0;
  const double loss = result.item();
  if (!std::isfinite(loss)) throw NotANumberError("the loss is " + number(loss), "use a smaller learning rate");
  return loss;
}

PlanReport RecipeStep::plan() {
  return step_.plans().look_ahead(
      [this](const std::vector<Tensor>& in) { return std::vector<Tensor>{step(in[0], in[1])}; }, {x_, y_});
}

}  // namespace percept
