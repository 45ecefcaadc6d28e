// augment.h - augmentation: steps that change training samples at random, the same for any number of workers.
#pragma once
#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/options.h"
#include "percept/data/augment/draws.h"
#include "percept/data/augment/workpiece.h"
#include "percept/data/data_loader.h"

namespace percept {

// What a y of pictures is: `picture` moves bilinearly, `mask` to the nearest pixel; automatic: integers are masks.
enum class TargetKind { automatic, picture, mask };
constexpr auto enum_names(TargetKind) {
  return std::to_array<EnumName<TargetKind>>(
      {{TargetKind::automatic, "automatic"}, {TargetKind::picture, "picture"}, {TargetKind::mask, "mask"}});
}

struct AugmentOptions {
  ValueRange value_range = {};   // black and white of f32 pictures; u8 is 0..255
  std::int64_t num_classes = 0;  // what steps that mix labels need; 0: not known yet
  TargetKind targets = TargetKind::automatic;
};

// What a step that mixes samples of a batch sees.
struct MixContext {
  std::uint64_t key = 0;
  std::int64_t epoch = 0;
  std::span<const std::int64_t> samples;
  std::int64_t num_classes = 0;
  Draws draws(std::int64_t row) const { return Draws(key, epoch, samples[static_cast<std::size_t>(row)]); }
};

// A step has `static constexpr std::string_view kType`, `options()`, and either
//   void apply(Workpiece&, Draws&) const           for one sample, or
//   Batch mix(Batch, const MixContext&) const      for a batch.
// May have: options().probability (of being applied at all), Shape output_shape(const Shape&) const for one that
// changes [C, H, W], void skip(Workpiece&) const, which is what happens instead with probability 1 - p, and
// bool moves_only() const or `static constexpr bool kMovesOnly = true` for one that looks at no pixel's value, so that
// it needs not know what black and white are.
template <class S>
concept SampleStep = requires(const S& step, Workpiece& work, Draws& draws) { step.apply(work, draws); };
template <class S>
concept BatchStep = requires(const S& step, Batch batch, const MixContext& context) {
  { step.mix(std::move(batch), context) } -> std::same_as<Batch>;
};

// Holds any step by value.
class AugmentStep {
 public:
  template <class S>
    requires(!std::same_as<S, AugmentStep> && (SampleStep<S> || BatchStep<S>))
  AugmentStep(S step)  // NOLINT: implicit on purpose
      : held_(std::make_shared<const Held<S>>(std::move(step))) {}

  bool mixes() const { return held_->mixes(); }
  void apply(Workpiece& work, Draws& draws) const { held_->apply(work, draws); }
  Batch mix(Batch batch, const MixContext& context) const { return held_->mix(std::move(batch), context); }
  Shape output_shape(const Shape& sample) const { return held_->output_shape(sample); }
  bool moves_only() const { return held_->moves_only(); }  // no pixel's value decides or is changed
  Value options() const { return held_->options(); }
  std::string_view type_name() const { return held_->type_name(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual bool mixes() const = 0;
    virtual void apply(Workpiece& work, Draws& draws) const = 0;
    virtual Batch mix(Batch batch, const MixContext& context) const = 0;
    virtual Shape output_shape(const Shape& sample) const = 0;
    virtual bool moves_only() const = 0;
    virtual Value options() const = 0;
    virtual std::string_view type_name() const = 0;
  };
  template <class S>
  struct Held final : Base {
    explicit Held(S given) : step(std::move(given)) {}
    bool mixes() const override { return BatchStep<S>; }
    void apply(Workpiece& work, Draws& draws) const override {
      if constexpr (SampleStep<S>) {
        if constexpr (requires { step.options().probability; })
          if (!draws.chance(step.options().probability)) {
            if constexpr (requires { step.skip(work); }) step.skip(work);
            return;
          }
        step.apply(work, draws);
      }
    }
    Batch mix(Batch batch, const MixContext& context) const override {
      if constexpr (BatchStep<S>)
        return step.mix(std::move(batch), context);
      else
        return batch;
    }
    Shape output_shape(const Shape& sample) const override {
      if constexpr (requires { step.output_shape(sample); })
        return step.output_shape(sample);
      else
        return sample;
    }
    bool moves_only() const override {
      if constexpr (requires { step.moves_only(); })
        return step.moves_only();
      else
        return BatchStep<S> || requires { requires S::kMovesOnly; };
    }
    Value options() const override { return to_value(step.options()); }
    std::string_view type_name() const override { return S::kType; }
    S step;
  };
  std::shared_ptr<const Base> held_;  // immutable: copies share it
};

// fit(model, data, {.augment = Augment({Rotate{{.degrees = 10}}, RandomCrop{{.padding = 4}}})});
//
// A BatchTransform. What happens to a sample is a pure function of the seed, the epoch, the sample's index and the
// place of the step in the list: not of workers, batch size or order. MixUp and CutMix alone also depend on the row
// before in the batch, which is the partner.
//   x: u8 or f32 [B, C, H, W], contiguous or stored as B, H, W, C; comes out contiguous, of the same dtype.
//   y: [B] or [B, ...] stays; [B, C, H, W] or [B, H, W] of x's height and width moves along (AugmentOptions::targets),
//      with nothing but geometry done to it. MixUp and CutMix turn labels [B] into f32 [B, num_classes].
// Geometric steps that follow each other are one map and read the pixels once (workpiece.h).
// DTypeError, ShapeError, ValueError for other data; ValueError for mixing without num_classes.
class Augment {
 public:
  explicit Augment(std::vector<AugmentStep> steps, AugmentOptions options = {});

  Batch operator()(Batch batch, const BatchPlace& place) const;

  Shape output_shape(Shape sample) const;  // [C, H, W] in, [C, H, W] out. ShapeError for another rank.
  bool mixes_labels() const;               // y becomes f32 [B, num_classes]
  // What mixing needs to know of the data: data.class_names().size(). ValueError below 2.
  void set_num_classes(std::int64_t num_classes);
  const std::vector<AugmentStep>& steps() const { return steps_; }
  const AugmentOptions& options() const { return options_; }

 private:
  Batch run(Batch batch, const BatchPlace& place, std::size_t first, std::size_t last) const;
  std::vector<AugmentStep> steps_;
  AugmentOptions options_;
};

}  // namespace percept
