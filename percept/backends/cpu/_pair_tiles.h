// _pair_tiles.h - inner loops of convolutions in bf16, for processors that multiply pairs of bf16 numbers: a pixel's
// channels 2 k and 2 k + 1 are one pair of 4 bytes, and so are a weight's.
#pragma once
#include <algorithm>
#include <cstdint>

namespace percept::cpu {

// Pairs of a band that stay in the second cache: 128 KiB.
inline constexpr std::int64_t kBandPairs = std::int64_t{1} << 15;

// Whether the processor has the instructions. What follows may only be called where it does.
bool has_pairs();

// Rounds `count` numbers, an even number of them, to nearest even. Subnormal ones become 0, as in the products.
void round_pairs(const float* from, std::int64_t count, std::uint32_t* to);

// Target channels are worked on in panels of so many: up to 4 vectors of 16. The last panel has the vectors it needs.
inline std::int64_t pair_panel(std::int64_t targets) {
  return std::clamp<std::int64_t>((targets + 15) / 16, 1, 4) * 16;
}

// A row of the target: target[j, t] = bias[t] + sum over taps k, l and channels c of source[k, j + l, c] w[k, l, c, t].
// Sums go over taps, then over pairs, whatever the row's length and place.
struct PairRow {
  const std::uint32_t* source = nullptr;  // the pair that the first pixel's first tap meets; padding is there
  std::int64_t line = 0, pairs = 0;       // pairs from line to line, and of a pixel
  std::int64_t kernel_h = 0, kernel_w = 0;
  const std::uint32_t* weight =
      nullptr;                  // [panels][kernel_h][kernel_w][pairs][channels of the panel], 0 beyond the targets
  const float* bias = nullptr;  // [targets], or null
  float* target = nullptr;      // [columns][targets]
  std::int64_t columns = 0, targets = 0;
  // Fetched into the cache meanwhile: floats that will be read, and that will be written.
  const float* read_next = nullptr;
  float* write_next = nullptr;
  std::int64_t read_floats = 0, write_floats = 0;
};
void multiply_pairs(const PairRow& row);

// The gradient of the weights sums over pixels: there a pair is two pixels of one channel.
// Of a row [pixels][channels]: even[before + i, c] is pixels 2 i and 2 i + 1, odd[before + i, c] 2 i - 1 and 2 i;
// `places` of each, pixels outside being 0. `odd` may be null.
void round_neighbours(const float* row, std::int64_t pixels, std::int64_t channels, std::int64_t before,
                      std::int64_t places, std::uint32_t* even, std::uint32_t* odd);

// y[t, c, o] += sum over lines i, pairs j of source[t][i, j, c] gradient[i, j, o], in that order; up to 3 taps t of a
// row.
struct PairOuter {
  static constexpr std::int64_t kMostTaps = 3;
  const std::uint32_t* source[kMostTaps] = {};
  const std::uint32_t* gradient = nullptr;
  std::int64_t taps = 0, lines = 0, pairs = 0;
  std::int64_t source_line = 0, gradient_line = 0, in = 0, out = 0;  // steps from line to line, and of pairs
  float* y = nullptr;                                                // [taps][in][out]
  // Fetched into the cache meanwhile.
  const float *read_source = nullptr, *read_gradient = nullptr;
  std::int64_t source_floats = 0, gradient_floats = 0;
};
// All channels; `in` and `out` are multiples of 16.
void add_outer(const PairOuter& outer);

}  // namespace percept::cpu
