// blocks.cpp - layers made of layers.
#include "percept/nn/layers/blocks.h"

#include "percept/autograd/recompute.h"
#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

// The call of a layer that is a field named `name` of a block: the path tells it in errors and nodes.
Tensor call_part(std::string_view name, const Sequential& part, const Arg& x) {
  const LayerPath path(name);
  return part(x);
}

// Refusals of the block itself: those of its layers have their own path and description.
[[noreturn]] void refuse_shapes(const char* who, const std::string& what, const char* fix, const Arg& x) {
  ShapeError error(std::string(who) + ": " + what, fix);
  error.set_where(x.site());
  if (layer_path()) error.set_path(*layer_path());
  throw error;
}

}  // namespace

Residual::Residual(Options options)
    : body(std::move(options.layers)),
      shortcut(std::move(options.shortcut)),
      activation(std::move(options.activation)) {
  if (body.empty()) throw ValueError("Residual: layers is empty", "give the layers whose result is added to x");
}

Tensor Residual::operator()(const Arg& x) const {
  const Tensor changed = call_part("body", body, x);
  const Tensor kept = shortcut.empty() ? x.tensor() : call_part("shortcut", shortcut, x);
  if (changed.shape() != kept.shape())
    refuse_shapes("Residual", "the body gives " + str(changed.shape()) + ", the shortcut " + str(kept.shape()),
                  "give a shortcut (as Conv2d with kernel_size 1 and the body's stride) that gives the body's shape",
                  x);
  const Tensor sum = add(Arg(changed, x.site().file, x.site().line), kept);
  const Tensor y = activation.empty() ? sum : call_part("activation", activation, sum);
  tell_observers(*this, y);
  return y;
}

Value Residual::options() const {
  Value options = Value::object();
  options.set("layers", to_value(body));
  options.set("shortcut", to_value(shortcut));
  options.set("activation", to_value(activation));
  return options;
}

Parallel::Parallel(Options options)
    : branches(std::move(options.branches)), join_(std::move(options.join)), axis_(options.axis) {
  if (branches.empty()) throw ValueError("Parallel: branches is empty", "give a list of layers for each branch");
  if (join_ != "concat" && join_ != "sum" && join_ != "mul" && join_ != "mean")
    throw ValueError("Parallel: join is \"" + join_ + "\"", "give \"concat\", \"sum\", \"mul\" or \"mean\"");
}

Tensor Parallel::operator()(const Arg& x) const {
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const LayerPath path("branches");
    parts.push_back(branches[i].empty() ? x.tensor() : call_part(number(i), branches[i], x));
  }
  Tensor y = parts[0];
  if (join_ == "concat") {
    try {
      y = concat(parts, axis_, x.site().file, x.site().line);
    } catch (Error& error) {
      error.add_context("Parallel");
      if (layer_path()) error.set_path(*layer_path());
      throw;
    }
  }
  for (std::size_t i = 1; join_ != "concat" && i < parts.size(); ++i) {
    if (parts[i].shape() != parts[0].shape())
      refuse_shapes("Parallel",
                    "branch 0 gives " + str(parts[0].shape()) + ", branch " + number(i) + " " + str(parts[i].shape()),
                    "branches that are added or multiplied must give one shape", x);
    y = join_ == "mul" ? y * parts[i] : y + parts[i];
  }
  if (join_ == "mean") y = y * (1.0 / static_cast<double>(parts.size()));
  tell_observers(*this, y);
  return y;
}

Value Parallel::options() const {
  Value options = Value::object(), list = Value::array();
  for (const Sequential& branch : branches) list.push_back(to_value(branch));
  options.set("branches", list);
  options.set("join", join_);
  options.set("axis", axis_);
  return options;
}

Concat::Concat(Options options) : body(std::move(options.layers)), axis_(options.axis) {
  if (body.empty()) throw ValueError("Concat: layers is empty", "give the layers whose result is put beside x");
}

Tensor Concat::operator()(const Arg& x) const {
  const Tensor more = call_part("body", body, x);
  Tensor y;
  try {
    y = concat({x.tensor(), more}, axis_, x.site().file, x.site().line);
  } catch (Error& error) {
    error.add_context("Concat");
    if (layer_path()) error.set_path(*layer_path());
    throw;
  }
  tell_observers(*this, y);
  return y;
}

Value Concat::options() const {
  Value options = Value::object();
  options.set("layers", to_value(body));
  options.set("axis", axis_);
  return options;
}

Recompute::Recompute(Options options) : layers(std::move(options.layers.layers)) {
  if (layers.empty()) throw ValueError("Recompute: layers is empty", "give the layers that are to be computed twice");
}

Tensor Recompute::operator()(const Arg& x) const {
  const auto run = [this, here = token_.watch(), site = x.site()](const Tensor& input) {
    if (here.expired())
      throw ValueError("Recompute: the layer is gone or was replaced before the backward pass could use it",
                       "keep the model where it is until backward() has run");
    return call_in_turn(layers, Arg(input, site.file, site.line));
  };
  const Tensor y = recompute(run, x);
  tell_observers(*this, y);
  return y;
}

Value Recompute::options() const {
  Value options = Value::object();
  options.set("layers", list_of(layers));
  return options;
}

// What a recipe gives a Sequential.
struct SequentialOptions {
  Sequential layers;
};

std::vector<LayerRecord> layers_blocks();
std::vector<LayerRecord> layers_blocks() {
  // Sequential has no struct Options: its list is its own.
  LayerRecord sequential{"Sequential",
                         "Layers one after the other, as one layer: { type = \"Sequential\", layers = [...] }.",
                         [] { return Sequential().options(); }};
  sequential.make = [](const Value& options, std::string_view context) -> AnyModule {
    SequentialOptions given;
    from_value(without_type(options), given, context);
    return std::move(given.layers);
  };
  sequential.option_names = [] { return std::vector<std::string>{"layers"}; };
  return {layer_record<Residual>(
              "Residual",
              "y = activation(body(x) + shortcut(x)). layers: the body; shortcut: layers that bring x to the body's "
              "shape, none for x itself; activation: a layer, none for the sum itself.\n"
              "{ type = \"Residual\", layers = [ {...}, {...} ], activation = \"ReLU\" }. Its states are called "
              "body.0.weight, shortcut.0.weight. Source: He et al. 2016."),
          layer_record<Parallel>(
              "Parallel",
              "Branches on one input, joined by concat along the axis, sum, mul (product) or mean.\n"
              "{ type = \"Parallel\", branches = [ [ {...}, {...} ], [] ], join = \"sum\" }; a branch without layers "
              "hands x through. Its states are called branches.0.0.weight."),
          layer_record<Concat>("Concat",
                               "x and body(x) beside each other along the axis: [B, C, ...] -> [B, C + C', ...].\n"
                               "{ type = \"Concat\", layers = [ {...} ] }. Source: Huang et al. 2017, DenseNet."),
          layer_record<Recompute>(
              "Recompute",
              "Layers one after the other, of which only the input is kept for the backward pass: it computes the rest "
              "again. Less memory, one more forward pass, the same numbers.\n"
              "{ type = \"Recompute\", layers = [ {...}, {...} ] }. Its states are called 0.weight, as a "
              "Sequential's. Source: Chen et al. 2016, Training deep nets with sublinear memory cost."),
          sequential};
}

}  // namespace percept
