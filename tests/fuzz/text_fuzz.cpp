// text_fuzz.cpp - any bytes as text: ids that come back as the text, by a vocabulary that reads back as itself, or an
// Error; and any bytes as a vocabulary.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "percept/base/error.h"
#include "percept/base/options.h"
#include "percept/base/text.h"
#include "percept/data/vocabulary.h"

namespace {

using namespace percept;

void require(bool holds) {
  if (!holds) std::abort();
}

// Tokens lie within the text, in order, and are never empty.
void check_tokens(std::string_view text, TextLevel level) {
  std::size_t end = 0;
  for_each_token(text, level, [&](std::string_view token) {
    const auto at = static_cast<std::size_t>(token.data() - text.data());
    require(!token.empty() && at >= end && at + token.size() <= text.size());
    end = at + token.size();
    return true;
  });
}

void check_text(std::string_view text, const VocabularyOptions& options) {
  const TextCodec codec(fit_vocabulary(text, options));
  Vocabulary again;
  from_value(to_value(codec.vocabulary()), again, "fuzz");
  const auto ids = codec.encode(text);
  require(TextCodec(again).encode(text) == ids);
  require(static_cast<std::int64_t>(ids.size()) == count_tokens(text, options.level));
  const std::string told = codec.decode(ids);
  if (options.level == TextLevel::character && !options.lower_case && !codec.unknown()) require(told == text);
  if (options.level == TextLevel::word && !codec.unknown()) require(codec.encode(told) == ids);
}

void check_vocabulary(std::string_view text, TextLevel level) {
  Vocabulary vocabulary{.level = level, .lower_case = false, .tokens = {}};
  for (const std::string_view token : split(text, ',')) vocabulary.tokens.emplace_back(token);
  const TextCodec codec(vocabulary);
  for (std::int64_t id = codec.unknown() ? 1 : 0; id < codec.size(); ++id)
    require(codec.encode(codec.decode({id})) == std::vector<std::int64_t>{id});
}

}  // namespace

// The first byte chooses level, lower case and the size of the vocabulary.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::uint8_t choice = data[0];
  const TextLevel level = choice % 2 == 0 ? TextLevel::character : TextLevel::word;
  check_tokens(text, level);
  try {
    if (choice / 8 == 31)
      check_vocabulary(text, level);
    else
      check_text(
          text,
          {.level = level, .lower_case = choice / 2 % 2 == 1, .max_size = choice / 8, .unknown = choice / 4 % 2 == 1});
  } catch (const Error&) {
  }
  return 0;
}
