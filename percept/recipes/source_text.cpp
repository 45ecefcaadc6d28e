// source_text.cpp - files of raw text: parts by position, a vocabulary of the training part, windows as samples.
#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/joined_dataset.h"
#include "percept/data/split.h"
#include "percept/data/text_windows.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

constexpr double kUsualTest = 0.1;            // of the text, where there is no data.test
constexpr std::int64_t kUsualWords = 10'000;  // of a vocabulary of words
constexpr std::int64_t kLongestContext = 100'000;
constexpr std::size_t kMostVocabularyBytes = 800'000;  // model files hold it beside the layers, in kMaxRecipeBytes

[[noreturn]] void refuse_setting(const char* key, const std::string& value, const std::string& fix) {
  throw UsageError("data." + std::string(key) + " is " + value, fix);
}

TextLevel level_of(const DataSection& data) {
  if (const auto level = enum_value<TextLevel>(data.level)) return *level;
  refuse_setting("level", quote(data.level), "use \"character\" or \"word\"");
}

TextWindowOptions windows_of(const DataSection& data) {
  if (data.context < 1 || data.context > kLongestContext)
    refuse_setting("context", number(data.context), "use 1 to " + number(kLongestContext) + " tokens");
  if (data.stride < 1) refuse_setting("stride", number(data.stride), "use 1 for every window of the text, or more");
  return {.context = data.context, .stride = data.stride};
}

std::string plural(TextLevel level) { return std::string(enum_name(level)) + "s"; }

// How the training part's vocabulary is made. There is always an id for the unknown: a model must take any text.
VocabularyOptions vocabulary_options(const DataSection& data, TextLevel level) {
  if (data.vocabulary < 0 || data.vocabulary == 1)
    refuse_setting("vocabulary", number(data.vocabulary), "use 2 tokens or more, or 0 for the usual number");
  const std::int64_t usual = level == TextLevel::word ? kUsualWords : 0;
  return {.level = level,
          .lower_case = data.lower_case,
          .max_size = data.vocabulary != 0 ? data.vocabulary : usual,
          .unknown = true};
}

void check_bytes(const Vocabulary& vocabulary) {
  std::size_t bytes = 0;
  for (const std::string& token : vocabulary.tokens) bytes += token.size() + 6;
  if (bytes > kMostVocabularyBytes)
    throw UsageError("the vocabulary of " + with_thousands(static_cast<std::int64_t>(vocabulary.tokens.size())) +
                         " tokens takes " + number(bytes) + " bytes, a model file holds " +
                         number(kMostVocabularyBytes),
                     "keep fewer: data.vocabulary=" + number(kUsualWords));
}

class TextSource final : public Source {
 public:
  TextSource(const DataSection& data, const PreprocessSection& preprocess, bool trained)
      : data_(data), preprocess_(preprocess), trained_(trained), windows_(windows_of(data)) {
    if (trained_ && !preprocess_.text)
      throw UsageError(quote(data.source) + " is text, the model was not trained on text",
                       "use data of the kind the model was trained on");
    level_ = trained_ ? preprocess_.text->level : level_of(data);
    whole_ = read_text(data.source);
    if (!data.test.empty()) test_file_ = read_text(data.test);
    if (!data.validation.empty()) validation_file_ = read_text(data.validation);
    const std::int64_t tokens = count_tokens(whole_, level_);
    tokens_ = data.test.empty() ? tokens - part_of(tokens, data.test_split > 0 ? data.test_split : kUsualTest) : tokens;
    main_bytes_ = text_before(whole_, level_, tokens_).size();
    if (tokens_ < tokens) test_tokens_ = tokens - tokens_;
    check_length(data.source, data.test.empty() ? "the training part" : "the text", tokens_);
  }

  std::string kind() const override { return "text"; }
  std::int64_t size() const override { return count_windows(tokens_, windows_); }
  std::vector<std::int64_t> labels() const override { return {}; }
  bool sorted() const override { return false; }  // neighbours are alike, but parts of a text are cut, never drawn
  bool has_test() const override { return true; }
  bool has_validation() const override { return !data_.validation.empty(); }
  bool cuts_test_itself() const override { return true; }

  // Of a model: the windows of the text uncut, then of the files beside it.
  Dataset whole() const override {
    const TextCodec codec(*preprocess_.text);
    std::vector<Dataset> all{windows_on(codec, whole_, data_.source)};
    if (!data_.validation.empty()) all.push_back(windows_on(codec, validation_file_, data_.validation));
    if (!data_.test.empty()) all.push_back(windows_on(codec, test_file_, data_.test));
    return joined(std::move(all));
  }

