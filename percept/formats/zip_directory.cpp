// zip_directory.cpp - what a zip archive says it holds: its last record, its directory, and the header of each entry,
// which must agree.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/formats/utf8.h"
#include "percept/formats/zip.h"

namespace percept {
namespace {

constexpr std::int64_t kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20, kLocalBytes = 30, kCentralBytes = 46;
constexpr std::int64_t kMaxComment = 0xffff;
constexpr std::int64_t kMaxDirectory = std::int64_t{64} << 20;  // held in memory
constexpr std::uint64_t kIn64 = 0xffffffff;                     // the number stands in the zip64 record
constexpr unsigned kKnownFlags = 0x080e;  // UTF-8 name, sizes after the data, two of deflate's levels

class Directory {
 public:
  explicit Directory(const ByteFile& archive) : archive_(archive) {}

  std::vector<ZipEntry> read() {
    find();
    const std::string bytes = bytes_at(at_, static_cast<std::int64_t>(size_));
    std::vector<ZipEntry> entries;
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < count_; ++i) entries.push_back(entry(bytes, at));
    if (at != bytes.size()) refuse("its directory has other bytes than its " + number(count_) + " entries");
    check_overlaps();
    return entries;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw IoError(archive_.name() + ": the zip archive is damaged: " + what, "copy or download the file again");
  }
  std::string bytes_at(std::int64_t at, std::int64_t count) const {
    if (at < 0 || count < 0 || at > archive_.size() || count > archive_.size() - at)
      refuse("a record at byte " + number(at) + " is not there");
    std::string out(static_cast<std::size_t>(count), '\0');
    if (archive_.read(at, reinterpret_cast<std::byte*>(out.data()), out.size()) != out.size())
      refuse("it became shorter while it was read");
    return out;
  }
  static std::uint64_t u(std::string_view bytes, std::size_t at, std::size_t width) {
    std::uint64_t value = 0;
    if (at + width <= bytes.size()) std::memcpy(&value, bytes.data() + at, width);
    return value;
  }

  // The last record, which may be followed by a comment of its own and nothing else.
  void find() {
    const std::int64_t from = std::max<std::int64_t>(0, archive_.size() - kEndBytes - kMaxComment);
    const std::string tail = bytes_at(from, archive_.size() - from);
    std::size_t at = tail.rfind("PK\5\6");
    while (at != std::string::npos && at + kEndBytes + u(tail, at + 20, 2) != tail.size())
      at = at == 0 ? std::string::npos : tail.rfind("PK\5\6", at - 1);
    if (at == std::string::npos) refuse("its end is missing");
    std::int64_t end = from + static_cast<std::int64_t>(at);
    const std::string_view record(tail.data() + at, static_cast<std::size_t>(kEndBytes));
    count_ = u(record, 10, 2);
    size_ = u(record, 12, 4);
    std::uint64_t offset = u(record, 16, 4);
    if (u(record, 4, 4) != 0 && u(record, 4, 4) != kIn64) refuse("it is one part of several");
    // Some writers use the zip64 record where 32 bits would do, and then do not say so here.
    const std::string locator = end >= kLocatorBytes ? bytes_at(end - kLocatorBytes, kLocatorBytes) : "";
    if (locator.starts_with("PK\6\7")) {
      end = static_cast<std::int64_t>(std::min<std::uint64_t>(u(locator, 8, 8), INT64_MAX));
      const std::string record64 = bytes_at(end, kEnd64Bytes);
      if (!record64.starts_with("PK\6\6")) refuse("its zip64 record is missing");
      count_ = u(record64, 32, 8);
      size_ = u(record64, 40, 8);
      offset = u(record64, 48, 8);
    } else if (count_ == 0xffff || size_ == kIn64 || offset == kIn64) {
      refuse("its zip64 record is missing");
    }
    if (offset > static_cast<std::uint64_t>(end) || size_ != static_cast<std::uint64_t>(end) - offset)
      refuse("its directory does not lie where it should");
    if (size_ > static_cast<std::uint64_t>(kMaxDirectory) || count_ > size_ / kCentralBytes)
      refuse("its directory has " + number(size_) + " bytes for " + number(count_) + " entries");
    at_ = static_cast<std::int64_t>(offset);
  }

