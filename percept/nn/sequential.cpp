// sequential.cpp - layers called one after the other.
#include "percept/nn/sequential.h"

#include "percept/base/text.h"
#include "percept/nn/layer_record.h"
#include "percept/ops/node.h"

namespace percept {
namespace {

// "[128, 1, 28, 28] -> 0 Conv2d [128, 6, 24, 24] -> 1 Linear": up to the layer that refused.
std::string chain_text(const std::vector<AnyModule>& layers, const std::vector<Shape>& shapes) {
  std::string text = str(shapes[0]);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    text += " -> " + number(i) + " " + std::string(layers[i].type_name());
    if (i + 1 < shapes.size()) text += " " + str(shapes[i + 1]);
  }
  return text;
}

}  // namespace

Tensor call_in_turn(const std::vector<AnyModule>& layers, const Arg& x) {
  Tensor value = x.tensor();
  std::vector<Shape> shapes;
  shapes.reserve(layers.size() + 1);
  try {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      shapes.push_back(value.shape());
      const LayerPath path(number(i));
      value = layers[i](Arg(value, x.site().file, x.site().line));
      tell_observers(layers[i], value);
    }
  } catch (Error& error) {
    // Of nested ones the innermost tells: its layers are where the shapes change.
    if (std::string_view(error.what()).find("\n  shapes: ") == std::string_view::npos)
      error.add_note("shapes", chain_text(layers, shapes));
    throw;
  }
  return value;
}

Tensor Sequential::operator()(const Arg& x) const {
  Tensor value = call_in_turn(layers, x);
  tell_observers(*this, value);
  return value;
}

Value Sequential::options() const {
  Value options = Value::object();
  options.set("layers", to_value(*this));
  return options;
}

Value to_value(const Sequential& layers) { return list_of(layers.layers); }

Value list_of(const std::vector<AnyModule>& layers) {
  Value list = Value::array();
  for (const AnyModule& layer : layers) {
    Value table = Value::object();
    table.set("type", layer.type_name());
    const Value options = layer.options();
    for (const auto& [key, value] : options.as_object()) table.set(key, value);
    list.push_back(std::move(table));
  }
  return list;
}

void from_value(const Value& value, Sequential& out, std::string_view context) {
  Sequential fresh;
  if (value.is_array())
    for (std::size_t i = 0; i < value.as_array().size(); ++i)
      fresh.push_back(make_layer(value.as_array()[i], std::string(context) + "[" + number(i) + "]"));
  else
    fresh.push_back(make_layer(value, context));
  out = std::move(fresh);
}

}  // namespace percept
