// colour.h - light and colour: brightness, contrast, saturation, hue, all four at random, channels, grey.
#pragma once
#include "percept/data/augment/augment.h"
#include "percept/data/augment/ranges.h"

namespace percept {

// The changes themselves, with explicit parameters; results are clipped to the range, u8 rounded to nearest.
void adjust_brightness(const Picture& picture, double factor);  // black + factor (v - black)
// mean + factor (v - mean), the mean of the grey picture (of u8 rounded, as Pillow does).
void adjust_contrast(const Picture& picture, double factor);
// grey + factor (v - grey), grey as ITU-R BT.601 weighs. Nothing for pictures that are not of three or four channels.
void adjust_saturation(const Picture& picture, double factor);
// Colours go around the hue circle by `turns`; value and saturation stay (HSV). Of three or four channels only.
void adjust_hue(const Picture& picture, double turns);
void shift_channel(const Picture& picture, std::int64_t channel, double amount);  // v + amount
void make_grey(const Picture& picture);  // every colour channel becomes the grey picture
// Channel c becomes what channel order[c] was; channels beyond order stay.
void permute_channels(const Picture& picture, std::span<const int> order);

// A factor from the range: 0 is black, 1 the picture. torchvision's ColorJitter(brightness).
class Brightness {
 public:
  static constexpr std::string_view kType = "brightness";
  struct Options {
    FactorRange factor = 0.2;
    double probability = 1;
  };
  explicit Brightness(Options options);
  Brightness() : Brightness(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// A factor from the range: 0 is one grey, 1 the picture. torchvision's ColorJitter(contrast).
class Contrast {
 public:
  static constexpr std::string_view kType = "contrast";
  struct Options {
    FactorRange factor = 0.2;
    double probability = 1;
  };
  explicit Contrast(Options options);
  Contrast() : Contrast(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// A factor from the range: 0 is without colour, 1 the picture. torchvision's ColorJitter(saturation).
class Saturation {
 public:
  static constexpr std::string_view kType = "saturation";
  struct Options {
    FactorRange factor = 0.2;
    double probability = 1;
  };
  explicit Saturation(Options options);
  Saturation() : Saturation(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Turns of the hue circle from the range, within -0.5..0.5. torchvision's ColorJitter(hue).
class Hue {
 public:
  static constexpr std::string_view kType = "hue";
  struct Options {
    SymmetricRange factor = 0.05;
    double probability = 1;
  };
  explicit Hue(Options options);
  Hue() : Hue(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// The four above in an order drawn anew for each sample; those that cannot change anything are left out.
// torchvision's ColorJitter.
class ColourJitter {
 public:
  static constexpr std::string_view kType = "colour_jitter";
  struct Options {
    FactorRange brightness = 0;
    FactorRange contrast = 0;
    FactorRange saturation = 0;
    SymmetricRange hue = 0;
    double probability = 1;
  };
  explicit ColourJitter(Options options);
  ColourJitter() : ColourJitter(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// An amount of its own is added to each channel. Keras's ImageDataGenerator(channel_shift_range).
class ChannelShift {
 public:
  static constexpr std::string_view kType = "channel_shift";
  struct Options {
    SymmetricRange factor = 0.1;  // of the range from black to white
    double probability = 1;
  };
  explicit ChannelShift(Options options);
  ChannelShift() : ChannelShift(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Red, green and blue change places. torchvision's RandomChannelPermutation.
class ChannelPermutation {
 public:
  static constexpr std::string_view kType = "channel_permutation";
  struct Options {
    double probability = 1;
  };
  explicit ChannelPermutation(Options options);
  ChannelPermutation() : ChannelPermutation(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Without colour, the number of channels stays. torchvision's RandomGrayscale.
class Grayscale {
 public:
  static constexpr std::string_view kType = "grayscale";
  struct Options {
    double probability = 0.1;
  };
  explicit Grayscale(Options options);
  Grayscale() : Grayscale(Options{}) {}
  void apply(Workpiece& work, Draws& draws) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

}  // namespace percept
