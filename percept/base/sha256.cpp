// sha256.cpp - SHA-256, FIPS 180-4 sections 4.1.2, 5.1.1, 6.2.
#include "percept/base/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace percept {

namespace {

constexpr std::uint32_t kRound[64] = {  // section 4.2.2
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t big_endian(const unsigned char* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

void Sha256::compress(const unsigned char* block) {
  std::uint32_t w[64];
  for (int t = 0; t < 16; ++t) w[t] = big_endian(block + 4 * t);
  for (int t = 16; t < 64; ++t) {
    std::uint32_t low = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
    std::uint32_t high = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = high + w[t - 7] + low + w[t - 16];
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (int t = 0; t < 64; ++t) {
    std::uint32_t sum1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    std::uint32_t t1 = h + sum1 + ((e & f) ^ (~e & g)) + kRound[t] + w[t];
    std::uint32_t sum0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    std::uint32_t t2 = sum0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const std::uint32_t added[8] = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state_[i] += added[i];
}

void Sha256::update(const void* data, std::size_t bytes) {
  if (bytes == 0) return;
  const auto* input = static_cast<const unsigned char*>(data);
  std::size_t held = bytes_ % 64;
  bytes_ += bytes;
  if (held > 0) {
    std::size_t taken = std::min(bytes, 64 - held);
    std::memcpy(pending_.data() + held, input, taken);
    if (held + taken < 64) return;
    compress(pending_.data());
    input += taken, bytes -= taken;
  }
  for (; bytes >= 64; input += 64, bytes -= 64) compress(input);
  std::memcpy(pending_.data(), input, bytes);
}

std::string Sha256::hex() const {
  Sha256 last = *this;
  // One bit, zeros up to 8 bytes before the end of a block, the length in bits.
  unsigned char padding[72] = {0x80};
  std::size_t zeros = (119 - bytes_ % 64) % 64;  // bytes + 1 + zeros is 56 modulo 64
  for (int i = 0; i < 8; ++i)
    padding[1 + zeros + static_cast<std::size_t>(i)] = static_cast<unsigned char>((bytes_ * 8) >> (56 - 8 * i));
  last.update(padding, 1 + zeros + 8);
  std::string text;
  for (std::uint32_t word : last.state_)
    for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[(word >> shift) & 15];
  return text;
}

std::string sha256_hex(std::span<const std::byte> data) {
  Sha256 hash;
  hash.update(data);
  return hash.hex();
}

}  // namespace percept
