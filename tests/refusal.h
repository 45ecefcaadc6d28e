// refusal.h - what a call is refused with.
#pragma once
#include <string>

#include "percept/base/error.h"

namespace percept {

// The text of the error that f throws, which must be an E.
template <class E = Error, class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace percept
