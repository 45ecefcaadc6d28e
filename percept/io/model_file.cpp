// model_file.cpp - checksums around safetensors.
#include "percept/io/model_file.h"

#include <algorithm>
#include <cstring>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/printable.h"
#include "percept/base/sha256.h"
#include "percept/base/text.h"
#include "percept/formats/bytes.h"

namespace percept {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 36;  // 64 GiB: it is held in memory
constexpr std::int64_t kFormat = 1;
constexpr std::string_view kFormatKey = "percept.format";
constexpr std::string_view kHeaderKey = "percept.header_sha256";
constexpr std::string_view kTensorKey = "sha256:";
const std::string kNoDigest(64, '0');
constexpr const char* kDamaged = "the file is damaged or was changed: copy it again, or save the model again";

bool is_own_key(std::string_view key) { return key == kFormatKey || key == kHeaderKey || key.starts_with(kTensorKey); }

// Where the header's digest stands in the text. A key in quotes cannot occur within a JSON string, whose quotes are
// escaped, so the first place is the only one.
std::size_t digest_position(std::string_view header) {
  const std::string before = "\"" + std::string(kHeaderKey) + "\":\"";
  const std::size_t at = header.find(before);
  return at == std::string_view::npos ? at : at + before.size();
}

std::string header_digest(std::string header, std::size_t position) {
  header.replace(position, kNoDigest.size(), kNoDigest);
  return sha256_hex(std::as_bytes(std::span(header)));
}

// Header and tensors, ready to write; the spans view the states, `copies`, and the header (long, so that it lives on
// the heap and stays there when this is moved).
struct Parts {
  std::string header;
  std::vector<std::vector<std::byte>> copies;
  std::vector<std::span<const std::byte>> spans;
};

Parts make_parts(const NamedTensors& states, const Metadata& metadata) {
  for (const auto& [key, value] : metadata)
    if (is_own_key(key))
      throw ValueError("the metadata key " + quote(key) + " belongs to the model file", "use another key");
  TensorFile file{.tensors = states, .metadata = metadata};
  Parts parts{.header = {}, .copies = std::vector<std::vector<std::byte>>(states.size()), .spans = {}};
  parts.spans.emplace_back();  // the header, once it is known
  file.metadata.emplace_back(kFormatKey, number(kFormat));
  file.metadata.emplace_back(kHeaderKey, kNoDigest);
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (!states[i].second.defined())
      throw ValueError("tensor " + quote(states[i].first) + " is undefined", "build the model before saving it");
    parts.spans.push_back(row_major_bytes(states[i].second, parts.copies[i]));
    file.metadata.emplace_back(std::string(kTensorKey) + states[i].first, sha256_hex(parts.spans.back()));
  }
  parts.header = safetensors_header(file);
  const std::size_t position = digest_position(parts.header);
  parts.header.replace(position, kNoDigest.size(), header_digest(parts.header, position));
  parts.spans[0] = std::as_bytes(std::span(parts.header));
  return parts;
}

void check_format(const TensorFile& file, const std::string& name) {
  const std::string* format = file.find_metadata(kFormatKey);
  if (!format || !file.find_metadata(kHeaderKey))
    throw IoError(name + ": the file has no checksums of Percept in its metadata",
                  "it was not saved by Percept (read_safetensors reads it), or it is damaged");
  const auto version = parse_int64(*format);
  if (!version || *version < 1) throw IoError(name + ": the model file's format is " + quote(*format), kDamaged);
  if (*version > kFormat)
    throw IoError(
        name + ": the model file has format " + *format + ", this version of Percept reads up to " + number(kFormat),
        "use the version of Percept that saved it, or a newer one");
}

void check_header(std::span<const std::byte> bytes, const TensorFile& file, const std::string& name) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);  // parsed before, so it fits
  const std::string header(reinterpret_cast<const char*>(bytes.data()),
                           sizeof length + static_cast<std::size_t>(length));
  const std::size_t position = digest_position(header);
  const std::string& said = *file.find_metadata(kHeaderKey);
  if (position == std::string::npos || said.size() != kNoDigest.size() ||
      header.substr(position, said.size()) != said || header_digest(header, position) != said)
    throw IoError(name + ": the header does not have the checksum it was saved with (" + quote(said) + ")", kDamaged);
}

// Each tensor against its digest; every digest must have its tensor. Leaves the caller's own metadata.
void check_tensors(TensorFile& file, const std::string& name) {
  Metadata own, digests;
  for (auto& entry : file.metadata) {
    if (entry.first.starts_with(kTensorKey))
      digests.push_back(std::move(entry));
    else if (!is_own_key(entry.first))
      own.push_back(std::move(entry));
  }
  if (digests.size() != file.tensors.size())
    throw IoError(name + ": there are " + std::to_string(digests.size()) + " checksums for " +
                      std::to_string(file.tensors.size()) + " tensors",
                  kDamaged);
  for (std::size_t i = 0; i < digests.size(); ++i) {  // written in one order
    const auto& [tensor_name, tensor] = file.tensors[i];
    std::vector<std::byte> scratch;
    const std::string digest = sha256_hex(row_major_bytes(tensor, scratch));
    if (digests[i].first != std::string(kTensorKey) + tensor_name || digests[i].second != digest)
      throw IoError(name + ": tensor " + quote(tensor_name) + " does not have the checksum it was saved with (" +
                        quote(digests[i].second) + ")",
                    kDamaged);
  }
  file.metadata = std::move(own);
}

}  // namespace

void save_states(const Path& path, const NamedTensors& states, const Metadata& metadata) {
  const Parts parts = make_parts(states, metadata);
  write_file_atomic(path, parts.spans);
}

std::vector<std::byte> encode_states(const NamedTensors& states, const Metadata& metadata) {
  const Parts parts = make_parts(states, metadata);
  std::vector<std::byte> out;
  for (const auto part : parts.spans) out.insert(out.end(), part.begin(), part.end());
  return out;
}

TensorFile parse_states(std::span<const std::byte> bytes, std::string_view name) {
  const std::string file_name(name);
  TensorFile file = parse_safetensors(bytes, name);
  check_format(file, file_name);
  check_header(bytes, file, file_name);
  check_tensors(file, file_name);
  return file;
}

TensorFile load_states(const Path& path) { return parse_states(read_file(path, kMaxFileBytes), path.string()); }

}  // namespace percept
