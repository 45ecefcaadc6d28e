// conv2d_planes.cpp - convolutions and their input gradients that give few channels from few: the source is taken
// apart into planes, and vectors go along their rows. Where `choose_conv2d` says so; everything else is conv2d_direct.
#include <algorithm>

#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_image_pieces.h"
#include "percept/backends/cpu/_plane_tiles.h"

namespace percept {
namespace cpu {
namespace {

// Both ways: `source` is x and `target` y, or (backwards) dy and dx, which is a convolution with the taps reversed.
struct Planes {
  PlaneLoop loop;
  ConvSizes s;
  bool backwards;
  Strides weight;  // steps of [O, C, kh, kw]
  PlaneSizes planes;
  ImagePieces pieces;

  std::int64_t source_image() const { return planes.from.h * planes.from.w * planes.source_channels; }
  std::int64_t target_image() const { return planes.to.h * planes.to.w * planes.target_channels; }
  // Rows of the target whose sources are taken apart at once.
  std::int64_t band() const { return std::max<std::int64_t>(planes.most_rows() - s.kernel.h + 1, 1); }

  // Weights as [source channel][tap][target channel].
  void pack(const Buffers& b) const {
    float* to = reinterpret_cast<float*>(b.workspace);
    for (std::int64_t c = 0; c < planes.source_channels; ++c)
      for (std::int64_t k = 0; k < s.kernel.h; ++k)
        for (std::int64_t l = 0; l < s.kernel.w; ++l) {
          const std::int64_t tap =
              (backwards ? s.kernel.h - 1 - k : k) * weight[2] + (backwards ? s.kernel.w - 1 - l : l) * weight[3];
          for (std::int64_t o = 0; o < planes.target_channels; ++o)
            *to++ = b.in<float>(1)[(backwards ? c * weight[0] + o * weight[1] : o * weight[0] + c * weight[1]) + tap];
        }
  }

  // What some rows of the target, from `first` on, read of an image: planes with the padding around them.
  void take_apart(const float* image, std::int64_t first, const PlaneTile& tile, float* to) const {
    const std::int64_t channels = planes.source_channels, lines = tile.rows + s.kernel.h - 1;
    std::fill_n(to, channels * lines * planes.row(), 0.0f);
    for (std::int64_t line = tile.first_line; line < tile.last_line; ++line) {
      const float* from = image + (first + line - planes.top) * planes.from.w * channels;
      for (std::int64_t c = 0; c < channels; ++c) {
        float* row = to + (c * lines + line) * planes.row() + planes.left;
        for (std::int64_t j = 0; j < planes.from.w; ++j) row[j] = from[j * channels + c];
      }
    }
  }

  void run(std::int64_t piece, const Buffers& b) const {
    alignas(64) float apart[kPlaneFloats + kMostPlaneLanes];
    PlaneTile tile{.source = apart, .planes = planes.source_channels, .row = planes.row()};
    tile.kernel_h = s.kernel.h, tile.kernel_w = s.kernel.w;
    tile.weight = reinterpret_cast<const float*>(b.workspace);
    tile.bias = !backwards && b.inputs.size() == 3 ? b.in<float>(2) : nullptr;
    tile.y_row = planes.to.w * planes.target_channels;
    tile.columns = planes.to.w;
    const Region part = pieces.region(piece);
    const std::int64_t end = part.first[2] + part.size[2];
    for (std::int64_t image = part.first[0]; image < part.first[0] + part.size[0]; ++image)
      for (std::int64_t row = part.first[2]; row < end; row += tile.rows) {
        tile.rows = std::min(band(), end - row);
        tile.plane = (tile.rows + s.kernel.h - 1) * planes.row();
        tile.y = b.out<float>(0) + image * target_image() + row * tile.y_row;
        tile.first_line = std::max<std::int64_t>(planes.top - row, 0);
        tile.last_line = std::min(tile.rows + s.kernel.h - 1, planes.from.h + planes.top - row);
        take_apart(b.in<float>(0) + image * source_image(), row, tile, apart);
        loop(tile);
      }
  }
};

std::optional<Prepared> prepare_planes(const ConvCall& call) {
  const auto& [s, backwards, weight] = call;
  const PlaneSizes sizes(s, backwards);
  if (!is_plain(s) || sizes.top < 0 || sizes.left < 0 || sizes.most_rows() < s.kernel.h) return std::nullopt;
  const std::int64_t of_row = sizes.to.w * s.kernel.h * s.kernel.w * sizes.source_channels * sizes.target_channels;
  const Planes planes{plane_loop(sizes.target_channels),
                      s,
                      backwards,
                      weight,
                      sizes,
                      ImagePieces(s.batch, sizes.target_channels, sizes.to, of_row)};
  Prepared prepared;
  prepared.workspace_bytes =
      static_cast<std::size_t>(s.kernel.h * s.kernel.w * sizes.source_channels * sizes.target_channels) * sizeof(float);
  prepared.stages = {{1, [planes](std::int64_t, const Buffers& b) { planes.pack(b); }},
                     {planes.pieces.count(), [planes](std::int64_t piece, const Buffers& b) { planes.run(piece, b); },
                      [planes](std::int64_t piece) { return planes.pieces.region(piece); }}};
  return prepared;
}

template <bool backwards>
std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const auto call = conv_call(attrs, inputs, results, epilogue, backwards);
  return call ? prepare_planes(*call) : std::nullopt;
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare, std::vector<Layout> layouts) {
  return {.op = op,
          .name = "conv2d_planes",
          .backend = "cpu",
          .prepare = prepare,
          .layouts = std::move(layouts),
          .algorithm = "planes"};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_conv2d_planes();
std::vector<Kernel> kernels_cpu_conv2d_planes() {
  return {cpu::kernel_of("conv2d", cpu::prepare<false>, {Layout::channels_last, Layout::any, Layout::contiguous}),
          cpu::kernel_of("conv2d_input_grad", cpu::prepare<true>, {Layout::channels_last, Layout::any})};
}

}  // namespace percept
