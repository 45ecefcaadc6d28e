// conv2d_pairs.cpp - convolutions and their input gradients of stride 1 in bf16, direct: a band of the source's lines
// is rounded into the first caches, padding around it, where all its taps are multiplied; what the next bands read and
// write is fetched meanwhile. Where `choose_conv2d` says so.
#include <algorithm>
#include <memory>
#include <vector>

#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_image_pieces.h"
#include "percept/backends/cpu/_pair_tiles.h"
#include "percept/base/thread_pool.h"
#include "percept/base/work_slots.h"

namespace percept {
namespace cpu {
namespace {

// Both ways: `source` is x and `target` y, or (backwards) dy and dx, which is a convolution with the taps reversed.
// Workspace: weights, then for each slot a band [line][pixel][pair].
struct Pairs {
  ConvSizes s;
  bool backwards;
  Strides weight;  // steps of [O, C, kh, kw]
  PlaneSizes planes;
  ImagePieces pieces;
  std::int64_t band = 1;  // rows of the target that are worked on at once
  std::shared_ptr<WorkSlots> slots = nullptr;

  std::int64_t source() const { return planes.source_channels; }
  std::int64_t target() const { return planes.target_channels; }
  std::int64_t pairs() const { return source() / 2; }
  std::int64_t taps() const { return s.kernel.h * s.kernel.w; }
  // Pairs of a line: what the last pixel's last tap meets, and all of the source.
  std::int64_t line() const { return std::max(planes.to.w + s.kernel.w - 1, planes.left + planes.from.w) * pairs(); }
  std::size_t weight_bytes() const {
    return static_cast<std::size_t>(taps() * pairs() * ceil_div(target(), 16) * 16) * sizeof(std::uint32_t);
  }
  std::int64_t slot_pairs() const { return ceil_div((band + s.kernel.h - 1) * line(), 16) * 16; }
  std::size_t slot_bytes() const {
    return static_cast<std::size_t>(slots->count() * slot_pairs()) * sizeof(std::uint32_t);
  }

  // The weights of one tap, in all panels.
  void pack(std::int64_t tap, const float* from, std::uint32_t* to) const {
    const std::int64_t k = tap / s.kernel.w, l = tap % s.kernel.w;
    const std::int64_t source_step = weight[backwards ? 0 : 1], target_step = weight[backwards ? 1 : 0];
    from += (backwards ? s.kernel.h - 1 - k : k) * weight[2] + (backwards ? s.kernel.w - 1 - l : l) * weight[3];
    for (std::int64_t n = 0; n < target(); n += pair_panel(target())) {
      const std::int64_t here = std::min(pair_panel(target()), target() - n), panel = ceil_div(here, 16) * 16;
      std::uint32_t* at = to + tap * pairs() * panel;
      for (std::int64_t c = 0; c < source(); c += 2, at += panel) {
        float both[2 * 64] = {};
        for (std::int64_t t = 0; t < here; ++t) {
          const float* one = from + (n + t) * target_step + c * source_step;
          both[2 * t] = one[0], both[2 * t + 1] = one[source_step];
        }
        round_pairs(both, 2 * panel, at);
      }
      to += taps() * pairs() * panel;
    }
  }

  // Lines of the source from `first` on, where they are, among zeros.
  void take(const float* image, std::int64_t first, std::int64_t count, std::uint32_t* to) const {
    const std::int64_t before = planes.left * pairs(), within = planes.from.w * pairs();
    for (std::int64_t i = first; i < first + count; ++i, to += line()) {
      const bool inside = i >= 0 && i < planes.from.h;
      std::fill_n(to, inside ? before : line(), 0u);
      if (!inside) continue;
      round_pairs(image + i * planes.from.w * source(), planes.from.w * source(), to + before);
      std::fill(to + before + within, to + line(), 0u);
    }
  }

  void run(std::int64_t piece, const Buffers& b, const std::byte* weights, std::byte* scratch) const {
    const WorkSlots::Held slot(*slots);
    std::uint32_t* rounded = reinterpret_cast<std::uint32_t*>(scratch) + slot.index() * slot_pairs();
    PairRow row{.source = rounded, .line = line(), .pairs = pairs()};
    row.kernel_h = s.kernel.h, row.kernel_w = s.kernel.w;
    row.weight = reinterpret_cast<const std::uint32_t*>(weights);
    row.bias = !backwards && b.inputs.size() == 3 ? b.in<float>(2) : nullptr;
    row.columns = planes.to.w, row.targets = target();
    const Region part = pieces.region(piece);
    const std::int64_t end_image = part.first[0] + part.size[0], end_row = part.first[2] + part.size[2];
    for (std::int64_t image = part.first[0]; image < end_image; ++image)
      for (std::int64_t first = part.first[2]; first < end_row; first += band) {
        const std::int64_t count = std::min(band, end_row - first);
        take(b.in<float>(0) + image * planes.from.h * planes.from.w * source(), first - planes.top,
             count + s.kernel.h - 1, rounded);
        for (std::int64_t i = first; i < first + count; ++i) {
          row.source = rounded + (i - first) * line();
          row.target = b.out<float>(0) + (image * planes.to.h + i) * planes.to.w * target();
          look_ahead(row, image, i, image + 1 < end_image, b);
          multiply_pairs(row);
        }
      }
  }

