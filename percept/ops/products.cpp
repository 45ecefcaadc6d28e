// products.cpp - whether this machine has the precision of a call.
#include "percept/ops/products.h"

#include <algorithm>
#include <string>

#include "percept/base/error.h"
#include "percept/ops/kernel.h"

namespace percept {

bool has_bf16_products() {
  static const bool found = std::ranges::any_of(
      all_kernels(), [](const Kernel& kernel) { return kernel.algorithm == "bf16" && !kernel.fallback; });
  return found;
}

void require_precision(ProductPrecision wanted) {
  if (wanted != ProductPrecision::bf16 || has_bf16_products()) return;
  throw DeviceError(
      "precision is bf16, and no kernel computes in bf16 here: it takes oneDNN and a processor with avx512_bf16",
      "use precision f32, as fast as this machine is, or bf16_rounded: what bf16 gives elsewhere, slower");
}

void check_precision(const char* who, ProductPrecision wanted, const Spec& operand) {
  try {
    require_precision(precision_for(wanted, operand));
  } catch (const DeviceError& error) {
    throw DeviceError(std::string(who) + ": " + error.problem(), error.fix());
  }
}

}  // namespace percept
