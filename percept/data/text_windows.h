// text_windows.h - text as samples: some ids in a row, and the id that comes next.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "percept/data/dataset.h"
#include "percept/data/vocabulary.h"

namespace percept {

// A long row of ids: two bytes each for vocabularies of up to 65,536 tokens, four for larger ones.
class TokenIds {
 public:
  explicit TokenIds(std::int64_t vocabulary) : narrow_(vocabulary <= 65'536) {}

  void push_back(std::int64_t id) {
    if (narrow_)
      two_.push_back(static_cast<std::uint16_t>(id));
    else
      four_.push_back(static_cast<std::uint32_t>(id));
  }
  std::int64_t size() const { return static_cast<std::int64_t>(narrow_ ? two_.size() : four_.size()); }
  std::int64_t operator[](std::int64_t at) const {
    const auto i = static_cast<std::size_t>(at);
    return narrow_ ? two_[i] : static_cast<std::int64_t>(four_[i]);
  }

 private:
  bool narrow_;
  std::vector<std::uint16_t> two_;
  std::vector<std::uint32_t> four_;
};

// All ids of a text.
TokenIds token_ids(const TextCodec& codec, std::string_view text);

struct TextWindowOptions {
  std::int64_t context = 16;  // T, the ids that a sample shows
  std::int64_t stride = 1;    // from one sample's first id to the next one's
  bool every_next = false;    // y is what follows each id of the context, not only the last one
};

// How many samples `tokens` ids give.
std::int64_t count_windows(std::int64_t tokens, const TextWindowOptions& options);

// Sample i begins at id i * stride: x i64 [T] are T ids from there, y i64 [] is the id behind them, or (every_next)
// i64 [T] the ids one place on. Ids that fill no whole sample at the end are left out. Nothing is held but the ids.
// Classes are the tokens. Parts of a text are cut before windows are taken, so that no target is in two of them.
class TextWindows {
 public:
  // ValueError for a context or stride below 1 and for fewer than context + 1 ids. `classes`: the vocabulary's tokens.
  TextWindows(TokenIds ids, std::vector<std::string> classes, const TextWindowOptions& options = {});

  std::int64_t size() const;
  Shape sample_shape() const;
  const std::vector<std::string>& class_names() const;
  Batch get(const std::vector<std::int64_t>& indices) const;
  std::string fingerprint() const;  // of the ids, context and stride; computed once

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace percept
