// call_layer.cpp - refusals that layers share.
#include "percept/nn/call_layer.h"

namespace percept {

void check_building(const char* open_size) {
  if (building()) return;
  throw ShapeError("called before it is built: " + std::string(open_size) + " is not known yet",
                   "call build(model, sample_shape) first, or give " + std::string(open_size) + " in the options");
}

void check_option(const char* layer, const char* name, std::int64_t value, std::int64_t low) {
  if (value >= low) return;
  throw ValueError(std::string(layer) + ": " + name + " is " + number(value),
                   std::string("give ") + name + " a value of at least " + number(low));
}

}  // namespace percept
