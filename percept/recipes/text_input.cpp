// text_input.cpp - prompts to ids, and the next id again and again.
#include "percept/recipes/text_input.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/core/rng.h"
#include "percept/data/vocabulary.h"

namespace percept {
namespace {

constexpr std::string_view kPrefix = "text:";
constexpr std::uint64_t kGenerateStream = 0x74657874;  // "text"

using Ids = std::vector<std::int64_t>;

TextCodec codec_of(const ModelInfo& info, const std::string& input) {
  if (!info.preprocess.text || info.sample_shape.rank() != 1)
    throw UsageError(quote(input) + " is text, the model takes " + str(info.sample_shape) + " and has no vocabulary",
                     "give it data of the kind it was trained on");
  return TextCodec(*info.preprocess.text);
}

std::int64_t filler_of(const TextCodec& codec) {
  for (const char* token : {"\n", ".", " "})
    if (const auto id = codec.find(token)) return *id;
  return codec.unknown() && codec.size() > 1 ? 1 : 0;
}

// The last `context` ids of the input, filled up in front.
Ids context_of(const TextCodec& codec, const std::string& input, std::int64_t context) {
  const std::string text = input.starts_with(kPrefix) ? input.substr(kPrefix.size()) : read_text(input);
  Ids ids = codec.encode(text);
  if (ids.empty()) throw UsageError("input " + quote(input) + " holds no text", "write e.g. 'text:To be or not'");
  const auto length = static_cast<std::size_t>(context);
  if (ids.size() < length) ids.insert(ids.begin(), length - ids.size(), filler_of(codec));
  return {ids.end() - static_cast<std::ptrdiff_t>(length), ids.end()};
}

// The most probable id, or one that is drawn; the sums run in the order of ids.
std::int64_t choose(std::vector<double> logits, std::int64_t from, const GenerateOptions& options, std::int64_t place) {
  const auto first = logits.begin() + static_cast<std::ptrdiff_t>(from);
  const auto best = std::max_element(first, logits.end());
  if (options.temperature == 0) return best - logits.begin();
  const double most = *best;
  double sum = 0;
  for (auto at = first; at != logits.end(); ++at) sum += * at = std::exp((*at - most) / options.temperature);
  const auto count = static_cast<std::uint64_t>(place);
  const auto bits = philox({static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(count >> 32), 0, 0},
                           philox_key({options.seed, kGenerateStream}));
  double left = uniform_from(bits[0]) * sum;
  for (auto at = first; at != logits.end(); ++at)
    if ((left -= *at) < 0) return at - logits.begin();
  return best - logits.begin();  // what rounding left over
}

}  // namespace

bool is_text_input(const std::string& input) {
  return input.starts_with(kPrefix) || input.ends_with(".txt") || input.ends_with(".txt.gz");
}

ModelInput read_text_input(const ModelInfo& info, const std::string& input) {
  const TextCodec codec = codec_of(info, input);
  const std::int64_t context = info.sample_shape[0];
  return {.data = TensorDataset(from_vector(context_of(codec, input, context), {1, context})),
          .names = {input},
          .keys = {input}};
}

std::string generate_text(const LoadedModel& loaded, const std::string& input, const GenerateOptions& options) {
  if (!(options.temperature >= 0 && options.temperature <= std::numeric_limits<double>::max()))
    throw UsageError("temperature is " + number(options.temperature), "use 0 for the most probable token, or 0.5 to 1");
  const TextCodec codec = codec_of(loaded.info, input);
  const std::int64_t context = loaded.info.sample_shape[0], first = codec.unknown() && codec.size() > 1 ? 1 : 0;
  Ids seen = context_of(codec, input, context), told;
  const NoGrad off;
  for (std::int64_t place = 0; place < options.count; ++place) {
    const Tensor output = loaded.model(from_vector(seen, {1, context}));
    if (output.rank() != 2 || output.size(1) < codec.size())
      throw UsageError(
          "the model gives " + str(output.shape()) + ", its vocabulary has " + number(codec.size()) + " tokens",
          "text goes on with models that end in one number per token");
    std::vector<double> logits = output.to_vector<double>();
    logits.resize(static_cast<std::size_t>(codec.size()));
    told.push_back(choose(std::move(logits), first, options, place));
    std::rotate(seen.begin(), seen.begin() + 1, seen.end());
    seen.back() = told.back();
  }
  return codec.decode(told);
}

}  // namespace percept
