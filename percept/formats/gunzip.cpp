// gunzip.cpp - zlib's inflate behind a door that counts.
#include "percept/formats/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "percept/base/error.h"

namespace percept {
namespace {
constexpr std::size_t kChunk = std::size_t{1} << 30;  // zlib counts in 32 bits
constexpr int kGzipOnly = 15 + 16;                    // window bits, and no zlib or raw deflate
}  // namespace

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

struct Gunzip::Stream {
  z_stream z{};
};

Gunzip::Gunzip(std::span<const std::byte> bytes, std::string_view name)
    : rest_(bytes), name_(name), stream_(std::make_unique<Stream>()) {
  if (inflateInit2(&stream_->z, kGzipOnly) != Z_OK)
    throw OutOfMemoryError(name_ + ": no memory to inflate", "free some memory");
}

Gunzip::Gunzip(NextBlock next, std::string_view name) : Gunzip(std::span<const std::byte>{}, name) {
  next_ = std::move(next);
}

Gunzip::~Gunzip() { inflateEnd(&stream_->z); }

void Gunzip::refuse(const std::string& what) const {
  throw IoError(name_ + ": " + what, "the file is damaged: copy or download it again (`gzip -t` checks it)");
}

void Gunzip::feed() {
  z_stream& z = stream_->z;
  if (z.avail_in != 0) return;
  if (rest_.empty() && next_) rest_ = next_();
  const std::size_t count = std::min(rest_.size(), kChunk);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest_.data()));  // zlib does not write there
  z.avail_in = static_cast<uInt>(count);
  rest_ = rest_.subspan(count);
}

void Gunzip::start_next_member() {
  feed();
  z_stream& z = stream_->z;
  if (z.avail_in == 0) {
    done_ = true;
    return;
  }
  // A member cut by a chunk's end shows one byte here; the second is then left to inflate.
  if (z.next_in[0] != 0x1f || (z.avail_in > 1 && z.next_in[1] != 0x8b))
    refuse((next_ ? "other" : std::to_string(z.avail_in + rest_.size())) + " bytes follow the gzip data");
  inflateReset(&z);
}

std::size_t Gunzip::read(std::byte* to, std::size_t count) {
  z_stream& z = stream_->z;
  std::size_t got = 0;
  while (got < count && !done_) {
    feed();
    const std::size_t room = std::min(count - got, kChunk);
    z.next_out = reinterpret_cast<Bytef*>(to + got);
    z.avail_out = static_cast<uInt>(room);
    const int status = inflate(&z, Z_NO_FLUSH);
    got += room - z.avail_out;
    written_ += room - z.avail_out;
    if (status == Z_STREAM_END)
      start_next_member();
    else if (status == Z_MEM_ERROR)
      throw OutOfMemoryError(name_ + ": no memory to inflate", "free some memory");
    else if (status == Z_BUF_ERROR)
      refuse("the gzip data ends too early, after " + std::to_string(written_) + " bytes of contents");
    else if (status != Z_OK)
      refuse("the gzip data is corrupt after " + std::to_string(written_) + " bytes of contents" +
             (z.msg ? ": " + std::string(z.msg) : ""));
  }
  return got;
}

}  // namespace percept
