// python_text.h - numbers as Python writes them, and its format fields: what Keras's messages and file names are made
// of.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace percept {

// repr(): "0.1", "1.0", "1e-05", "nan", "inf".
std::string python_repr(double value);

// "{epoch:02d}-{val_loss:.2f}.safetensors" with the values in their places; {{ and }} are braces. After the name and a
// ':' may come 0, a width, a precision after '.', and one of d f e g; a number without any of d f e g is written as
// repr. UsageError for a name without a value (with the nearest), and for what Python would refuse.
using FieldValues = std::map<std::string, std::variant<std::int64_t, double>, std::less<>>;
std::string fill_fields(std::string_view pattern, const FieldValues& values);

}  // namespace percept
