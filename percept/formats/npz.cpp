// npz.cpp - several arrays by name: a zip archive of .npy files.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/formats/byte_file.h"
#include "percept/formats/bytes.h"
#include "percept/formats/npy.h"
#include "percept/formats/npy_header.h"
#include "percept/formats/utf8.h"
#include "percept/formats/zip.h"

namespace percept {
namespace {

constexpr std::string_view kSuffix = ".npy";

void refuse_other_formats(const ByteFile& archive) {
  std::string start(6, '\0');
  start.resize(archive.read(0, reinterpret_cast<std::byte*>(start.data()), start.size()));
  if (start.starts_with("PK\3\4") || start.starts_with("PK\5\6")) return;
  if (start.starts_with("\x93NUMPY"))
    throw IoError(archive.name() + ": this is a .npy file of one array, and no .npz archive", "read it with read_npy");
  throw IoError(archive.name() + (start.empty() ? ": the file is empty" : ": this is no .npz archive"),
                "save the arrays with numpy.savez(path, x=x, y=y)");
}

TensorFile read_archive(const ByteFile& archive) {
  refuse_other_formats(archive);
  const std::vector<ZipEntry> entries = read_zip(archive);
  std::set<std::string_view> names;
  for (const ZipEntry& entry : entries) {
    if (!entry.name.ends_with(kSuffix))
      throw IoError(archive.name() + ": the archive holds " + quote(entry.name) + ", which is no .npy file",
                    "save arrays only: numpy.savez(path, x=x, y=y)");
    if (!names.insert(entry.name).second)
      throw IoError(archive.name() + ": the archive holds " + quote(entry.name) + " twice", "save it again");
  }
  TensorFile out;
  out.tensors.reserve(entries.size());
  for (const ZipEntry& entry : entries) {
    ZipStream stream(archive, entry);
    Tensor tensor = decode_npy([&](std::byte* to, std::size_t count) { return stream.read(to, count); }, entry.bytes,
                               archive.name() + ": " + printable(entry.name));
    out.tensors.emplace_back(entry.name.substr(0, entry.name.size() - kSuffix.size()), std::move(tensor));
  }
  return out;
}

std::string little(std::uint64_t value, std::size_t width) {
  std::string bytes(width, '\0');
  std::memcpy(bytes.data(), &value, width);
  return bytes;
}

// What stands alike in the header before an entry and in the directory, from the version needed on.
struct Member {
  std::string name, common, npy_header;
  std::vector<std::byte> scratch;
  std::span<const std::byte> values;
  std::uint64_t bytes = 0, at = 0;
  std::string local_header() const { return "PK\3\4" + common + name; }
  std::string directory_entry() const {
    constexpr std::string_view kMadeOnUnix("\x14\3", 2);
    return "PK\1\2" + std::string(kMadeOnUnix) + common + little(0, 2 + 2 + 2) + little(std::uint64_t{0600} << 16, 4) +
           little(at, 4) + name;
  }
};

void make_member(Member& member, const std::string& name, const Tensor& tensor, std::uint64_t at) {
  member.name = name + std::string(kSuffix);
  member.npy_header = npy_header(tensor.dtype(), tensor.shape());
  member.values = row_major_bytes(tensor, member.scratch);
  member.bytes = member.npy_header.size() + member.values.size();
  member.at = at;
  auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(member.npy_header.data()), member.npy_header.size());
  crc = crc32_z(crc, reinterpret_cast<const Bytef*>(member.values.data()), member.values.size());
  constexpr std::uint64_t kVersion = 20, kUtf8 = 0x0800, kStored = 0, kTime = 0, kDate = 0x21;  // 1980-01-01
  member.common = little(kVersion, 2) + little(is_ascii(member.name) ? 0 : kUtf8, 2) + little(kStored, 2) +
                  little(kTime, 2) + little(kDate, 2) + little(crc, 4) + little(member.bytes, 4) +
                  little(member.bytes, 4) + little(member.name.size(), 2) + little(0, 2);
}

void check_names(const TensorFile& file) {
  if (!file.metadata.empty())
    throw ValueError("npz: an archive has no metadata, but " + quote(file.metadata[0].first) + " is given",
                     "write a safetensors file, or leave it out");
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : file.tensors) {
    if (!tensor.defined()) throw ValueError("npz: array " + quote(name) + " is undefined", "give it a value first");
    if (!is_utf8(name) || name.find('\0') != std::string::npos || name.size() > 60'000)
      throw ValueError("npz: the name " + quote(name) + " is no UTF-8, or too long", "use a short name in UTF-8");
    if (!names.insert(name).second)
      throw ValueError("npz: array " + quote(name) + " is given twice", "give each its own name");
  }
}

// The archive as parts that stand one after the other; the tensors' values are not copied where they lie row-major.
struct Archive {
  std::vector<Member> members;
  std::vector<std::string> texts;
  std::vector<std::span<const std::byte>> parts;
};

Archive make_archive(const TensorFile& file) {
  check_names(file);
  Archive out;
  out.members.resize(file.tensors.size());
  out.texts.reserve(2 * file.tensors.size() + 1);
  const auto add = [&](std::string text) {
    out.texts.push_back(std::move(text));
    out.parts.push_back(std::as_bytes(std::span(out.texts.back())));
    return out.texts.back().size();
  };
  std::uint64_t at = 0;
  std::string directory;
  for (std::size_t i = 0; i < out.members.size(); ++i) {
    Member& member = out.members[i];
    make_member(member, file.tensors[i].first, file.tensors[i].second, at);
    at += add(member.local_header()) + member.bytes;
    out.parts.push_back(std::as_bytes(std::span(member.npy_header)));
    out.parts.push_back(member.values);
    if (at >= 0xffffffff || i >= 0xffff - 1)
      throw ValueError("npz: the archive would have 4 GiB or more, or more than 65,534 arrays",
                       "write a safetensors file, or an .npy file for each array");
    directory += member.directory_entry();
  }
  const std::string count = little(out.members.size(), 2);
  add(directory + "PK\5\6" + little(0, 4) + count + count + little(directory.size(), 4) + little(at, 4) + little(0, 2));
  return out;
}

}  // namespace

TensorFile read_npz(const Path& path) { return read_archive(ByteFile(path)); }

TensorFile parse_npz(std::span<const std::byte> bytes, std::string_view name) {
  return read_archive(ByteFile(bytes, name));
}

void write_npz(const Path& path, const TensorFile& file) { write_file_atomic(path, make_archive(file).parts); }

std::vector<std::byte> encode_npz(const TensorFile& file) {
  const Archive archive = make_archive(file);
  std::vector<std::byte> out;
  for (const auto& part : archive.parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace percept
