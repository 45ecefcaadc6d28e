// compiled_layers.h - the layers whose walking and options are compiled once, in the library, not in each program that
// names them. A layer left out works and only costs its users compile time; percept.h includes this after all layers.
#pragma once
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/avg_pool2d.h"
#include "percept/nn/layers/batch_norm2d.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/max_pool2d.h"
#include "percept/nn/layers/softmax.h"
#include "percept/nn/module.h"
#include "percept/nn/sequential.h"

#define PERCEPT_COMPILED_LAYERS(X) \
  X(AvgPool2d)                     \
  X(BatchNorm2d)                   \
  X(Conv2d)                        \
  X(Dropout)                       \
  X(Flatten)                       \
  X(Linear)                        \
  X(LogSoftmax)                    \
  X(MaxPool2d)                     \
  X(ReLU)                          \
  X(Sequential)                    \
  X(Sigmoid)                       \
  X(Softmax)                       \
  X(Tanh)

namespace percept {

#define PERCEPT_COMPILED_LAYER(Layer)                                                         \
  extern template void walk_detail::visit_fields<Layer>(void* object, FieldVisitor& visitor); \
  extern template Value walk_detail::options<Layer>(const void* object);                      \
  extern template Tensor walk_detail::call<Layer>(const void* object, const Arg& x);
PERCEPT_COMPILED_LAYERS(PERCEPT_COMPILED_LAYER)
#undef PERCEPT_COMPILED_LAYER

}  // namespace percept
