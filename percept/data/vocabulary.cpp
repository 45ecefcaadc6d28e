// vocabulary.cpp - counting tokens, and looking them up.
#include "percept/data/vocabulary.h"

#include <algorithm>
#include <unordered_map>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/formats/utf8.h"

namespace percept {
namespace {

constexpr std::size_t kLongestWord = 64;                   // bytes; longer ones are addresses and data, met once
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class T>
using ByToken = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

// The token as the vocabulary has it; `buffer` holds it where it differs.
std::string_view as_kept(std::string_view token, bool lower_case, std::string& buffer) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (!lower_case || std::none_of(token.begin(), token.end(), upper)) return token;
  buffer = token;
  for (char& c : buffer)
    if (upper(c)) c = static_cast<char>(c - 'A' + 'a');
  return buffer;
}

struct Counted {
  std::string_view token;
  std::int64_t count = 0;
};

void check_tokens(const Vocabulary& vocabulary) {
  const auto refuse = [](const std::string& what) {
    throw UsageError("the vocabulary " + what, "take it as fit_vocabulary or a saved model gives it");
  };
  if (vocabulary.tokens.empty()) refuse("has no tokens");
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& token = vocabulary.tokens[id];
    if (token == kUnknownToken) {
      if (id != 0) refuse("has \"<unknown>\" at " + number(id) + ", it stands at 0");
      continue;
    }
    std::string_view first;
    for_each_token(token, vocabulary.level, [&](std::string_view one) {
      first = one;
      return false;
    });
    if (token.empty() || first != token || !is_utf8(token))
      refuse("has " + quote(token) + " at " + number(id) + ", which is no " + std::string(enum_name(vocabulary.level)));
  }
}

}  // namespace

Vocabulary fit_vocabulary(std::string_view text, const VocabularyOptions& options) {
  if (options.max_size < 0 || options.max_size == 1)
    throw ValueError("fit_vocabulary: max_size is " + number(options.max_size),
                     "use 2 or more, with one for <unknown>, or 0 to keep every token");
  ByToken<std::int64_t> counts;
  std::string buffer;
  bool left_out = false, any = false;
  for_each_token(text, options.level, [&](std::string_view token) {
    any = true;
    if (token.size() > kLongestWord) return left_out = true;
    const std::string_view kept = as_kept(token, options.lower_case, buffer);
    if (const auto at = counts.find(kept); at != counts.end())
      ++at->second;
    else
      counts.emplace(kept, 1);
    return true;
  });
  if (!any) throw ValueError("fit_vocabulary: the text has no tokens", "give it text with words or characters");
  std::vector<Counted> order;
  for (const auto& [token, count] : counts) order.push_back({token, count});
  std::sort(order.begin(), order.end(), [](const Counted& a, const Counted& b) {
    return a.count != b.count ? a.count > b.count : a.token < b.token;  // bytes of UTF-8 sort as its code points
  });
  const auto most = static_cast<std::size_t>(options.max_size);
  const bool capped = most != 0 && order.size() + (options.unknown || left_out ? 1 : 0) > most;
  const bool unknown = options.unknown || left_out || capped;
  if (capped) order.resize(most - 1);
  Vocabulary vocabulary{.level = options.level, .lower_case = options.lower_case, .tokens = {}};
  if (unknown) vocabulary.tokens.emplace_back(kUnknownToken);
  for (const Counted& one : order) vocabulary.tokens.emplace_back(one.token);
  return vocabulary;
}

struct TextCodec::State {
  Vocabulary vocabulary;
  ByToken<std::int64_t> ids;
  bool unknown = false;
};

TextCodec::TextCodec(Vocabulary vocabulary) {
  check_tokens(vocabulary);
  auto state = std::make_shared<State>();
  state->unknown = vocabulary.tokens[0] == kUnknownToken;
  for (std::size_t id = state->unknown ? 1 : 0; id < vocabulary.tokens.size(); ++id)
    if (!state->ids.emplace(vocabulary.tokens[id], static_cast<std::int64_t>(id)).second)
      throw UsageError("the vocabulary has " + quote(vocabulary.tokens[id]) + " twice",
                       "take it as fit_vocabulary or a saved model gives it");
  state->vocabulary = std::move(vocabulary);
  state_ = std::move(state);
}

const Vocabulary& TextCodec::vocabulary() const { return state_->vocabulary; }

std::int64_t TextCodec::size() const { return static_cast<std::int64_t>(state_->vocabulary.tokens.size()); }

std::optional<std::int64_t> TextCodec::unknown() const {
  return state_->unknown ? std::optional<std::int64_t>(0) : std::nullopt;
}

std::optional<std::int64_t> TextCodec::find(std::string_view token) const {
  std::string buffer;
  const auto at = state_->ids.find(as_kept(token, state_->vocabulary.lower_case, buffer));
  return at != state_->ids.end() ? std::optional(at->second) : std::nullopt;
}

void TextCodec::encode(std::string_view text, FunctionRef<void(std::int64_t id)> use) const {
  check_utf8(text, "the text");
  std::string buffer;
  const Vocabulary& vocabulary = state_->vocabulary;
  for_each_token(text, vocabulary.level, [&](std::string_view token) {
    const auto at = state_->ids.find(as_kept(token, vocabulary.lower_case, buffer));
    if (at == state_->ids.end() && !state_->unknown)
      throw ValueError("the text holds " + quote(token) + ", which is not in the vocabulary of " + number(size()) +
                           " " + std::string(enum_name(vocabulary.level)) + "s",
                       "fit the vocabulary with unknown = true, so that there is an id for such");
    use(at == state_->ids.end() ? 0 : at->second);
    return true;
  });
}

std::vector<std::int64_t> TextCodec::encode(std::string_view text) const {
  std::vector<std::int64_t> ids;
  encode(text, [&](std::int64_t id) { ids.push_back(id); });
  return ids;
}

std::string TextCodec::decode(const std::vector<std::int64_t>& ids) const {
  constexpr std::string_view kNoneBefore = ".,;:!?)]}", kNoneAfter = "([{";
  const Vocabulary& vocabulary = state_->vocabulary;
  std::string text;
  for (const std::int64_t id : ids) {
    if (id < 0 || id >= size()) throw ValueError("decode: the id is " + number(id), "ids are 0.." + number(size() - 1));
    const std::string& token = vocabulary.tokens[static_cast<std::size_t>(id)];
    if (vocabulary.level == TextLevel::character) {
      text += state_->unknown && id == 0 ? kReplacement : std::string_view(token);
      continue;
    }
    const bool apart = !text.empty() && kNoneAfter.find(text.back()) == std::string_view::npos &&
                       kNoneBefore.find(token[0]) == std::string_view::npos;
    text += (apart ? " " : "") + token;
  }
  return text;
}

}  // namespace percept