  DataParts parts(const RowSplit& split) const override {
    const auto [train, validation] = ranges_of(split);
    return parts_in_order(train, validation);
  }

  DataParts parts_in_order(std::int64_t train, std::int64_t validation) const override {
    PreprocessSection preprocess = preprocess_;
    std::vector<std::string> notes;
    const std::string_view main = main_text();
    if (!trained_) preprocess.text = fitted(train, notes);
    const TextCodec codec(*preprocess.text);
    const Dataset windows = windows_on(codec, main, data_.source);
    DataParts parts{.train = windows.subset(0, train),
                    .test = data_.test.empty() ? windows_on(codec, std::string_view(whole_).substr(main_bytes_),
                                                            data_.source + ", the test part")
                                               : windows_on(codec, test_file_, data_.test),
                    .validation = {},
                    .preprocess = std::move(preprocess),
                    .notes = std::move(notes)};
    if (!data_.validation.empty())
      parts.validation = windows_on(codec, validation_file_, data_.validation);
    else if (validation > 0)
      parts.validation = windows.subset(train, validation);
    return parts;
  }

 private:
  struct Ranges {
    std::int64_t train = 0, validation = 0;  // windows, one behind the other
  };

  static std::int64_t part_of(std::int64_t tokens, double fraction) {
    const auto kept = static_cast<std::int64_t>(static_cast<double>(tokens) * (1 - fraction));
    return tokens - kept;
  }

  void check_length(const std::string& name, const std::string& part, std::int64_t tokens) const {
    if (count_windows(tokens, windows_) >= 1) return;
    throw IoError(name + ": " + part + " has " + number(tokens) + " " + plural(level_),
                  "a sample is data.context = " + number(windows_.context) +
                      " of them and the one behind: use a longer text or a shorter context");
  }

  std::string_view main_text() const { return std::string_view(whole_).substr(0, main_bytes_); }

  // Drawn windows would show in training what lies between two tested ones.
  Ranges ranges_of(const RowSplit& split) const {
    const auto in_row = [](const std::vector<std::int64_t>& rows, std::int64_t first) {
      return rows.empty() ||
             (rows.front() == first && rows.back() == first + static_cast<std::int64_t>(rows.size()) - 1);
    };
    const auto train = static_cast<std::int64_t>(split.train.size());
    if (!split.test.empty() || !in_row(split.train, 0) || !in_row(split.validation, train))
      throw UsageError(data_.source + ": text is cut by position, its windows overlap and are not drawn",
                       "leave folds out; data.test_split and data.validation_split take the last part");
    return {train, static_cast<std::int64_t>(split.validation.size())};
  }

  Vocabulary fitted(std::int64_t windows, std::vector<std::string>& notes) const {
    const std::int64_t seen = (windows - 1) * windows_.stride + windows_.context + 1;
    Vocabulary vocabulary = fit_vocabulary(text_before(main_text(), level_, seen), vocabulary_options(data_, level_));
    check_bytes(vocabulary);
    notes.push_back("read " + with_thousands(tokens_ + test_tokens_) + " " + plural(level_) + " from " + data_.source +
                    "; the vocabulary has " + with_thousands(static_cast<std::int64_t>(vocabulary.tokens.size())) +
                    " with <unknown>");
    if (test_tokens_ > 0)
      notes.push_back("the last " + with_thousands(test_tokens_) + " are the test part: text is cut by position");
    return vocabulary;
  }

  Dataset windows_on(const TextCodec& codec, std::string_view text, const std::string& name) const {
    TokenIds ids = token_ids(codec, text);
    check_length(name, "the text", ids.size());
    return TextWindows(std::move(ids), codec.vocabulary().tokens, windows_);
  }

  DataSection data_;
  PreprocessSection preprocess_;
  bool trained_;
  TextWindowOptions windows_;
  TextLevel level_ = TextLevel::character;
  std::string whole_, test_file_, validation_file_;
  std::int64_t tokens_ = 0, test_tokens_ = 0;  // of the main part; of the test part cut off it
  std::size_t main_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Source> open_text_source(const DataSection& data, const PreprocessSection& preprocess,
                                         const std::optional<TrainedAs>& trained) {
  if (!trained) refuse_unheeded(data, SourceKind::text);
  return std::make_unique<TextSource>(data, preprocess, trained.has_value());
}

}  // namespace percept
