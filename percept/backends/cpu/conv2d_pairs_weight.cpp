// conv2d_pairs_weight.cpp - the weight gradient of conv2d_pairs.cpp's convolutions: bands of x and dy are rounded into
// the caches as pairs of neighbouring pixels, of which x has two kinds, those that begin at even and at odd ones, and
// multiplied for all taps. Slices of the batch are summed apart and joined in a fixed tree.
#include <algorithm>
#include <memory>

#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_pair_tiles.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/base/work_slots.h"
#include "percept/ops/conv/conv2d.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kLanes = 16;

// Workspace: sums [slice][tap][in][out], then for each slot a band of x as pairs [line][place][in], even ones and odd
// ones, and of dy [row][place][out].
struct PairsWeight {
  ConvSizes s;
  Strides dw;
  std::int64_t slices, band = 1;  // rows of dy that are worked on at once
  std::shared_ptr<WorkSlots> slots = nullptr;

  std::int64_t in() const { return s.in_channels; }
  std::int64_t out() const { return s.out_channels; }
  std::int64_t taps() const { return s.kernel.h * s.kernel.w; }
  std::int64_t pairs() const { return s.output.w / 2; }
  // Places left of the first pixel's.
  std::int64_t before() const { return (s.pads.left + 1) / 2; }
  std::int64_t places() const { return before() + pairs() + s.kernel.w / 2 + 1; }
  std::int64_t x_line() const { return places() * in(); }
  std::int64_t dy_line() const { return pairs() * out(); }
  std::int64_t x_pairs() const { return (band + s.kernel.h - 1) * x_line(); }
  std::int64_t slot_pairs() const { return ceil_div(2 * x_pairs() + band * dy_line(), kLanes) * kLanes; }
  std::int64_t slice_floats() const { return taps() * in() * out(); }
  std::size_t workspace_bytes() const {
    return static_cast<std::size_t>(slices * slice_floats() + slots->count() * slot_pairs()) * sizeof(float);
  }

  void run(std::int64_t slice, const Buffers& b) const {
    const WorkSlots::Held slot(*slots);
    float* sums = reinterpret_cast<float*>(b.workspace) + slice * slice_floats();
    std::uint32_t* rounded =
        reinterpret_cast<std::uint32_t*>(b.workspace) + slices * slice_floats() + slot.index() * slot_pairs();
    std::fill_n(sums, slice_floats(), 0.0f);
    const std::int64_t end = s.batch * (slice + 1) / slices;
    for (std::int64_t image = s.batch * slice / slices; image < end; ++image)
      for (std::int64_t row = 0; row < s.output.h; row += band)
        add_band(image, row, std::min(band, s.output.h - row), image + 1 < end, b, rounded, sums);
  }

  void add_band(std::int64_t image, std::int64_t first, std::int64_t rows, bool more, const Buffers& b,
                std::uint32_t* even, float* sums) const {
    std::uint32_t *odd = even + x_pairs(), *gradient = odd + x_pairs();
    const std::int64_t x_row = s.input.w * in(), dy_row = s.output.w * out();
    const float* x = b.in<float>(1) + image * s.input.h * x_row;
    const float* dy = b.in<float>(0) + (image * s.output.h + first) * dy_row;
    for (std::int64_t line = 0; line < rows + s.kernel.h - 1; ++line) {
      const std::int64_t i = first - s.pads.top + line;
      const bool inside = i >= 0 && i < s.input.h;
      const float* from = x + (inside ? i * x_row : 0);
      round_neighbours(from, inside ? s.input.w : 0, in(), before(), places(), even + line * x_line(),
                       odd + line * x_line());
    }
    for (std::int64_t i = 0; i < rows; ++i)
      round_neighbours(dy + i * dy_row, s.output.w, out(), 0, pairs(), gradient + i * dy_line(), nullptr);
    PairOuter outer{.gradient = gradient};
    outer.lines = rows, outer.pairs = pairs();
    outer.source_line = x_line(), outer.gradient_line = dy_line(), outer.in = in(), outer.out = out();
    const std::int64_t groups = ceil_div(s.kernel.w, PairOuter::kMostTaps), calls = s.kernel.h * groups;
    for (std::int64_t call = 0; call < calls; ++call) {
      const std::int64_t k = call / groups, l = call % groups * PairOuter::kMostTaps;
      outer.taps = std::min(PairOuter::kMostTaps, s.kernel.w - l);
      for (std::int64_t t = 0; t < outer.taps; ++t) outer.source[t] = at_tap(k, l + t, even, odd);
      outer.y = sums + (k * s.kernel.w + l) * in() * out();
      if (more) look_ahead(outer, call, calls, x + s.input.h * x_row, dy + s.output.h * dy_row, first, rows);
      add_outer(outer);
    }
  }

