// check_op.h - running an op's samples through its kernels: for `percept check-op` and `percept doctor`.
#pragma once
#include <string>
#include <vector>

#include "percept/ops/op.h"

namespace percept {

struct OpCheck {
  std::int64_t cases = 0;
  std::vector<std::string> kernels;   // that served at least one case, f32 first
  std::vector<std::string> failures;  // what differed from the reference, or threw
};

// Every sample, in f32 and f64, against the reference kernel.
OpCheck check_kernels(const Op& op);
// Only which kernels would serve the samples in f32; nothing runs but view-like composition.
OpCheck kernels_serving(const Op& op);

}  // namespace percept
