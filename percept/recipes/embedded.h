// embedded.h - the recipes compiled into the library, so that a bare name needs no file beside the program.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

namespace percept {

// Name ("lenet5") and TOML text of every recipes/*.toml of the source tree, by name.
const std::vector<std::pair<std::string_view, std::string_view>>& embedded_recipes();

}  // namespace percept
