// sha256.h - SHA-256 (FIPS 180-4) of bytes, for checksums of files and weights.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace percept {

class Sha256 {
 public:
  void update(const void* data, std::size_t bytes);
  void update(std::span<const std::byte> data) { update(data.data(), data.size()); }
  // Digest of all bytes so far as 64 lower-case hexadecimal digits; more may be added after.
  std::string hex() const;

 private:
  void compress(const unsigned char* block);  // 64 bytes

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_{};  // the last bytes % 64 of the input
  std::uint64_t bytes_ = 0;
};

std::string sha256_hex(std::span<const std::byte> data);

}  // namespace percept
