// text_input.h - text as what a model is asked about, and text that a model goes on with.
#pragma once
#include <cstdint>
#include <string>

#include "percept/recipes/read_input.h"

namespace percept {

// Whether `input` is text for a model: "text:To be or not", or the path of a .txt (.txt.gz) file.
bool is_text_input(const std::string& input);

// The end of the text, as many tokens as the model sees: x i64 [1, T]. A shorter text is filled up in front with the
// token that texts begin after: the line end where the vocabulary has it, else ".", else a blank, else the most
// frequent one. UsageError for a model without a vocabulary and for text without tokens, IoError for files and for what
// is no UTF-8.
ModelInput read_text_input(const ModelInfo& info, const std::string& input);

struct GenerateOptions {
  std::int64_t count = 100;  // tokens
  double temperature = 0;    // 0: always the most probable one; 1: drawn as probable as the model says; lower is safer
  std::uint64_t seed = 0;    // what is drawn is a function of seed and place
};

// What the model goes on with behind `input`, one token at a time, never "<unknown>". Errors of read_text_input, and
// UsageError for a temperature below 0 or a model that gives anything but one number per token.
std::string generate_text(const LoadedModel& loaded, const std::string& input, const GenerateOptions& options = {});

}  // namespace percept
