// augment.cpp - a batch through the steps: sample by sample, and whole where samples are mixed.
#include "percept/data/augment/augment.h"

#include <cmath>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// Only pictures of a batch in an order that is neither are copied.
Tensor readable(const Tensor& x) {
  NoGrad no_grad;
  return x.is_contiguous() || (x.rank() == 4 && x.spec().is_channels_last()) ? x : contiguous(x);
}

void check_pictures(const Batch& batch, const BatchPlace& place) {
  const Tensor& x = batch.x;
  if (!x.defined() || x.rank() != 4)
    throw ShapeError("augment: x is " + (x.defined() ? str(x.shape()) : std::string("undefined")),
                     "augmentation takes pictures [B, C, H, W]; leave [augment] out for other data");
  if (x.dtype() != DType::u8 && x.dtype() != DType::f32)
    throw DTypeError("augment: x is " + std::string(name_of(x.dtype())), "give pictures as u8 or f32");
  if (x.numel() == 0 && x.size(0) != 0)
    throw ShapeError("augment: pictures of " + str(x.shape()), "channels, height and width must be at least 1");
  if (static_cast<std::int64_t>(place.samples.size()) != x.size(0))
    throw ValueError("augment: " + number(place.samples.size()) + " sample indices for " + number(x.size(0)) + " rows",
                     "BatchPlace::samples has one index per row");
}

// Whether y is pictures: [B, C, H, W] or [B, H, W], of x's height and width.
bool moves_along(const Tensor& x, const Tensor& y) {
  if (!y.defined() || (y.rank() != 4 && y.rank() != 3)) return false;
  const bool fits = y.size(0) == x.size(0) && y.size(-1) == x.size(3) && y.size(-2) == x.size(2);
  if (!fits && y.rank() == 4)
    throw ShapeError("augment: x is " + str(x.shape()) + ", y is " + str(y.shape()),
                     "targets that are pictures have the height and width of x, so that they can move along");
  return fits;
}

// y as [B, C, H, W].
Tensor as_pictures(const Tensor& y) {
  NoGrad no_grad;
  return y.rank() == 4 ? readable(y) : unsqueeze(contiguous(y), 1);
}

Tensor fresh(const Tensor& like, std::int64_t height, std::int64_t width) {
  return Tensor(contiguous_spec(like.dtype(), {like.size(0), like.size(1), height, width}));
}

// Row `row` of a fresh batch.
Picture row_of(const Tensor& batch, std::int64_t row, ValueRange range) {
  const PixelSource source = source_of(batch, row);
  return {batch.dtype(), const_cast<void*>(source.data), source.channels, source.height, source.width, range};
}

}  // namespace

Augment::Augment(std::vector<AugmentStep> steps, AugmentOptions options) : steps_(std::move(steps)), options_(options) {
  const ValueRange range = options_.value_range;
  if (!(std::isfinite(range.low) && std::isfinite(range.high) && range.low < range.high))
    throw ValueError("augment: value_range is " + number(range.low) + " to " + number(range.high),
                     "give black first and white second, as in {0, 1}");
  if (options_.num_classes != 0) set_num_classes(options_.num_classes);
}

void Augment::set_num_classes(std::int64_t num_classes) {
  if (num_classes < 2)
    throw ValueError("augment: num_classes is " + number(num_classes), "labels are mixed of at least 2 classes");
  options_.num_classes = num_classes;
}

bool Augment::mixes_labels() const {
  for (const AugmentStep& step : steps_)
    if (step.mixes()) return true;
  return false;
}

Shape Augment::output_shape(Shape sample) const {
  if (sample.rank() != 3)
    throw ShapeError("augment: samples of " + str(sample), "augmentation takes pictures [C, H, W]");
  for (const AugmentStep& step : steps_) {
    sample = step.output_shape(sample);
    check_picture_size(sample);
  }
  return sample;
}

Batch Augment::operator()(Batch batch, const BatchPlace& place) const {
  check_pictures(batch, place);
  for (std::size_t at = 0; at < steps_.size();) {
    if (steps_[at].mixes()) {
      const MixContext context{augment_key(place.seed, static_cast<std::int64_t>(at)), place.epoch, place.samples,
                               options_.num_classes};
      batch.x = readable(batch.x);
      batch = steps_[at].mix(std::move(batch), context);
      ++at;
      continue;
    }
    std::size_t last = at;
    while (last < steps_.size() && !steps_[last].mixes()) ++last;
    batch = run(std::move(batch), place, at, last);
    at = last;
  }
  return batch;
}

// Steps first..last-1, of which each looks at one sample only.
Batch Augment::run(Batch batch, const BatchPlace& place, std::size_t first, std::size_t last) const {
  const Tensor x = readable(batch.x);
  const bool with_target = moves_along(x, batch.y);
  const Tensor y = with_target ? as_pictures(batch.y) : Tensor();
  const bool mask = with_target && (options_.targets == TargetKind::mask ||
                                    (options_.targets == TargetKind::automatic && !is_floating(y.dtype())));
  Shape shape{x.size(1), x.size(2), x.size(3)};
  for (std::size_t at = first; at < last; ++at) shape = steps_[at].output_shape(shape);
  Tensor new_x = fresh(x, shape[1], shape[2]), new_y = with_target ? fresh(y, shape[1], shape[2]) : Tensor();

  std::vector<std::uint64_t> keys;
  for (std::size_t at = first; at < last; ++at) keys.push_back(augment_key(place.seed, static_cast<std::int64_t>(at)));
  Workpiece work(options_.value_range);
  for (std::int64_t row = 0; row < x.size(0); ++row) {
    const PixelSource target = with_target ? source_of(y, row) : PixelSource{};
    work.begin(source_of(x, row), with_target ? &target : nullptr, mask);
    for (std::size_t at = first; at < last; ++at) {
      Draws draws(keys[at - first], place.epoch, place.samples[static_cast<std::size_t>(row)]);
      steps_[at].apply(work, draws);
    }
    const Picture out_y = with_target ? row_of(new_y, row, options_.value_range) : Picture{};
    work.finish(row_of(new_x, row, options_.value_range), with_target ? &out_y : nullptr);
  }
  batch.x = new_x;
  if (with_target) {
    Shape out = batch.y.shape();
    out[out.size() - 2] = shape[1];
    out[out.size() - 1] = shape[2];
    NoGrad no_grad;
    batch.y = out.rank() == 4 ? new_y : reshape(new_y, out);
  }
  return batch;
}

}  // namespace percept
