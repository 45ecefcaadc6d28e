// sha256_test.cpp - the vectors of FIPS 180-4's examples, and pieces of any size.
#include "percept/base/sha256.h"

#include <algorithm>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace percept {
namespace {

std::string hash_of(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text))); }

TEST(Sha256, PublishedVectors) {
  EXPECT_EQ(hash_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hash_of("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                    "mnopqrstnopqrstu"),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(hash_of(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesOfAnySizeGiveTheSameDigest) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += static_cast<char>(i * 7);
  for (std::size_t length : {0u, 1u, 54u, 55u, 56u, 57u, 63u, 64u, 65u, 119u, 120u, 128u, 300u})
    for (std::size_t piece : {1u, 3u, 63u, 64u, 65u, 300u}) {
      Sha256 hash;
      for (std::size_t at = 0; at < length; at += piece) hash.update(text.data() + at, std::min(piece, length - at));
      EXPECT_EQ(hash.hex(), hash_of(text.substr(0, length))) << length << " in pieces of " << piece;
    }
}

TEST(Sha256, HexDoesNotEndTheInput) {
  Sha256 hash;
  hash.update("ab", 2);
  EXPECT_EQ(hash.hex(), hash_of("ab"));
  hash.update(nullptr, 0);
  hash.update("c", 1);
  EXPECT_EQ(hash.hex(), hash_of("abc"));
}

}  // namespace
}  // namespace percept
