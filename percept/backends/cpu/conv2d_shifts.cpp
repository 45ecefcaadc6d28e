// conv2d_shifts.cpp - convolutions and their input gradients that give few channels from many, of stride 1: each pixel
// of the source is multiplied by the weights of all taps, vectors going along pixels, and these products are added to
// the target, each tap's shifted to where it belongs. A direct loop would leave most of its vectors of channels empty.
// Where `choose_conv2d` says so.
#include <algorithm>
#include <memory>

#include "percept/backends/cpu/_add_planes.h"
#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_image_pieces.h"
#include "percept/backends/cpu/_product_tiles.h"
#include "percept/base/work_slots.h"

namespace percept {
namespace cpu {
namespace {

// Both ways: `source` is x and `target` y, or (backwards) dy and dx, which is a convolution with the taps reversed.
// Workspace: weights as [row of taps][tap][target channel][source channel], then for each slot a band of the source as
// panels [source channel][columns pixels], the products [tap of a row][target channel][pixel] of that band, and the
// target's rows as planes.
struct Shifts {
  TileLoops products;
  ConvSizes s;
  bool backwards;
  Strides weight;  // steps of [O, C, kh, kw]
  PlaneSizes planes;
  ImagePieces pieces;
  std::int64_t band = 1;  // rows of the target that are worked on at once
  std::shared_ptr<WorkSlots> slots = nullptr;

  std::int64_t source() const { return planes.source_channels; }
  std::int64_t target() const { return planes.target_channels; }
  std::int64_t of_row() const { return s.kernel.w * target(); }  // products of a pixel with a row of taps
  std::int64_t weight_floats() const { return ceil_div(s.kernel.h * of_row() * source(), 16) * 16; }
  // Pixels of the source that a band reads, whole panels of them.
  std::int64_t pixels() const {
    const std::int64_t lines = std::min(band + s.kernel.h - 1, planes.from.h);
    return ceil_div(lines * planes.from.w, products.columns) * products.columns;
  }
  std::int64_t target_floats() const { return ceil_div(target() * band * planes.to.w, 16) * 16; }
  std::int64_t slot_floats() const { return pixels() * (source() + of_row()) + target_floats(); }
  std::size_t workspace_bytes() const {
    return static_cast<std::size_t>(weight_floats() + slots->count() * slot_floats()) * sizeof(float);
  }

  void pack(const Buffers& b) const {
    float* to = reinterpret_cast<float*>(b.workspace);
    for (std::int64_t k = 0; k < s.kernel.h; ++k)
      for (std::int64_t l = 0; l < s.kernel.w; ++l) {
        const std::int64_t tap =
            (backwards ? s.kernel.h - 1 - k : k) * weight[2] + (backwards ? s.kernel.w - 1 - l : l) * weight[3];
        for (std::int64_t t = 0; t < target(); ++t)
          for (std::int64_t c = 0; c < source(); ++c)
            *to++ = b.in<float>(1)[(backwards ? c * weight[0] + t * weight[1] : t * weight[0] + c * weight[1]) + tap];
      }
  }

  void run(std::int64_t piece, const Buffers& b) const {
    const WorkSlots::Held slot(*slots);
    const float* weights = reinterpret_cast<const float*>(b.workspace);
    float* scratch = reinterpret_cast<float*>(b.workspace) + weight_floats() + slot.index() * slot_floats();
    const Region part = pieces.region(piece);
    const std::int64_t end = part.first[2] + part.size[2];
    for (std::int64_t image = part.first[0]; image < part.first[0] + part.size[0]; ++image)
      for (std::int64_t row = part.first[2]; row < end; row += band)
        run_band(image, row, std::min(band, end - row), b, weights, scratch);
  }

  // Rows `first` to `first + count` of an image of the target.
  void run_band(std::int64_t image, std::int64_t first, std::int64_t count, const Buffers& b, const float* weights,
                float* panels) const {
    const std::int64_t begin = std::max<std::int64_t>(first - planes.top, 0);  // lines of the source
    const std::int64_t end = std::min(first + count - planes.top + s.kernel.h - 1, planes.from.h);
    const std::int64_t read = std::max<std::int64_t>(end - begin, 0) * planes.from.w;
    float* products_of_row = panels + pixels() * source();
    float* sums = products_of_row + pixels() * of_row();
    const float* from = b.in<float>(0) + (image * planes.from.h + begin) * planes.from.w * source();
    for (std::int64_t p = 0; p < read; p += products.columns)
      pack_lines(from + p * source(), source(), 1, std::min(products.columns, read - p), products.columns, source(),
                 panels + p * source());
    const float* bias = !backwards && b.inputs.size() == 3 ? b.in<float>(2) : nullptr;
    const std::int64_t plane = count * planes.to.w;
    for (std::int64_t t = 0; t < target(); ++t) std::fill_n(sums + t * plane, plane, bias != nullptr ? bias[t] : 0.0f);
    for (std::int64_t k = 0; k < s.kernel.h; ++k) {
      // Rows of the target whose k-th line of taps lies on the image.
      const std::int64_t top = std::max(first, planes.top - k);
      const std::int64_t bottom = std::min(first + count, planes.from.h + planes.top - k);
      if (top >= bottom) continue;
      multiply(weights + k * of_row() * source(), panels, (top - planes.top + k - begin) * planes.from.w,
               (bottom - planes.top + k - begin) * planes.from.w, products_of_row);
      add(top - first, bottom - top, (top - planes.top + k - begin) * planes.from.w, plane, products_of_row, sums);
    }
    turn(sums, plane, target(), plane, b.out<float>(0) + (image * planes.to.h + first) * planes.to.w * target(),
         target());
  }