  // The pairs of x that the first pair of dy meets with a tap.
  const std::uint32_t* at_tap(std::int64_t k, std::int64_t l, const std::uint32_t* even,
                              const std::uint32_t* odd) const {
    const std::int64_t shift = l - s.pads.left;
    const bool is_odd = (shift & 1) != 0;  // of negative ones too
    return (is_odd ? odd : even) + k * x_line() + (before() + (shift + is_odd) / 2) * in();
  }

  // A share of the band of the next image.
  void look_ahead(PairOuter& outer, std::int64_t call, std::int64_t calls, const float* x, const float* dy,
                  std::int64_t first, std::int64_t rows) const {
    const std::int64_t x_floats = std::min(rows, std::max<std::int64_t>(s.input.h - first, 0)) * s.input.w * in();
    const std::int64_t dy_floats = rows * s.output.w * out();
    outer.source_floats = x_floats / calls, outer.gradient_floats = dy_floats / calls;
    outer.read_source = x + first * s.input.w * in() + call * outer.source_floats;
    outer.read_gradient = dy + call * outer.gradient_floats;
  }

  // Some out channels: ((0 + 1) + (2 + 3)) + ... of the slices.
  void join(std::int64_t piece, const Buffers& b) const {
    const float* sums = reinterpret_cast<const float*>(b.workspace) + piece * kLanes;
    float* to = b.out<float>(0) + piece * kLanes * dw[0];
    float parts[kMostWeightGradSlices][kLanes];
    for (std::int64_t tap = 0; tap < taps(); ++tap)
      for (std::int64_t c = 0; c < in(); ++c) {
        for (std::int64_t i = 0; i < slices; ++i)
          std::copy_n(sums + i * slice_floats() + (tap * in() + c) * out(), kLanes, parts[i]);
        for (std::int64_t step = 1; step < slices; step *= 2)
          for (std::int64_t i = 0; i + step < slices; i += 2 * step)
            for (std::int64_t o = 0; o < kLanes; ++o) parts[i][o] += parts[i + step][o];
        float* at = to + c * dw[1] + tap / s.kernel.w * dw[2] + tap % s.kernel.w * dw[3];
        for (std::int64_t o = 0; o < kLanes; ++o) at[o * dw[0]] = parts[0][o];
      }
  }
  Region region(std::int64_t piece) const {
    return {{piece * kLanes, 0, 0, 0}, {kLanes, in(), s.kernel.h, s.kernel.w}};
  }
};

std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const auto call = weight_grad_call(attrs, inputs, epilogue);
  if (!call || !takes_pairs(*call, ConvPass::weight_grad)) return std::nullopt;
  const ConvSizes& s = *call;
  PairsWeight weight{s, results[0].strides, conv2d_weight_grad_slices(s)};
  const std::int64_t of_row = std::max<std::int64_t>(2 * weight.x_line() + weight.dy_line(), 1);
  weight.band = std::clamp<std::int64_t>((kBandPairs - 2 * (s.kernel.h - 1) * weight.x_line()) / of_row, s.kernel.h,
                                         std::max(s.kernel.h, s.output.h));
  weight.slots = std::make_shared<WorkSlots>(weight.slices);
  Prepared prepared;
  prepared.workspace_bytes = weight.workspace_bytes();
  prepared.stages = {
      {weight.slices, [weight](std::int64_t slice, const Buffers& b) { weight.run(slice, b); }},
      {s.out_channels / kLanes, [weight](std::int64_t piece, const Buffers& b) { weight.join(piece, b); },
       [weight](std::int64_t piece) { return weight.region(piece); }}};
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_conv2d_pairs_weight();
std::vector<Kernel> kernels_cpu_conv2d_pairs_weight() {
  if (!cpu::has_pairs()) return {};
  return {{.op = "conv2d_weight_grad",
           .name = "conv2d_pairs_weight",
           .backend = "cpu",
           .prepare = cpu::prepare,
           .layouts = {Layout::channels_last},
           .algorithm = "pairs"}};
}

}  // namespace percept
