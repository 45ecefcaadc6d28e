// shapes_only.h - making and building models without memory: what a file describes is checked before it costs anything.
#pragma once
#include <cstddef>
#include <memory>

#include "percept/core/trace.h"

namespace percept {

// Inside, layers that are made or built get shapes and no values: nothing is drawn, and calls only infer. Values are
// to be assigned afterwards (load).
class ShapesOnly {
 public:
  ShapesOnly();
  ~ShapesOnly();
  ShapesOnly(const ShapesOnly&) = delete;
  ShapesOnly& operator=(const ShapesOnly&) = delete;
  // Of all results of calls so far: what running them would ask of the allocator.
  std::size_t result_bytes() const;

 private:
  class Shapes;
  std::unique_ptr<Shapes> shapes_;
  TraceScope scope_;
};

}  // namespace percept