  // A row of taps times pixels `begin` to `end`, and some around them: whole panels.
  void multiply(const float* weights, const float* panels, std::int64_t begin, std::int64_t end, float* to) const {
    const float* rows_of[kMostTileRows] = {};
    ProductTile tile{.rows = rows_of, .depth = source(), .y_row = pixels(), .columns = products.columns};
    for (std::int64_t p = begin / products.columns * products.columns; p < end; p += products.columns) {
      tile.b = panels + p * source();
      for (std::int64_t n = 0; n < of_row(); n += tile.count) {
        tile.count = rows_of_next(of_row() - n, products.rows);
        for (int r = 0; r < tile.count; ++r) rows_of[r] = weights + (n + r) * source();
        tile.y = to + n * pixels() + p;
        products.product(tile);
      }
    }
  }

  // The products of a row of taps, from pixel `begin` of the source on, to `count` rows of the target from `row` on.
  void add(std::int64_t row, std::int64_t count, std::int64_t begin, std::int64_t plane, const float* from,
           float* sums) const {
    for (std::int64_t l = 0; l < s.kernel.w; ++l) {
      const std::int64_t left = std::max<std::int64_t>(planes.left - l, 0);
      const std::int64_t right = std::min(planes.to.w, planes.from.w + planes.left - l);
      if (left >= right) continue;
      for (std::int64_t t = 0; t < target(); ++t)
        add_plane(sums + t * plane + row * planes.to.w + left, planes.to.w,
                  from + (l * target() + t) * pixels() + begin + left - planes.left + l, planes.from.w, count,
                  right - left);
    }
  }
};

std::optional<Prepared> prepare_shifts(const ConvCall& call) {
  const auto& [s, backwards, weight] = call;
  const PlaneSizes planes(s, backwards);
  if (planes.top < 0 || planes.left < 0 || !is_plain(s)) return std::nullopt;
  constexpr std::int64_t kFloats = std::int64_t{1} << 16;  // of a slot: they stay in the second cache
  const std::int64_t source = planes.source_channels, target = planes.target_channels;
  const std::int64_t of_row = planes.to.w * s.kernel.h * s.kernel.w * source * target;
  Shifts shifts{tile_loops(), s, backwards, weight, planes, ImagePieces(s.batch, target, planes.to, of_row)};
  const std::int64_t of_line = planes.from.w * (source + shifts.of_row()) + planes.to.w * target;
  shifts.band = std::clamp<std::int64_t>(kFloats / std::max<std::int64_t>(of_line, 1) - s.kernel.h + 1, 1,
                                         std::max<std::int64_t>(shifts.pieces.rows, 1));
  shifts.slots = std::make_shared<WorkSlots>(shifts.pieces.count());
  Prepared prepared;
  prepared.workspace_bytes = shifts.workspace_bytes();
  prepared.stages = {{1, [shifts](std::int64_t, const Buffers& b) { shifts.pack(b); }},
                     {shifts.pieces.count(), [shifts](std::int64_t piece, const Buffers& b) { shifts.run(piece, b); },
                      [shifts](std::int64_t piece) { return shifts.pieces.region(piece); }}};
  return prepared;
}

template <bool backwards>
std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const auto call = conv_call(attrs, inputs, results, epilogue, backwards);
  return call ? prepare_shifts(*call) : std::nullopt;
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare, std::vector<Layout> layouts) {
  return {.op = op,
          .name = "conv2d_shifts",
          .backend = "cpu",
          .prepare = prepare,
          .layouts = std::move(layouts),
          .algorithm = "shifts"};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_conv2d_shifts();
std::vector<Kernel> kernels_cpu_conv2d_shifts() {
  return {cpu::kernel_of("conv2d", cpu::prepare<false>, {Layout::channels_last, Layout::any, Layout::contiguous}),
          cpu::kernel_of("conv2d_input_grad", cpu::prepare<true>, {Layout::channels_last, Layout::any})};
}

}  // namespace percept
