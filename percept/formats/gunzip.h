// gunzip.h - gzip data inflated piece by piece: the caller says how much it wants, so that no size in the data is
// trusted.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace percept {

// Deflate cannot pack more than 258 bytes into 2 bits.
inline constexpr std::int64_t kMaxGzipRatio = 1032;

bool is_gzip(std::span<const std::byte> bytes);  // starts with 1f 8b

class Gunzip {
 public:
  // `bytes` must outlive this; `name` stands for the file in messages.
  Gunzip(std::span<const std::byte> bytes, std::string_view name);
  // The same from blocks: `next` gives one after the other, an empty one at the end; each is read before the next is
  // asked for.
  using NextBlock = std::function<std::span<const std::byte>()>;
  Gunzip(NextBlock next, std::string_view name);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // Writes the next `count` bytes to `to`; fewer only at the end, whose checksums are then verified. Members that
  // follow each other are one stream. IoError if the data is corrupt, ends early, or is followed by something else.
  std::size_t read(std::byte* to, std::size_t count);

 private:
  struct Stream;
  void feed();
  void start_next_member();
  [[noreturn]] void refuse(const std::string& what) const;

  NextBlock next_;                   // empty: `rest_` is all there is
  std::span<const std::byte> rest_;  // not yet given to zlib
  std::string name_;
  std::unique_ptr<Stream> stream_;
  std::uint64_t written_ = 0;
  bool done_ = false;
};

}  // namespace percept
