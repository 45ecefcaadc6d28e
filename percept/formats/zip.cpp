// zip.cpp - an entry's bytes: zlib's raw inflate, counted and checked.
#include "percept/formats/zip.h"

#include <zlib.h>

#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"

namespace percept {
namespace {
constexpr std::size_t kBlock = std::size_t{256} << 10;
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // zlib counts in 32 bits
constexpr int kRawDeflate = -15;                           // window bits, without a header
}  // namespace

struct ZipStream::Inflater {
  z_stream z{};
  std::vector<std::byte> block;
  bool ended = false;
  ~Inflater() { inflateEnd(&z); }
};

ZipStream::ZipStream(const ByteFile& archive, const ZipEntry& entry) : archive_(archive), entry_(entry) {
  if (!entry.deflated) return;
  inflater_ = std::make_unique<Inflater>();
  inflater_->block.resize(std::min(kBlock, static_cast<std::size_t>(entry.packed)));
  if (inflateInit2(&inflater_->z, kRawDeflate) != Z_OK)
    throw OutOfMemoryError(archive_.name() + ": no memory to inflate", "free some memory");
}

ZipStream::~ZipStream() = default;

void ZipStream::refuse(const std::string& what) const {
  throw IoError(archive_.name() + ": entry " + quote(entry_.name) + ": " + what,
                "the archive is damaged: copy or download it again (`unzip -t` checks it)");
}

std::size_t ZipStream::read_stored(std::byte* to, std::size_t count) {
  count = std::min(count, static_cast<std::size_t>(entry_.packed - taken_));
  const std::size_t got = archive_.read(entry_.at + taken_, to, count);
  taken_ += static_cast<std::int64_t>(got);
  return got;
}

// At least one byte, unless the data end.
std::size_t ZipStream::inflate_some(std::byte* to, std::size_t count) {
  z_stream& z = inflater_->z;
  while (!inflater_->ended) {
    if (z.avail_in == 0) {
      const auto left = static_cast<std::size_t>(entry_.packed - taken_);
      const std::size_t got =
          archive_.read(entry_.at + taken_, inflater_->block.data(), std::min(inflater_->block.size(), left));
      taken_ += static_cast<std::int64_t>(got);
      z.next_in = reinterpret_cast<Bytef*>(inflater_->block.data());
      z.avail_in = static_cast<uInt>(got);
    }
    const std::size_t room = std::min(count, kMostAtOnce);
    z.next_out = reinterpret_cast<Bytef*>(to);
    z.avail_out = static_cast<uInt>(room);
    const int status = inflate(&z, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) throw OutOfMemoryError(archive_.name() + ": no memory to inflate", "free some memory");
    if (status == Z_BUF_ERROR)  // nothing left to read
      refuse("its data end too early, after " + with_thousands(given_) + " bytes");
    if (status != Z_OK && status != Z_STREAM_END)
      refuse("its data are corrupt after " + with_thousands(given_) + " bytes" +
             (z.msg ? ": " + std::string(z.msg) : ""));
    inflater_->ended = status == Z_STREAM_END;
    if (room != z.avail_out) return room - z.avail_out;
  }
  if (z.avail_in != 0 || taken_ != entry_.packed) refuse("bytes follow its data");
  return 0;
}

std::size_t ZipStream::read(std::byte* to, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    const std::size_t got = inflater_ ? inflate_some(to + done, count - done) : read_stored(to + done, count - done);
    if (got == 0) break;
    crc_ = static_cast<std::uint32_t>(crc32_z(crc_, reinterpret_cast<const Bytef*>(to + done), got));
    done += got;
    given_ += static_cast<std::int64_t>(got);
    if (given_ > entry_.bytes) refuse("it has more than the " + with_thousands(entry_.bytes) + " bytes it claims");
  }
  if (done == count) return done;
  if (given_ != entry_.bytes)
    refuse("it has " + with_thousands(given_) + " bytes, not the " + with_thousands(entry_.bytes) + " it claims");
  if (crc_ != entry_.crc) refuse("its checksum is wrong");
  return done;
}

}  // namespace percept
