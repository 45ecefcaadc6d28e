// conv2d_winograd.cpp - convolutions of stride 1 with 3 x 3 or 5 x 5 taps, and their input gradients, on six points
// along each axis: tiles of the source are transformed (_winograd_tiles.h), the channels of each of the 36 points meet
// in a matrix product, and the products are transformed back. Where `choose_conv2d` says so.
#include <algorithm>
#include <memory>

#include "percept/backends/cpu/_conv2d_call.h"
#include "percept/backends/cpu/_product_tiles.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/backends/cpu/_winograd_tiles.h"
#include "percept/base/work_slots.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kMostTapFloats = 25 * 64;  // taps of a panel of filters
constexpr std::int64_t kChannelsPerPack = 16;     // of the source, transformed by one piece

// Both ways: `source` is x and `target` y, or (backwards) dy and dx, which is a convolution with the taps reversed.
// Workspace: the weights as [point][panel][source channel][column], then for each slot the points of a block's tiles
// [tile][point][source channel] and their products [tile][point][target channel].
struct Winograd {
  WinogradLoops transforms;
  TileLoops products;
  ConvSizes s;
  bool backwards;
  Strides weight;               // steps of [O, C, r, r]
  std::int64_t source, target;  // channels
  Size2 from, to;
  std::int64_t top, left;     // padding of the source
  TileGrid grid;              // of the target
  std::int64_t block;         // tiles that are worked on at once
  std::int64_t images, rows;  // of a piece: some images, or some rows of tiles of one
  std::shared_ptr<WorkSlots> slots;

  std::int64_t pieces_per_image() const { return ceil_div(grid.rows, rows); }
  std::int64_t pieces() const { return ceil_div(s.batch, images) * pieces_per_image(); }
  std::int64_t panels() const { return ceil_div(target, products.columns); }
  std::int64_t packs_per_panel() const { return ceil_div(source, kChannelsPerPack); }
  std::int64_t packs() const { return panels() * packs_per_panel(); }
  // A cache line more than a point's weights: see winograd_step.
  std::int64_t weight_step() const { return panels() * source * products.columns + 16; }
  std::int64_t weight_floats() const { return kWinogradPoints * weight_step(); }
  // A tile's points lie together, so that a transform writes one run of memory: from point to point, tile to tile.
  std::int64_t source_step() const { return winograd_step(1, source); }
  std::int64_t target_step() const { return winograd_step(1, target); }
  std::int64_t source_tile() const { return kWinogradPoints * source_step(); }
  std::int64_t target_tile() const { return kWinogradPoints * target_step(); }
  std::int64_t slot_floats() const { return ceil_div(block * (source_tile() + target_tile()), 16) * 16; }

  Region region(std::int64_t piece) const {
    const std::int64_t image = piece / pieces_per_image() * images, row = piece % pieces_per_image() * rows * grid.side;
    return {{image, 0, row, 0},
            {std::min(images, s.batch - image), target, std::min(rows * grid.side, to.h - row), to.w}};
  }

  // Some channels of a panel of filters.
  void pack(std::int64_t index, const float* from_weight, float* to_points) const {
    const std::int64_t panel = index / packs_per_panel(), begin = index % packs_per_panel() * kChannelsPerPack;
    const std::int64_t first = panel * products.columns, count = std::min(products.columns, target - first);
    const std::int64_t taps = s.kernel.h, columns = products.columns;
    float of_filters[kMostTapFloats] = {};
    for (std::int64_t c = begin; c < std::min(begin + kChannelsPerPack, source); ++c) {
      for (std::int64_t o = 0; o < count; ++o) {
        const float* filter = from_weight + (first + o) * weight[backwards ? 1 : 0] + c * weight[backwards ? 0 : 1];
        for (std::int64_t k = 0; k < taps; ++k)
          for (std::int64_t l = 0; l < taps; ++l)
            of_filters[(k * taps + l) * columns + o] =
                filter[(backwards ? taps - 1 - k : k) * weight[2] + (backwards ? taps - 1 - l : l) * weight[3]];
      }
      transforms.weight(of_filters, columns, to_points + (panel * source + c) * columns, weight_step());
    }
  }

