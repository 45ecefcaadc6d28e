// padding.cpp - rows and columns added around sequences and images.
#include "percept/nn/layers/padding.h"

#include <vector>

#include "percept/base/options.h"
#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

// The numbers, or one for all of them.
std::vector<std::int64_t> numbers(const Value& value, std::size_t count, std::string_view context) {
  std::vector<std::int64_t> out;
  if (value.is_int())
    out.assign(count, value.as_int());
  else
    from_value(value, out, context);
  if (out.size() != count)
    throw UsageError(
        std::string(context) + ": " + number(out.size()) + " numbers",
        count == 2 ? "give one number, or [left, right]" : "give one number, or [left, right, top, bottom]");
  return out;
}

Tensor padded(const Arg& x, int rank, const Dims& edges, const char* mode, double value = 0) {
  if (x.tensor().rank() != rank)
    throw ShapeError("the input has shape " + str(x.tensor().shape()) + ", it takes " +
                         (rank == 3 ? "sequences [B, C, L]" : "images [B, C, H, W]"),
                     "give a batch with its channels");
  return pad(x, edges, mode, value);
}
Dims dims(const Edges1d& e) { return {e.left, e.right}; }
Dims dims(const Edges2d& e) { return {e.left, e.right, e.top, e.bottom}; }

}  // namespace

Value to_value(const Edges1d& e) { return e.left == e.right ? Value(e.left) : Value(Value::Array{e.left, e.right}); }
Value to_value(const Edges2d& e) {
  if (e == Edges2d(e.left)) return Value(e.left);
  return Value(Value::Array{e.left, e.right, e.top, e.bottom});
}
void from_value(const Value& value, Edges1d& out, std::string_view context) {
  const auto n = numbers(value, 2, context);
  out = {n[0], n[1]};
}
void from_value(const Value& value, Edges2d& out, std::string_view context) {
  const auto n = numbers(value, 4, context);
  out = {n[0], n[1], n[2], n[3]};
}

Tensor ZeroPad2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return padded(x, 4, dims(options_.padding), "constant"); });
}
Tensor ConstantPad2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return padded(x, 4, dims(options_.padding), "constant", options_.value); });
}
Tensor ReflectionPad1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return padded(x, 3, dims(options_.padding), "reflect"); });
}
Tensor ReflectionPad2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return padded(x, 4, dims(options_.padding), "reflect"); });
}
Tensor ReplicationPad1d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return padded(x, 3, dims(options_.padding), "replicate"); });
}
Tensor ReplicationPad2d::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] { return padded(x, 4, dims(options_.padding), "replicate"); });
}

std::vector<LayerRecord> layers_padding();
std::vector<LayerRecord> layers_padding() {
  return {
      layer_record<ZeroPad2d>("ZeroPad2d",
                              "Zeros around each image [B, C, H, W]. padding: one number, or [left, right, top, "
                              "bottom], each >= 0."),
      layer_record<ConstantPad2d>("ConstantPad2d", "A number around each image [B, C, H, W]. padding as in ZeroPad2d."),
      layer_record<ReflectionPad1d>("ReflectionPad1d",
                                    "Sequences [B, C, L] mirrored at their ends, which are not repeated. padding: "
                                    "one number, or [left, right], below L."),
      layer_record<ReflectionPad2d>("ReflectionPad2d",
                                    "Images [B, C, H, W] mirrored at their edges, which are not repeated. padding: "
                                    "one number, or [left, right, top, bottom]."),
      layer_record<ReplicationPad1d>("ReplicationPad1d",
                                     "Sequences [B, C, L] with their ends repeated. padding: one number, or [left, "
                                     "right]."),
      layer_record<ReplicationPad2d>("ReplicationPad2d",
                                     "Images [B, C, H, W] with their edges repeated. padding: one number, or "
                                     "[left, right, top, bottom].")};
}

}  // namespace percept
