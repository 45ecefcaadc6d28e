// loss_checks.h - what losses check and compute alike: reductions, pairs of one shape, class numbers.
#pragma once
#include <string>

#include "percept/core/arg.h"

namespace percept {

// A tensor without a line of its own: errors inside a composed op are to carry its caller's.
inline Arg bare(const Tensor& tensor) { return Arg(tensor, nullptr, 0); }

// ValueError unless "mean", "sum" or "none".
void check_reduction(const char* who, const std::string& reduction);
// All elements as one number, or as they are. The mean of no elements is NaN.
Tensor reduced(const Tensor& values, const std::string& reduction);

// ValueError "who: name is VALUE" with the fix unless `fits`; NaN never does.
void check_setting(const char* who, const char* name, double value, bool fits, const char* fix);

// Refuses an x that is not floating, and two shapes that differ: [B, 1] against [B] would compare all pairs.
void check_pair(const char* who, const char* x_name, const Tensor& x, const Tensor& target);
// Targets that are whole numbers or bool as `dtype`, so that 1 - target does not wrap around; floating ones as they
// are.
Tensor floating_target(const Tensor& target, DType dtype);

// scores [B, K, ...] floating and labels [B, ...] of u8, i32 or i64; `name` is what the scores are called.
void check_class_scores(const char* who, const char* name, const Tensor& scores);
void check_labels(const char* who, const char* name, const Tensor& scores, const Tensor& labels);
// scores[b, labels[b, ...], ...], of shape [B, 1, ...]. ValueError naming a label that is no class.
Tensor picked_classes(const char* who, const Tensor& scores, const Tensor& labels);

}  // namespace percept
