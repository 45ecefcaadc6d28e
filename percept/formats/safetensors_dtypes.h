// safetensors_dtypes.h - how safetensors files name the dtypes.
#pragma once
#include <array>
#include <optional>
#include <string_view>

#include "percept/core/dtype.h"

namespace percept {

// In the order of DType: our names in capitals.
inline constexpr std::array<std::string_view, kDTypes> kSafetensorsDTypes = {"F32", "F64", "F16", "BF16", "I8",
                                                                             "U8",  "I32", "I64", "BOOL"};

inline std::string_view safetensors_name(DType dtype) { return kSafetensorsDTypes[static_cast<std::size_t>(dtype)]; }

inline std::optional<DType> safetensors_dtype(std::string_view name) {
  for (std::size_t i = 0; i < kSafetensorsDTypes.size(); ++i)
    if (kSafetensorsDTypes[i] == name) return static_cast<DType>(i);
  return {};
}

}  // namespace percept
