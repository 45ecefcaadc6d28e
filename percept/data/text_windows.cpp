// text_windows.cpp - windows on a row of ids, made when they are asked for.
#include "percept/data/text_windows.h"

#include <mutex>

#include "percept/base/error.h"
#include "percept/base/sha256.h"
#include "percept/base/text.h"
#include "percept/data/_check_indices.h"

namespace percept {

TokenIds token_ids(const TextCodec& codec, std::string_view text) {
  TokenIds ids(codec.size());
  codec.encode(text, [&](std::int64_t id) { ids.push_back(id); });
  return ids;
}

std::int64_t count_windows(std::int64_t tokens, const TextWindowOptions& options) {
  return tokens > options.context ? (tokens - options.context - 1) / options.stride + 1 : 0;
}

struct TextWindows::State {
  explicit State(TokenIds given) : ids(std::move(given)) {}
  TokenIds ids;
  std::vector<std::string> classes;
  TextWindowOptions options;
  mutable std::once_flag once;
  mutable std::string fingerprint;
};

TextWindows::TextWindows(TokenIds ids, std::vector<std::string> classes, const TextWindowOptions& options) {
  if (options.context < 1 || options.stride < 1)
    throw ValueError("TextWindows: context is " + number(options.context) + ", stride is " + number(options.stride),
                     "both are at least 1");
  if (count_windows(ids.size(), options) < 1)
    throw ValueError("TextWindows: " + number(ids.size()) + " ids with context = " + number(options.context),
                     "one sample needs context + 1 ids: use a longer text or a shorter context");
  auto state = std::make_shared<State>(std::move(ids));
  state->classes = std::move(classes);
  state->options = options;
  state_ = std::move(state);
}

std::int64_t TextWindows::size() const { return count_windows(state_->ids.size(), state_->options); }

Shape TextWindows::sample_shape() const { return {state_->options.context}; }

const std::vector<std::string>& TextWindows::class_names() const { return state_->classes; }

Batch TextWindows::get(const std::vector<std::int64_t>& indices) const {
  check_indices(indices, size());
  const TokenIds& ids = state_->ids;
  const TextWindowOptions& options = state_->options;
  const auto count = static_cast<std::int64_t>(indices.size());
  const std::int64_t context = options.context, targets = options.every_next ? context : 1;
  Batch batch{.x = Tensor(contiguous_spec(DType::i64, {count, context})),
              .y = Tensor(contiguous_spec(DType::i64, options.every_next ? Shape{count, context} : Shape{count}))};
  auto* x = batch.x.mutable_data<std::int64_t>();
  auto* y = batch.y.mutable_data<std::int64_t>();
  for (const std::int64_t index : indices) {
    const std::int64_t first = index * options.stride, end = first + context;
    for (std::int64_t at = first; at < end; ++at) *x++ = ids[at];
    for (std::int64_t at = end + 1 - targets; at <= end; ++at) *y++ = ids[at];
  }
  return batch;
}

std::string TextWindows::fingerprint() const {
  std::call_once(state_->once, [&] {
    Sha256 hash;
    const std::string head = number(state_->options.context) + "," + number(state_->options.stride) + ":";
    hash.update(head.data(), head.size());
    std::vector<std::int64_t> block;
    for (std::int64_t at = 0, size = state_->ids.size(); at < size; ++at) {
      block.push_back(state_->ids[at]);
      if (block.size() < 4096 && at + 1 < size) continue;
      hash.update(block.data(), block.size() * sizeof(std::int64_t));
      block.clear();
    }
    state_->fingerprint = number(size()) + "-" + hash.hex().substr(0, 16);
  });
  return state_->fingerprint;
}

}  // namespace percept