  ZipEntry entry(const std::string& bytes, std::size_t& at) {
    const std::string_view record = std::string_view(bytes).substr(std::min(at, bytes.size()));
    const std::size_t name_bytes = u(record, 28, 2), extra_bytes = u(record, 30, 2),
                      all = kCentralBytes + name_bytes + extra_bytes + u(record, 32, 2);
    if (!record.starts_with("PK\1\2") || record.size() < all) refuse("its directory is cut short");
    at += all;
    ZipEntry out{.name = std::string(record.substr(kCentralBytes, name_bytes))};
    const auto method = u(record, 10, 2);
    if (out.name.find('\0') != std::string::npos || !is_utf8(out.name)) refuse("the name " + quote(out.name));
    if ((u(record, 8, 2) & ~std::uint64_t{kKnownFlags}) != 0 || (method != 0 && method != 8))
      throw IoError(
          archive_.name() + ": entry " + quote(out.name) + " is encrypted, or packed by method " + number(method),
          "pack it again, stored or deflated, without a password");
    std::uint64_t packed = u(record, 20, 4), size = u(record, 24, 4), offset = u(record, 42, 4);
    const std::string_view extra = record.substr(kCentralBytes + name_bytes, extra_bytes);
    read_zip64(extra, {&size, &packed, &offset}, out.name);
    const auto whole = static_cast<std::uint64_t>(at_);  // entries lie before the directory
    if (offset > whole || packed > whole - offset) refuse("entry " + quote(out.name) + " lies behind its end");
    if (method == 0 ? size != packed : size / kMaxGzipRatio > packed)
      refuse("entry " + quote(out.name) + " claims " + number(size) + " bytes, packed in " + number(packed));
    out.crc = static_cast<std::uint32_t>(u(record, 16, 4));
    out.deflated = method == 8;
    out.packed = static_cast<std::int64_t>(packed);
    out.bytes = static_cast<std::int64_t>(size);
    find_data(out, static_cast<std::int64_t>(offset), method);
    return out;
  }

  // Numbers that do not fit 32 bits stand in a field of their own, in this order.
  void read_zip64(std::string_view extra, std::initializer_list<std::uint64_t*> numbers,
                  const std::string& name) const {
    std::string_view field;
    while (extra.size() >= 4 && field.empty()) {
      const std::size_t bytes = u(extra, 2, 2);
      if (u(extra, 0, 2) == 1) field = extra.substr(4, bytes);
      extra.remove_prefix(std::min(extra.size(), 4 + bytes));
    }
    for (std::uint64_t* const value : numbers) {
      if (*value != kIn64) continue;
      if (field.size() < 8) refuse("entry " + quote(name) + " lacks its zip64 sizes");
      *value = u(field, 0, 8);
      field.remove_prefix(8);
    }
  }

  // The header before the data says the same name and method.
  void find_data(ZipEntry& entry, std::int64_t offset, std::uint64_t method) {
    const std::string header = bytes_at(offset, kLocalBytes);
    const auto name_bytes = static_cast<std::int64_t>(u(header, 26, 2));
    entry.at = offset + kLocalBytes + name_bytes + static_cast<std::int64_t>(u(header, 28, 2));
    if (!header.starts_with("PK\3\4") || u(header, 8, 2) != method ||
        bytes_at(offset + kLocalBytes, name_bytes) != entry.name)
      refuse("entry " + quote(entry.name) + " is not where the directory says");
    if (entry.at > at_ || entry.packed > at_ - entry.at) refuse("entry " + quote(entry.name) + " lies behind its end");
    ranges_.emplace_back(offset, entry.at + entry.packed);
  }

  // Bytes that serve two entries would let a small archive unpack to any size.
  void check_overlaps() {
    std::sort(ranges_.begin(), ranges_.end());
    for (std::size_t i = 1; i < ranges_.size(); ++i)
      if (ranges_[i].first < ranges_[i - 1].second) refuse("its entries overlap");
  }

  const ByteFile& archive_;
  std::int64_t at_ = 0;                                        // of the directory
  std::uint64_t size_ = 0, count_ = 0;                         // of it, in bytes and entries
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges_;  // header and data of each
};

}  // namespace

std::vector<ZipEntry> read_zip(const ByteFile& archive) { return Directory(archive).read(); }

}  // namespace percept
