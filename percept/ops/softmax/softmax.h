// softmax.h - attributes of softmax and log_softmax.
#pragma once

namespace percept {

struct SoftmaxAttrs {
  int axis = -1;
};

}  // namespace percept