  void run(std::int64_t piece, const Buffers& b, const float* weights, float* scratch) const {
    const WorkSlots::Held slot(*slots);
    float* points = scratch + slot.index() * slot_floats();
    const Region part = region(piece);
    const std::int64_t first = part.first[0] * grid.of_image() + part.first[2] / grid.side * grid.columns;
    const std::int64_t tiles =
        part.size[0] > 1 ? part.size[0] * grid.of_image() : ceil_div(part.size[2], grid.side) * grid.columns;
    for (std::int64_t begin = first; begin < first + tiles; begin += block)
      run_block(begin, std::min(block, first + tiles - begin), b, weights, points);
  }

  void run_block(std::int64_t begin, std::int64_t tiles, const Buffers& b, const float* weights, float* points) const {
    float* sums = points + block * source_tile();
    for (std::int64_t t = 0; t < tiles; ++t) {
      const float* image = b.in<float>(0) + grid.image(begin + t) * from.h * from.w * source;
      transforms.input(image, grid.square(begin + t, from.h, from.w, source, top, left), points + t * source_tile(),
                       source_step());
    }
    for (int p = 0; p < kWinogradPoints; ++p)
      multiply(tiles, points + p * source_step(), weights + p * weight_step(), sums + p * target_step());
    const float* bias = !backwards && b.inputs.size() == 3 ? b.in<float>(2) : nullptr;
    for (std::int64_t t = 0; t < tiles; ++t) {
      float* image = b.out<float>(0) + grid.image(begin + t) * to.h * to.w * target;
      transforms.output(sums + t * target_tile(), target_step(), bias, image,
                        grid.square(begin + t, to.h, to.w, target));
    }
  }

  // [tiles, source] times [source, target].
  void multiply(std::int64_t tiles, const float* points, const float* weights, float* sums) const {
    const float* rows_of[kMostTileRows] = {};
    ProductTile tile{.rows = rows_of, .depth = source, .y_row = target_tile()};
    for (std::int64_t column = 0; column < target; column += products.columns) {
      tile.columns = std::min(products.columns, target - column);
      tile.b = weights + column * source;
      for (std::int64_t row = 0; row < tiles; row += tile.count) {
        tile.count = static_cast<int>(std::min<std::int64_t>(products.rows, tiles - row));
        for (int r = 0; r < tile.count; ++r) rows_of[r] = points + (row + r) * source_tile();
        tile.y = sums + row * target_tile() + column;
        products.product(tile);
      }
    }
  }
};

// Tiles of a block: enough rows for the products to be worth reading the weights, few enough for the caches, and for
// some threads to have blocks of few images too.
std::int64_t tiles_per_block(const Winograd& w) {
  constexpr std::int64_t kFloats = std::int64_t{1} << 17, kRows = 16, kMost = 64, kPieces = 8;
  constexpr std::int64_t kWorthAPiece = std::int64_t{1} << 20, kManyWeights = std::int64_t{1} << 20;
  const std::int64_t rows = w.products.rows, weights = kWinogradPoints * w.source * w.target;
  const std::int64_t most = std::clamp(kFloats / (kWinogradPoints * (w.source + w.target)), kRows, kMost) / rows * rows;
  const std::int64_t least = std::max(weights > kManyWeights ? kRows : rows, ceil_div(kWorthAPiece, weights));
  return std::min(most, std::max(least, ceil_div(w.s.batch * w.grid.of_image(), kPieces)));
}

