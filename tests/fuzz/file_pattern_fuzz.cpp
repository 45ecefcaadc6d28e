// file_pattern_fuzz.cpp - any bytes as the name of a checkpoint with fields: a bounded text, or an Error.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "percept/base/error.h"
#include "percept/train/python_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace percept;
  const std::string_view pattern(reinterpret_cast<const char*>(data), size);
  try {
    const std::string text = fill_fields(pattern, {{"epoch", std::int64_t{3}}, {"loss", 0.25}, {"big", -1e308}});
    // A field of four bytes or more becomes at most 309 digits, 64 places behind the point, and some signs.
    if (text.size() > size * 100) std::abort();
  } catch (const UsageError&) {
  }
  return 0;
}
