// shapes_only.h - calling models without values: sizes are settled, layers counted, and what a file describes is
// checked before it costs anything.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "percept/base/function_ref.h"
#include "percept/core/trace.h"

namespace percept {

// Inside, layers that are made or built get shapes and no values: nothing is drawn, and calls only infer. Values are
// to be assigned afterwards (load), or with `drawn` they are drawn as ever and only calls are without.
class ShapesOnly {
 public:
  enum class Values : std::uint8_t { none, drawn };
  explicit ShapesOnly(Values values = Values::none);
  ~ShapesOnly();
  ShapesOnly(const ShapesOnly&) = delete;
  ShapesOnly& operator=(const ShapesOnly&) = delete;
  // Of all results of calls so far: what running them would ask of the allocator.
  std::size_t result_bytes() const;
  // Whether a call was refused because it looks at values.
  bool looked() const;

 private:
  class Shapes;
  std::unique_ptr<Shapes> shapes_;
  TraceScope scope_;
  friend void call_by_shapes(const Shape& input, FunctionRef<void(const Tensor&)> call);
};

// Runs `call` on an input of this shape without computing anything: outputs are shapes. A call that looks at values is
// run again, on zeros; where taps look on, it runs on zeros at once.
void call_by_shapes(const Shape& input, FunctionRef<void(const Tensor&)> call);

}  // namespace percept