Winograd winograd_of(const ConvCall& call) {
  const auto& [s, backwards, weight] = call;
  Winograd w{
      .transforms = winograd_loops(s.kernel.h),
      .products = tile_loops(),
      .s = s,
      .backwards = backwards,
      .weight = weight,
      .source = backwards ? s.out_channels : s.in_channels,
      .target = backwards ? s.in_channels : s.out_channels,
      .from = backwards ? s.output : s.input,
      .to = backwards ? s.input : s.output,
      .top = backwards ? s.kernel.h - 1 - s.pads.top : s.pads.top,
      .left = backwards ? s.kernel.w - 1 - s.pads.left : s.pads.left,
      .grid = backwards ? TileGrid(s.kernel.h, s.input.h, s.input.w) : TileGrid(s.kernel.h, s.output.h, s.output.w),
      .block = 0,
      .images = 1,
      .rows = 1,
      .slots = nullptr};
  w.block = tiles_per_block(w);
  const std::int64_t of_image = w.grid.of_image();
  w.images = std::clamp<std::int64_t>(w.block / of_image, 1, s.batch);
  w.rows = of_image <= w.block ? w.grid.rows : std::max<std::int64_t>(w.block / w.grid.columns, 1);
  w.slots = std::make_shared<WorkSlots>(w.pieces());
  return w;
}

// Kept for as long as the plan, beside the plain weights, which it cannot bring back: not where that is much. Of
// VGG16's two largest layers it would be 54 MiB of 694, for 7 ms of 65.
std::shared_ptr<const Prepacked> prepacked(const Winograd& w) {
  constexpr std::int64_t kMostFloats = std::int64_t{1} << 23;
  if (w.weight_floats() > kMostFloats) return nullptr;
  auto packed = std::make_shared<Prepacked>();
  packed->input = 1;
  packed->bytes = static_cast<std::size_t>(w.weight_floats()) * sizeof(float);
  packed->pack = {{w.packs(), [w](std::int64_t i, const Buffers& b) { w.pack(i, b.in<float>(0), b.out<float>(0)); }}};
  packed->then.workspace_bytes = static_cast<std::size_t>(w.slots->count() * w.slot_floats()) * sizeof(float);
  packed->then.stages = {
      {w.pieces(),
       [w](std::int64_t i, const Buffers& b) { w.run(i, b, b.in<float>(1), reinterpret_cast<float*>(b.workspace)); },
       [w](std::int64_t i) { return w.region(i); }}};
  return packed;
}

std::optional<Prepared> prepare_winograd(const ConvCall& call) {
  const Winograd w = winograd_of(call);
  Prepared prepared;
  prepared.workspace_bytes =
      static_cast<std::size_t>(w.weight_floats() + w.slots->count() * w.slot_floats()) * sizeof(float);
  const auto weights = [](const Buffers& b) { return reinterpret_cast<float*>(b.workspace); };
  prepared.stages = {
      {w.packs(), [w, weights](std::int64_t i, const Buffers& b) { w.pack(i, b.in<float>(1), weights(b)); }},
      {w.pieces(),
       [w, weights](std::int64_t i, const Buffers& b) { w.run(i, b, weights(b), weights(b) + w.weight_floats()); },
       [w](std::int64_t i) { return w.region(i); }}};
  prepared.prepack = [w] { return prepacked(w); };
  return prepared;
}

template <bool backwards>
std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const auto call = conv_call(attrs, inputs, results, epilogue, backwards);
  if (!call || results[0].numel() == 0) return std::nullopt;
  return prepare_winograd(*call);
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare, std::vector<Layout> layouts) {
  return {.op = op,
          .name = "conv2d_winograd",
          .backend = "cpu",
          .prepare = prepare,
          .layouts = std::move(layouts),
          .algorithm = "winograd"};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_conv2d_winograd();
std::vector<Kernel> kernels_cpu_conv2d_winograd() {
  return {cpu::kernel_of("conv2d", cpu::prepare<false>, {Layout::channels_last, Layout::any, Layout::contiguous}),
          cpu::kernel_of("conv2d_input_grad", cpu::prepare<true>, {Layout::channels_last, Layout::any})};
}

}  // namespace percept
