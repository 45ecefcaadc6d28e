// precision.cpp - the scope's thread-local state.
#include "percept/core/precision.h"

#include <utility>

namespace percept {
namespace {
thread_local ProductPrecision innermost = ProductPrecision::f32;
}  // namespace

PrecisionScope::PrecisionScope(ProductPrecision precision) : before_(std::exchange(innermost, precision)) {}
PrecisionScope::~PrecisionScope() { innermost = before_; }
ProductPrecision product_precision() { return innermost; }

}  // namespace percept