  // The row that this thread is likely to come to when it has done as many more: of the next image of the piece, or of
  // the piece that nobody has begun yet. Where it will be another, or rows go to a slot (ops/epilogue.h), it costs
  // little.
  void look_ahead(PairRow& row, std::int64_t image, std::int64_t i, bool more, const Buffers& b) const {
    const std::int64_t others = num_threads() - 1;
    std::int64_t ahead = pieces.images > 1 && more ? pieces.size.h : 0;
    if (ahead == 0)
      ahead = pieces.images > 1 ? (1 + others * pieces.images) * pieces.size.h : (1 + others) * pieces.rows;
    const std::int64_t next_image = image + (i + ahead) / pieces.size.h, next = (i + ahead) % pieces.size.h;
    row.read_floats = row.write_floats = 0;
    if (next_image >= s.batch) return;
    row.write_floats = planes.to.w * target();
    row.write_next = b.out<float>(0) + (next_image * planes.to.h + next) * row.write_floats;
    if (next >= planes.from.h) return;
    row.read_floats = planes.from.w * source();
    row.read_next = b.in<float>(0) + (next_image * planes.from.h + next) * row.read_floats;
  }
};

std::shared_ptr<const Prepacked> prepacked(const Pairs& pairs) {
  auto packed = std::make_shared<Prepacked>();
  packed->input = 1;
  packed->bytes = pairs.weight_bytes();
  packed->pack = {{pairs.taps(), [pairs](std::int64_t tap, const Buffers& b) {
                     pairs.pack(tap, b.in<float>(0), b.out<std::uint32_t>(0));
                   }}};
  packed->then.workspace_bytes = pairs.slot_bytes();
  packed->then.stages = {
      {pairs.pieces.count(),
       [pairs](std::int64_t piece, const Buffers& b) { pairs.run(piece, b, b.in<std::byte>(1), b.workspace); },
       [pairs](std::int64_t piece) { return pairs.pieces.region(piece); }}};
  return packed;
}

template <bool backwards>
std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const auto call = conv_call(attrs, inputs, results, epilogue, backwards);
  if (!call) return std::nullopt;
  const ConvSizes& s = call->sizes;
  const PlaneSizes planes(s, backwards);
  if (!takes_pairs(s, backwards ? ConvPass::input_grad : ConvPass::forward)) return std::nullopt;
  const std::int64_t taps = s.kernel.h * s.kernel.w, channels = planes.target_channels;
  Pairs pairs{s, backwards, call->weight, planes,
              ImagePieces(s.batch, channels, planes.to, planes.to.w * taps * planes.source_channels * channels)};
  pairs.band = std::clamp<std::int64_t>(kBandPairs / std::max<std::int64_t>(pairs.line(), 1) - s.kernel.h + 1, 1,
                                        std::max<std::int64_t>(pairs.pieces.rows, 1));
  pairs.slots = std::make_shared<WorkSlots>(pairs.pieces.count());
  Prepared prepared;
  const std::size_t weights = pairs.weight_bytes();
  prepared.workspace_bytes = weights + pairs.slot_bytes();
  prepared.stages = {{taps,
                      [pairs](std::int64_t tap, const Buffers& b) {
                        pairs.pack(tap, b.in<float>(1), reinterpret_cast<std::uint32_t*>(b.workspace));
                      }},
                     {pairs.pieces.count(),
                      [pairs, weights](std::int64_t piece, const Buffers& b) {
                        pairs.run(piece, b, b.workspace, b.workspace + weights);
                      },
                      [pairs](std::int64_t piece) { return pairs.pieces.region(piece); }}};
  prepared.prepack = [pairs] { return prepacked(pairs); };
  return prepared;
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare, std::vector<Layout> layouts) {
  return {.op = op,
          .name = "conv2d_pairs",
          .backend = "cpu",
          .prepare = prepare,
          .layouts = std::move(layouts),
          .algorithm = "pairs"};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_conv2d_pairs();
std::vector<Kernel> kernels_cpu_conv2d_pairs() {
  if (!cpu::has_pairs()) return {};
  return {cpu::kernel_of("conv2d", cpu::prepare<false>, {Layout::channels_last, Layout::any, Layout::contiguous}),
          cpu::kernel_of("conv2d_input_grad", cpu::prepare<true>, {Layout::channels_last, Layout::any})};
}

}  // namespace percept
