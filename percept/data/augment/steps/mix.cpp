// mix.cpp - samples blended with their neighbours in the batch, and labels with them.
#include "percept/data/augment/steps/mix.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/ranges.h"
#include "percept/data/augment/steps/crop.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

std::int64_t row_before(std::int64_t row, std::int64_t rows) { return row == 0 ? rows - 1 : row - 1; }

Tensor row_major(const Tensor& t) {
  NoGrad no_grad;
  return contiguous(t);
}

template <class T>
T weighed(float share, T a, T b) {
  const float value = share * static_cast<float>(a) + (1 - share) * static_cast<float>(b);
  if constexpr (sizeof(T) == 1)
    return static_cast<T>(static_cast<int>(value + 0.5f));
  else
    return value;
}

template <class T>
Tensor blend_rows(const Tensor& t, const std::vector<float>& shares) {
  Tensor out(contiguous_spec(t.dtype(), t.shape()));
  const auto rows = static_cast<std::int64_t>(shares.size());
  const std::int64_t size = rows > 0 ? t.numel() / rows : 0;
  const T* const from = t.data<T>();
  T* const to = out.mutable_data<T>();
  for (std::int64_t row = 0; row < rows; ++row) {
    const T *const mine = from + row * size, *const other = from + row_before(row, rows) * size;
    const float share = shares[static_cast<std::size_t>(row)];
    for (std::int64_t i = 0; i < size; ++i) to[row * size + i] = weighed(share, mine[i], other[i]);
  }
  return out;
}

// Each row's part comes from the row before; of any dtype, [B, C, H, W] or [B, H, W].
Tensor paste_rows(const Tensor& t, const std::vector<PicturePart>& parts) {
  Tensor out(contiguous_spec(t.dtype(), t.shape()));
  const std::size_t bytes = size_of(t.dtype());
  const auto rows = static_cast<std::int64_t>(parts.size());
  const std::int64_t height = t.size(-2), width = t.size(-1);
  const std::int64_t planes = rows > 0 && height * width > 0 ? t.numel() / (rows * height * width) : 0;
  const auto* const from = static_cast<const std::byte*>(t.raw_data());
  auto* const to = static_cast<std::byte*>(out.raw_data());
  std::memcpy(to, from, static_cast<std::size_t>(t.numel()) * bytes);
  for (std::int64_t row = 0; row < rows; ++row) {
    const PicturePart& part = parts[static_cast<std::size_t>(row)];
    for (std::int64_t plane = 0; plane < planes; ++plane)
      for (std::int64_t y = part.top; y < part.top + part.height; ++y) {
        const auto at = [&](std::int64_t r) {
          return static_cast<std::size_t>(((r * planes + plane) * height + y) * width + part.left) * bytes;
        };
        std::memcpy(to + at(row), from + at(row_before(row, rows)), static_cast<std::size_t>(part.width) * bytes);
      }
  }
  return out;
}

void check_alpha(std::string_view who, double alpha) {
  check_setting(alpha > 0 && alpha <= 1000, who, "alpha", alpha, "a number above 0, at most 1000");
}

// A rectangle of 1 - share of the area about any pixel, cut off at the border.
PicturePart draw_rectangle(Draws& draws, double share, std::int64_t height, std::int64_t width) {
  const std::int64_t y = draws.integer(0, height - 1), x = draws.integer(0, width - 1);
  const double half = 0.5 * std::sqrt(1 - share);
  const auto half_h = static_cast<std::int64_t>(half * static_cast<double>(height));
  const auto half_w = static_cast<std::int64_t>(half * static_cast<double>(width));
  const std::int64_t top = std::max<std::int64_t>(y - half_h, 0), left = std::max<std::int64_t>(x - half_w, 0);
  return {top, left, std::min(y + half_h, height) - top, std::min(x + half_w, width) - left};
}

}  // namespace

