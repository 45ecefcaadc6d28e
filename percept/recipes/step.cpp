// step.cpp - one step of an item or recipe on one fixed batch of noise.
#include "percept/recipes/step.h"

#include <algorithm>
#include <cmath>

#include "percept/autograd/autograd.h"
#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/nn/shapes_only.h"
#include "percept/ops/ops.h"
#include "percept/ops/products.h"
#include "percept/optim/optimizer_record.h"

namespace percept {

RecipeStep::RecipeStep(const BenchItem& item, const std::string& mode, bool capture)
    : train_(mode == "train"),
      capture_(capture),
      precision_(item.recipe.train.precision),
      model_(make_model(item.recipe)),
      loss_(loss_of(item.recipe.loss)),
      optimizer_(
          find_optimizer(item.recipe.optimizer.find("type")->as_string())->make(item.recipe.optimizer, "optimizer")),
      step_([this](const Tensor& x, const Tensor& y) { return step(x, y); }, {.weights_once = !train_}) {
  require_precision(item.recipe.train.precision);
  if (!train_ && mode != "infer") throw UsageError("mode is '" + mode + "'", "use mode=train or mode=infer");
  if (train_ && optimizer_.needs_closure())
    throw UsageError(
        "a step of " + item.recipe.optimizer.find("type")->as_string() + " evaluates the model several times",
        "use mode=infer, or another optimizer (optimizer.type=SGD)");
  build_recipe_model(model_, item.recipe, item.sample_shape);
  Shape batch = item.sample_shape;
  batch.insert(0, item.recipe.train.batch_size);
  x_ = uniform(batch, 0, 1, {item.recipe.train.seed, 1'000'001});
  std::int64_t classes = item.classes;  // a recipe may have fewer outputs than its data classes
  if (train_) {
    const ShapesOnly sizes;
    const Tensor output = model_(make_symbol(contiguous_spec(DType::f32, batch)));
    if (output.rank() >= 2) classes = std::min(classes, output.size(1));
  }
  const Tensor draws =
      uniform({item.recipe.train.batch_size}, 0, static_cast<double>(classes), {item.recipe.train.seed, 1'000'002});
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
