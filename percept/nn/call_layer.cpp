// call_layer.cpp - refusals that layers share.
#include "percept/nn/call_layer.h"

namespace percept {

void check_building(const char* open_size) {
  if (building()) return;
  throw ShapeError("called before it is built: " + std::string(open_size) + " is not known yet",
                   "call build(model, sample_shape) first, or give " + std::string(open_size) + " in the options");
}

std::int64_t settling_channels(const Tensor& input, int rank, const char* wanted, const char* fix) {
  check_building("in_channels");
  if (input.rank() != rank) throw ShapeError("the input has shape " + str(input.shape()) + ", it takes " + wanted, fix);
  return input.size(1);
}

void check_sizes(const State& weight, const Dims& wanted) {
  const Shape& shape = weight.shape();
  bool good = shape.size() == wanted.size();
  for (std::size_t i = 0; good && i < wanted.size(); ++i) good = wanted[i] == -1 || wanted[i] == shape[i];
  if (good) return;
  std::string asked;
  for (const std::int64_t size : wanted) asked += (asked.empty() ? "" : ", ") + (size == -1 ? "any" : number(size));
  throw ShapeError("the weight has shape " + str(shape) + ", the options ask for [" + asked + "]",
                   "load weights of these sizes, or give the layer those of the file");
}

void check_option(const char* layer, const char* name, std::int64_t value, std::int64_t low) {
  if (value >= low) return;
  throw ValueError(std::string(layer) + ": " + name + " is " + number(value),
                   std::string("give ") + name + " a value of at least " + number(low));
}

}  // namespace percept
