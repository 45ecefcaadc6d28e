// conv2d_winograd.cpp - convolutions of stride 1 with 3 x 3 or 5 x 5 taps, and their input gradients, on six points
// along each axis: tiles of the source are transformed (_winograd_tiles.h), the channels of each of the 36 points meet
// in a matrix product, and the products are transformed back. Where `choose_conv2d` says so.
#include <algorithm>
#include <memory>

#include "percept/backends/cpu/_walk.h"
#include "percept/backends/cpu/_winograd_pass.h"
#include "percept/base/work_slots.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kChannelsPerPack = 16;  // of the source, transformed by one piece

// Blocks of tiles, one after the other. Workspace: the weights as [point][panel][source channel][column], then for each
// slot the points of a block's tiles [tile][point][source channel] and their products [tile][point][target channel].
struct ByTiles {
  WinogradPass pass;
  std::int64_t block = 0;             // tiles that are worked on at once
  std::int64_t images = 1, rows = 1;  // of a piece: some images, or some rows of tiles of one
  std::shared_ptr<WorkSlots> slots = nullptr;

  std::int64_t pieces_per_image() const { return ceil_div(pass.grid.rows, rows); }
  std::int64_t pieces() const { return ceil_div(pass.s.batch, images) * pieces_per_image(); }
  std::int64_t packs_per_panel() const { return ceil_div(pass.source, kChannelsPerPack); }
  std::int64_t packs() const { return pass.panels() * packs_per_panel(); }
  std::int64_t panel_floats() const { return pass.source * pass.products.columns; }
  std::int64_t weight_step() const { return winograd_step(pass.panels(), panel_floats()); }
  std::int64_t weight_floats() const { return kWinogradPoints * weight_step(); }
  // A tile's points lie together, so that a transform writes one run of memory: from point to point, tile to tile.
  std::int64_t source_step() const { return winograd_step(1, pass.source); }
  std::int64_t target_step() const { return winograd_step(1, pass.target); }
  std::int64_t source_tile() const { return kWinogradPoints * source_step(); }
  std::int64_t target_tile() const { return kWinogradPoints * target_step(); }
  std::int64_t slot_floats() const { return ceil_div(block * (source_tile() + target_tile()), 16) * 16; }

  Region region(std::int64_t piece) const {
    const std::int64_t image = piece / pieces_per_image() * images,
                       row = piece % pieces_per_image() * rows * pass.grid.side;
    return {{image, 0, row, 0},
            {std::min(images, pass.s.batch - image), pass.target, std::min(rows * pass.grid.side, pass.to.h - row),
             pass.to.w}};
  }

  // Some channels of a panel of filters.
  void pack(std::int64_t index, const float* weights, float* points) const {
    const std::int64_t panel = index / packs_per_panel(), begin = index % packs_per_panel() * kChannelsPerPack;
    pass.pack(panel, begin, std::min(begin + kChannelsPerPack, pass.source), weights, points + panel * panel_floats(),
              weight_step());
  }

  void run(std::int64_t piece, const Buffers& b, const float* weights, float* scratch) const {
    const WorkSlots::Held slot(*slots);
    float* points = scratch + slot.index() * slot_floats();
    const Region part = region(piece);
    const TileGrid& grid = pass.grid;
    const std::int64_t first = part.first[0] * grid.of_image() + part.first[2] / grid.side * grid.columns;
    const std::int64_t tiles =
        part.size[0] > 1 ? part.size[0] * grid.of_image() : ceil_div(part.size[2], grid.side) * grid.columns;
    for (std::int64_t begin = first; begin < first + tiles; begin += block)
      run_block(begin, std::min(block, first + tiles - begin), b, weights, points);
  }

  void run_block(std::int64_t begin, std::int64_t tiles, const Buffers& b, const float* weights, float* points) const {
    float* sums = points + block * source_tile();
    for (std::int64_t t = 0; t < tiles; ++t) pass.transform(begin + t, b, points + t * source_tile(), source_step());
    for (int p = 0; p < kWinogradPoints; ++p)
      for (std::int64_t panel = 0; panel < pass.panels(); ++panel) {
        const std::int64_t column = panel * pass.products.columns;
        pass.multiply(
            tiles, points + p * source_step(), source_tile(), weights + p * weight_step() + panel * panel_floats(),
            std::min(pass.products.columns, pass.target - column), sums + p * target_step() + column, target_tile());
      }
    for (std::int64_t t = 0; t < tiles; ++t)
      pass.collect(begin + t, 0, pass.target, sums + t * target_tile(), target_step(), b);
  }
};

// Tiles of a block: enough rows for the products to be worth reading the weights, few enough for the caches, and for
// some threads to have blocks of few images too.
std::int64_t tiles_per_block(const WinogradPass& w) {
  constexpr std::int64_t kFloats = std::int64_t{1} << 17, kRows = 16, kMost = 64, kPieces = 8;
  constexpr std::int64_t kWorthAPiece = std::int64_t{1} << 20, kManyWeights = std::int64_t{1} << 20;
  const std::int64_t rows = w.products.rows, weights = w.weights();
  const std::int64_t most = std::clamp(kFloats / (kWinogradPoints * (w.source + w.target)), kRows, kMost) / rows * rows;
  const std::int64_t least = std::max(weights > kManyWeights ? kRows : rows, ceil_div(kWorthAPiece, weights));
  return std::min(most, std::max(least, ceil_div(w.tiles(), kPieces)));
}

ByTiles by_tiles(const WinogradPass& pass) {
  ByTiles w{.pass = pass, .block = tiles_per_block(pass)};
  const TileGrid& grid = pass.grid;
  w.images = std::clamp<std::int64_t>(w.block / grid.of_image(), 1, pass.s.batch);
  w.rows = grid.of_image() <= w.block ? grid.rows : std::max<std::int64_t>(w.block / grid.columns, 1);
  w.slots = std::make_shared<WorkSlots>(w.pieces());
  return w;
}

// Kept for as long as the plan, beside the plain weights, which it cannot bring back: not where that is much.
std::shared_ptr<const Prepacked> prepacked(const ByTiles& w) {
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
  const WinogradPass pass(call);
  if (auto few_tiles = winograd_by_filters(pass)) return few_tiles;
  const ByTiles w = by_tiles(pass);
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
