// recipe_fuzz.cpp - any bytes as a recipe: a recipe that reads back as itself, or an Error.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "percept/base/error.h"
#include "percept/recipes/recipe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace percept;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string written;
  try {
    written = to_toml(to_value(parse_recipe(text, "fuzz.toml")));
  } catch (const Error&) {
    return 0;
  }
  // What was accepted once must be accepted in its resolved form, and that form must be stable.
  const std::string again = to_toml(to_value(parse_recipe(written, "fuzz.toml")));
  if (again != written) std::abort();
  return 0;
}
