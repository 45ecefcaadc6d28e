// zip.h - zip archives, as .npz files are ones: the list of their entries, and an entry's bytes, in order and checked.
// Nothing is ever unpacked to disk. Entries are stored or deflated; encrypted, split and overlapping ones are refused,
// and those that claim more than deflate can pack. IoError names the archive and the entry.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "percept/formats/byte_file.h"

namespace percept {

struct ZipEntry {
  std::string name;     // UTF-8
  std::int64_t at = 0;  // of its packed bytes in the archive
  std::int64_t packed = 0;
  std::int64_t bytes = 0;  // unpacked
  std::uint32_t crc = 0;
  bool deflated = false;
};

// In the archive's order. Zip64 too.
std::vector<ZipEntry> read_zip(const ByteFile& archive);

class ZipStream {
 public:
  ZipStream(const ByteFile& archive, const ZipEntry& entry);  // both must outlive this
  ~ZipStream();
  ZipStream(const ZipStream&) = delete;
  ZipStream& operator=(const ZipStream&) = delete;

  // Writes the next bytes to `to`, fewer than `count` only at the end, where size and checksum are verified.
  std::size_t read(std::byte* to, std::size_t count);

 private:
  struct Inflater;
  std::size_t read_stored(std::byte* to, std::size_t count);
  std::size_t inflate_some(std::byte* to, std::size_t count);
  [[noreturn]] void refuse(const std::string& what) const;

  const ByteFile& archive_;
  const ZipEntry& entry_;
  std::unique_ptr<Inflater> inflater_;  // for deflated entries
  std::int64_t taken_ = 0, given_ = 0;  // packed and unpacked bytes so far
  std::uint32_t crc_ = 0;
};

}  // namespace percept
