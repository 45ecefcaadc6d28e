// safetensors_write.cpp - writing: header, then the tensors' bytes in the given order.
#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "percept/base/checked.h"
#include "percept/base/files.h"
#include "percept/base/printable.h"
#include "percept/formats/bytes.h"
#include "percept/formats/safetensors.h"
#include "percept/formats/safetensors_dtypes.h"

namespace percept {
namespace {

[[noreturn]] void refuse_size(std::size_t bytes) {
  throw ValueError("safetensors: the header would have at least " + std::to_string(bytes) + " bytes",
                   "the format allows 100,000,000: use fewer tensors, shorter names or less metadata");
}

std::string json_string(const std::string& text) {
  if (text.size() > static_cast<std::size_t>(kMaxSafetensorsHeader)) refuse_size(text.size());
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw ValueError("safetensors: the name or text " + quote(text) + " is no UTF-8",
                     "use UTF-8 in names and metadata");
  }
}

void refuse_duplicates(std::vector<std::string_view> names, const char* what) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    throw ValueError(std::string("safetensors: ") + what + quote(*twice) + " is given twice", "give each its own name");
}

void check(const TensorFile& file) {
  std::vector<std::string_view> names, keys;
  for (const auto& [name, tensor] : file.tensors) {
    if (name == "__metadata__")
      throw ValueError("safetensors: a tensor cannot be called '__metadata__'", "use another name");
    if (!tensor.defined())
      throw ValueError("safetensors: tensor " + quote(name) + " is undefined", "give it a value first");
    names.push_back(name);
  }
  for (const auto& entry : file.metadata) keys.push_back(entry.first);
  refuse_duplicates(std::move(names), "tensor ");
  refuse_duplicates(std::move(keys), "metadata key ");
}

std::string little_endian(std::uint64_t value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

std::span<const std::byte> as_bytes(const std::string& text) { return std::as_bytes(std::span(text)); }

}  // namespace

std::string safetensors_header(const TensorFile& file) {
  check(file);
  std::string json = "{";
  if (!file.metadata.empty()) {
    json += "\"__metadata__\":{";
    for (const auto& [key, value] : file.metadata) json += json_string(key) + ":" + json_string(value) + ",";
    json.back() = '}';
    json += ",";
  }
  std::int64_t at = 0;
  for (const auto& [name, tensor] : file.tensors) {
    const std::int64_t end = checked_add(at, promised_bytes(tensor.shape(), size_of(tensor.dtype())));
    json += json_string(name) + ":{\"dtype\":\"" + std::string(safetensors_name(tensor.dtype())) + "\",\"shape\":[";
    for (int i = 0; i < tensor.rank(); ++i) json += (i ? "," : "") + std::to_string(tensor.size(i));
    json += "],\"data_offsets\":[" + std::to_string(at) + "," + std::to_string(end) + "]},";
    at = end;
  }
  if (json.size() > 1) json.pop_back();
  json += "}";
  json.resize((json.size() + 7) / 8 * 8, ' ');  // the buffer starts aligned
  if (json.size() > static_cast<std::size_t>(kMaxSafetensorsHeader)) refuse_size(json.size());
  return little_endian(json.size()) + json;
}

void write_safetensors(const Path& path, const TensorFile& file) {
  const std::string header = safetensors_header(file);
  std::vector<std::vector<std::byte>> copies(file.tensors.size());
  std::vector<std::span<const std::byte>> parts{as_bytes(header)};
  for (std::size_t i = 0; i < copies.size(); ++i) parts.push_back(row_major_bytes(file.tensors[i].second, copies[i]));
  write_file_atomic(path, parts);
}

std::vector<std::byte> encode_safetensors(const TensorFile& file) {
  const std::string header = safetensors_header(file);
  std::vector<std::byte> out(as_bytes(header).begin(), as_bytes(header).end()), scratch;
  for (const auto& entry : file.tensors) {
    const auto bytes = row_major_bytes(entry.second, scratch);
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

}  // namespace percept
