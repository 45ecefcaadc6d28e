// vocabulary.h - tokens of text and their ids: plain options, saved with the model that was trained on them.
//
//   const Vocabulary words = fit_vocabulary(text, {.level = TextLevel::word, .max_size = 10'000});
//   const TextCodec codec(words);
//   const std::vector<std::int64_t> ids = codec.encode("A dog barked at a cat.");
//   const std::string again = codec.decode(ids);
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "percept/data/text_tokens.h"

namespace percept {

inline constexpr std::string_view kUnknownToken = "<unknown>";  // no text has it as one token

struct Vocabulary {
  TextLevel level = TextLevel::character;
  bool lower_case = false;               // the letters A-Z become a-z first
  std::vector<std::string> tokens = {};  // by id, from 0; "<unknown>" at 0 where there is an id for all others
};

struct VocabularyOptions {
  TextLevel level = TextLevel::character;
  bool lower_case = false;
  std::int64_t max_size = 0;  // ids at most, "<unknown>" among them; 0: every token gets one
  bool unknown = false;       // "<unknown>" even where every token gets an id: for text that is yet to come
};

// The tokens of `text`, most frequent first, equally frequent ones in the order of their code points. Where max_size
// leaves some out, "<unknown>" stands for them; words of more than 64 bytes always count as left out. ValueError for a
// text without tokens and a max_size that is negative or 1.
Vocabulary fit_vocabulary(std::string_view text, const VocabularyOptions& options = {});

// Text to ids and back by one vocabulary. Thread-safe.
class TextCodec {
 public:
  // UsageError for a vocabulary that no text could give: no tokens, one twice or empty, one that is several tokens of
  // its level or no UTF-8.
  explicit TextCodec(Vocabulary vocabulary);

  const Vocabulary& vocabulary() const;
  std::int64_t size() const;                                       // ids are 0 .. size() - 1
  std::optional<std::int64_t> unknown() const;                     // the id of "<unknown>"
  std::optional<std::int64_t> find(std::string_view token) const;  // after lower_case; without "<unknown>"

  // ValueError for a token without an id where there is none for unknown ones, IoError for what is no UTF-8.
  std::vector<std::int64_t> encode(std::string_view text) const;
  // The same one by one, for text that is large.
  void encode(std::string_view text, FunctionRef<void(std::int64_t id)> use) const;
  // Characters exactly as they were; words with one blank between them, none before .,;:!?)]} and after ([{.
  // Unknown characters come back as U+FFFD, unknown words as "<unknown>". ValueError for an id outside.
  std::string decode(const std::vector<std::int64_t>& ids) const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace percept
