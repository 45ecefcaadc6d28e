// byte_file.h - the bytes of a file or of memory, as the codecs read them: by position, or in order and gunzipped on
// the way. Nothing is held but what is asked for, so that a file may be larger than memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/path.h"
#include "percept/formats/gunzip.h"

namespace percept {

// Bytes by position.
class ByteFile {
 public:
  explicit ByteFile(const Path& path);  // a regular file; IoError otherwise
  // `bytes` must outlive this; `name` stands for the file in messages.
  ByteFile(std::span<const std::byte> bytes, std::string_view name);
  ~ByteFile();
  ByteFile(ByteFile&& other) noexcept;
  ByteFile& operator=(ByteFile&&) = delete;

  const std::string& name() const { return name_; }
  std::int64_t size() const { return size_; }
  // Writes the bytes from `at` on to `to`, fewer than `count` only at the end; returns how many. IoError.
  std::size_t read(std::int64_t at, std::byte* to, std::size_t count) const;

 private:
  std::string name_;
  std::span<const std::byte> memory_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;
};

// What text and tables of so many packed bytes may unpack to: 64 MiB, or 250 times as much where that is more. Deflate
// packs nothing honest so densely but long runs of one byte; a file may else be small and take all memory.
std::int64_t most_unpacked(std::int64_t packed);

// Bytes in order. What starts with 1f 8b is inflated, its checksums verified at its end.
class ByteStream {
 public:
  explicit ByteStream(ByteFile file);
  // Whether what is gzipped may unpack to more than most_unpacked, as it may where the contents say how much they are.
  enum class Unpacks { any, bounded };
  ByteStream(ByteFile file, Unpacks unpacks);
  ByteStream(ByteStream&&) = delete;  // the inflater holds its address

  const std::string& name() const { return file_.name(); }
  bool is_packed() const { return gunzip_ != nullptr; }
  // Bytes that there can be at most: none of a file's promises beyond that can be true.
  std::int64_t most() const;
  // Writes the next bytes to `to`, fewer than `count` only at the end; returns how many. IoError.
  std::size_t read(std::byte* to, std::size_t count);

 private:
  Unpacks unpacks_ = Unpacks::any;
  std::int64_t unpacked_ = 0;
  ByteFile file_;
  std::int64_t at_ = 0;
  std::vector<std::byte> packed_;  // a block of the file on its way to the inflater
  std::unique_ptr<Gunzip> gunzip_;
};

}  // namespace percept
