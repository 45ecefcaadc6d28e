// safetensors.cpp - reading: header, layout, tensors.
#include "percept/formats/safetensors.h"

#include <algorithm>
#include <cstring>

#include "percept/base/checked.h"
#include "percept/base/files.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/formats/bytes.h"
#include "percept/formats/safetensors_dtypes.h"
#include "percept/formats/safetensors_header.h"

namespace percept {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 36;  // 64 GiB: it is held in memory
constexpr std::size_t kLengthBytes = 8;
constexpr const char* kCutShort = "the file is cut short or damaged: copy or download it again";

// What other files of weights begin with, and how to turn them into safetensors.
void refuse_other_formats(std::string_view start, const std::string& name) {
  if (start.starts_with("PK\3\4"))
    throw IoError(name + ": this is a zip archive, as torch.save and Keras write, and no safetensors file",
                  "in Python: safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")");
  if (start.starts_with("\x89HDF\r\n"))
    throw IoError(name + ": this is an HDF5 file, as Keras writes, and no safetensors file",
                  "in Python: safetensors.numpy.save_file, with the weights under the model's paths");
}

// The JSON without its padding.
std::string_view header_text(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() < kLengthBytes)
    throw IoError(name + ": the file has " + std::to_string(bytes.size()) + " bytes, a safetensors file at least 10",
                  kCutShort);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > static_cast<std::uint64_t>(kMaxSafetensorsHeader)) {
    refuse_other_formats({reinterpret_cast<const char*>(bytes.data()), kLengthBytes}, name);
    throw IoError(
        name + ": the safetensors header is said to have " + std::to_string(length) + " bytes, more than 100,000,000",
        "this is no safetensors file, or it is damaged");
  }
  if (length > bytes.size() - kLengthBytes)
    throw IoError(name + ": the safetensors header is said to have " + std::to_string(length) + " bytes, " +
                      std::to_string(bytes.size() - kLengthBytes) + " are there",
                  kCutShort);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, static_cast<std::size_t>(length));
  if (text.empty() || text.front() != '{')
    throw IoError(name + ": the safetensors header starts with " + quote(text.substr(0, 8)) + ", not with '{'",
                  "this is no safetensors file, or it is damaged");
  text = text.substr(0, text.find_last_not_of(' ') + 1);
  if (text.back() != '}')
    throw IoError(name + ": the safetensors header ends with " + quote(text.substr(text.size() - 1)) + ", not with '}'",
                  "it may be padded with spaces only; the file is damaged");
  return text;
}

[[noreturn]] void refuse(const std::string& file, const TensorEntry& entry, const std::string& what) {
  throw IoError(file + ": tensor " + quote(entry.name) + ": " + what, kCutShort);
}

DType checked_dtype(const TensorEntry& entry, const std::string& file) {
  const auto dtype = safetensors_dtype(entry.dtype);
  if (!dtype)
    throw IoError(file + ": tensor " + quote(entry.name) + ": dtype " + quote(entry.dtype) + " is not supported",
                  "convert it to one of F32 F64 F16 BF16 I8 U8 I32 I64 BOOL");
  return *dtype;
}

// dtype, shape and offsets of each agree, and together they fill the buffer exactly.
void check_layout(const std::vector<TensorEntry>& entries, std::int64_t buffer_bytes, const std::string& file) {
  std::vector<const TensorEntry*> order;
  order.reserve(entries.size());
  for (const TensorEntry& entry : entries) {
    std::int64_t promised = 0;
    try {
      promised = promised_bytes(entry.shape, size_of(checked_dtype(entry, file)));
    } catch (const ShapeError& error) {
      refuse(file, entry, error.problem());
    }
    const std::string range = "data_offsets [" + std::to_string(entry.begin) + ", " + std::to_string(entry.end) + "]";
    if (entry.begin > entry.end || entry.end > buffer_bytes)
      refuse(file, entry, range + ", but " + std::to_string(buffer_bytes) + " bytes follow the header");
    if (entry.end - entry.begin != promised)
      refuse(file, entry,
             range + " hold " + std::to_string(entry.end - entry.begin) + " bytes, " + entry.dtype + " " +
                 str(entry.shape) + " needs " + std::to_string(promised));
    order.push_back(&entry);
  }
  std::sort(order.begin(), order.end(), [](const TensorEntry* a, const TensorEntry* b) {
    return a->begin != b->begin ? a->begin < b->begin : a->end < b->end;
  });
  std::int64_t at = 0;
  for (const TensorEntry* entry : order) {
    if (entry->begin != at)
      refuse(file, *entry,
             "its bytes start at " + std::to_string(entry->begin) + ", the ones before end at " + std::to_string(at));
    at = entry->end;
  }
  if (at != buffer_bytes)
    throw IoError(file + ": the tensors end at byte " + std::to_string(at) + " of " + std::to_string(buffer_bytes) +
                      " after the header",
                  "something was appended or the header is damaged: copy or download the file again");
}

Tensor read_tensor(const TensorEntry& entry, std::span<const std::byte> buffer, const std::string& file) {
  const DType dtype = checked_dtype(entry, file);
  const auto bytes =
      buffer.subspan(static_cast<std::size_t>(entry.begin), static_cast<std::size_t>(entry.end - entry.begin));
  if (dtype == DType::boolean) {
    const auto bad = std::find_if(bytes.begin(), bytes.end(), [](std::byte b) { return std::to_integer<int>(b) > 1; });
    if (bad != bytes.end())
      refuse(file, entry, "a BOOL is " + std::to_string(std::to_integer<int>(*bad)) + ", it must be 0 or 1");
  }
  Tensor out(contiguous_spec(dtype, entry.shape));
  if (!bytes.empty()) std::memcpy(out.raw_data(), bytes.data(), bytes.size());
  return out;
}

}  // namespace

const Tensor* TensorFile::find(std::string_view name) const {
  const auto it = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.first == name; });
  return it == tensors.end() ? nullptr : &it->second;
}

const std::string* TensorFile::find_metadata(std::string_view key) const {
  const auto it = std::find_if(metadata.begin(), metadata.end(), [&](const auto& m) { return m.first == key; });
  return it == metadata.end() ? nullptr : &it->second;
}

TensorFile parse_safetensors(std::span<const std::byte> bytes, std::string_view name) {
  const std::string file(name);
  const std::string_view text = header_text(bytes, file);
  SafetensorsHeader header = parse_safetensors_header(text, file);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const auto buffer = bytes.subspan(kLengthBytes + static_cast<std::size_t>(length));
  check_layout(header.entries, static_cast<std::int64_t>(buffer.size()), file);

  TensorFile out{.metadata = std::move(header.metadata)};
  out.tensors.reserve(header.entries.size());
  for (TensorEntry& entry : header.entries) {
    Tensor tensor = read_tensor(entry, buffer, file);
    out.tensors.emplace_back(std::move(entry.name), std::move(tensor));
  }
  return out;
}

TensorFile read_safetensors(const Path& path) {
  return parse_safetensors(read_file(path, kMaxFileBytes), path.string());
}

}  // namespace percept
