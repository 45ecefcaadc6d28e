// compiled_layers.cpp - the instances that compiled_layers.h promises.
#include "percept/nn/compiled_layers.h"

namespace percept {

#define PERCEPT_COMPILED_LAYER(Layer)                                                  \
  template void walk_detail::visit_fields<Layer>(void* object, FieldVisitor& visitor); \
  template Value walk_detail::options<Layer>(const void* object);                      \
  template Tensor walk_detail::call<Layer>(const void* object, const Arg& x);
PERCEPT_COMPILED_LAYERS(PERCEPT_COMPILED_LAYER)
#undef PERCEPT_COMPILED_LAYER

}  // namespace percept