Tensor mixable_targets(const Tensor& y, std::int64_t num_classes, std::string_view who) {
  if (!y.defined()) return y;
  if (y.dtype() == DType::f32) return row_major(y);
  if (!is_integer(y.dtype()) || y.rank() != 1)
    throw DTypeError(std::string(who) + ": y is " + std::string(name_of(y.dtype())) + " " + str(y.shape()),
                     "mix labels (integers [B]) or f32 targets");
  if (num_classes < 1)
    throw ValueError(std::string(who) + ": the number of classes is not known",
                     "set AugmentOptions::num_classes, or call set_num_classes(data.class_names().size())");
  Tensor soft(contiguous_spec(DType::f32, {y.size(0), num_classes}));
  float* const out = soft.mutable_data<float>();
  std::fill_n(out, soft.numel(), 0.0f);
  const std::vector<std::int64_t> labels = y.to_vector<std::int64_t>();
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] < 0 || labels[row] >= num_classes)
      throw ValueError(
          std::string(who) + ": label " + number(labels[row]) + " with " + number(num_classes) + " classes",
          "labels are 0.." + number(num_classes - 1));
    out[static_cast<std::int64_t>(row) * num_classes + labels[row]] = 1;
  }
  return soft;
}

MixUp::MixUp(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_alpha(kType, options_.alpha);
}

Batch MixUp::mix(Batch batch, const MixContext& context) const {
  const std::int64_t rows = batch.x.size(0);
  const Tensor y = mixable_targets(batch.y, context.num_classes, kType);
  std::vector<float> shares;
  for (std::int64_t row = 0; row < rows; ++row) {
    Draws draws = context.draws(row);
    shares.push_back(draws.chance(options_.probability) ? static_cast<float>(draws.beta(options_.alpha)) : 1.0f);
  }
  const Tensor x = row_major(batch.x);
  batch.x = x.dtype() == DType::u8 ? blend_rows<std::uint8_t>(x, shares) : blend_rows<float>(x, shares);
  if (y.defined()) batch.y = blend_rows<float>(y, shares);
  return batch;
}

CutMix::CutMix(Options options) : options_(options) {
  check_probability(kType, options_.probability);
  check_alpha(kType, options_.alpha);
}

Batch CutMix::mix(Batch batch, const MixContext& context) const {
  const std::int64_t rows = batch.x.size(0), height = batch.x.size(2), width = batch.x.size(3);
  const Tensor& given = batch.y;
  const bool pictures = given.defined() && given.rank() >= 3 && given.size(-2) == height && given.size(-1) == width;
  const Tensor y = pictures ? row_major(given) : mixable_targets(given, context.num_classes, kType);
  std::vector<float> shares;
  std::vector<PicturePart> parts;
  for (std::int64_t row = 0; row < rows; ++row) {
    Draws draws = context.draws(row);
    PicturePart part{};
    if (draws.chance(options_.probability)) {
      const double share = draws.beta(options_.alpha);
      part = draw_rectangle(draws, share, height, width);
    }
    parts.push_back(part);
    const auto cut = static_cast<double>(part.height * part.width);
    shares.push_back(static_cast<float>(1 - cut / static_cast<double>(height * width)));
  }
  batch.x = paste_rows(row_major(batch.x), parts);
  if (y.defined()) batch.y = pictures ? paste_rows(y, parts) : blend_rows<float>(y, shares);
  return batch;
}

std::vector<AugmentRecord> augments_mix();
std::vector<AugmentRecord> augments_mix() {
  return {
      augment_record<MixUp>(
          "x becomes l x + (1 - l) x', x' the row before in the batch, with an l of Beta(alpha, alpha) for each row;\n"
          "labels become f32 [B, classes], mixed alike. torchvision's MixUp. Source: Zhang et al. 2018."),
      augment_record<CutMix>(
          "A rectangle of a share 1 - l of the area, about a pixel drawn uniformly and cut off at the border, comes\n"
          "from the row before in the batch, l of Beta(alpha, alpha) for each row; labels become f32 [B, classes],\n"
          "weighed by the areas. torchvision's CutMix. Source: Yun et al. 2019.")};
}

}  // namespace percept
