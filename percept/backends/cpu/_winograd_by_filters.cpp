// _winograd_by_filters.cpp - Winograd's convolution where tiles are few beside the weights: 36 numbers per pair of
// channels would be written to memory and read again for every block of tiles. Here all tiles are transformed first,
// then each panel of filters is transformed into the cache and meets them there.
#include <algorithm>

#include "percept/backends/cpu/_walk.h"
#include "percept/backends/cpu/_winograd_pass.h"
#include "percept/base/work_slots.h"

namespace percept::cpu {
namespace {

constexpr std::int64_t kTilesPerPiece = 4;

// Groups of tiles, one after the other. Workspace: a group's tiles as [point][tile][source channel], then for each slot
// a panel of filters as [point][source channel][column] and products as [tile][point][column].
struct ByFilters {
  WinogradPass pass;
  std::int64_t group;  // tiles
  std::shared_ptr<WorkSlots> slots;

  ByFilters(const WinogradPass& of, std::int64_t tiles)
      : pass(of), group(tiles), slots(std::make_shared<WorkSlots>(of.panels())) {}

  std::int64_t columns() const { return pass.products.columns; }
  std::int64_t points_step() const { return winograd_step(group, pass.source); }
  std::int64_t panel_step() const { return winograd_step(pass.source, columns()); }
  std::int64_t points_floats() const { return ceil_div(kWinogradPoints * points_step(), 16) * 16; }
  std::int64_t panel_floats() const { return kWinogradPoints * panel_step(); }  // products want whole cache lines
  std::int64_t slot_floats() const { return panel_floats() + group * kWinogradPoints * columns(); }
  std::size_t workspace_bytes() const {
    return static_cast<std::size_t>(points_floats() + slots->count() * slot_floats()) * sizeof(float);
  }
  std::int64_t size_of_group(std::int64_t begin) const { return std::min(group, pass.tiles() - begin); }

  // Some tiles of the group that begins with tile `begin`.
  void transform(std::int64_t begin, std::int64_t piece, const Buffers& b) const {
    float* points = reinterpret_cast<float*>(b.workspace);
    const std::int64_t end = std::min((piece + 1) * kTilesPerPiece, size_of_group(begin));
    for (std::int64_t tile = piece * kTilesPerPiece; tile < end; ++tile)
      pass.transform(begin + tile, b, points + tile * pass.source, points_step());
  }

  std::int64_t first(std::int64_t panel) const { return panel * columns(); }
  std::int64_t count(std::int64_t panel) const { return std::min(columns(), pass.target - first(panel)); }
  Region region(std::int64_t panel) const {  // of the only group
    return {{0, first(panel), 0, 0}, {pass.s.batch, count(panel), pass.to.h, pass.to.w}};
  }

  void run(std::int64_t begin, std::int64_t panel, const Buffers& b) const {
    const WorkSlots::Held slot(*slots);
    const float* points = reinterpret_cast<const float*>(b.workspace);
    float* weights = reinterpret_cast<float*>(b.workspace) + points_floats() + slot.index() * slot_floats();
    float* sums = weights + panel_floats();
    pass.pack(panel, 0, pass.source, b.in<float>(1), weights, panel_step());
    const std::int64_t tile_floats = kWinogradPoints * columns(), tiles = size_of_group(begin);
    for (int p = 0; p < kWinogradPoints; ++p)
      pass.multiply(tiles, points + p * points_step(), pass.source, weights + p * panel_step(), count(panel),
                    sums + p * columns(), tile_floats);
    for (std::int64_t tile = 0; tile < tiles; ++tile)
      pass.collect(begin + tile, first(panel), first(panel) + count(panel), sums + tile * tile_floats, columns(), b);
  }
};

}  // namespace

std::optional<Prepared> winograd_by_filters(const WinogradPass& pass) {
  constexpr std::int64_t kLeastWeights = std::int64_t{1} << 19, kHuge = std::int64_t{1} << 22, kPerTile = 1 << 13;
  constexpr std::int64_t kLeastPanels = 4;                     // for threads to share
  constexpr std::int64_t kMostFloats = std::int64_t{1} << 22;  // of a group's points
  const std::int64_t weights = pass.weights();
  if (pass.panels() < kLeastPanels || weights < kLeastWeights || (weights < kHuge && pass.tiles() > weights / kPerTile))
    return std::nullopt;
  const std::int64_t most = std::max<std::int64_t>(kMostFloats / (kWinogradPoints * pass.source), kTilesPerPiece);
  const ByFilters by(pass, ceil_div(pass.tiles(), ceil_div(pass.tiles(), most)));
  Prepared prepared;
  prepared.workspace_bytes = by.workspace_bytes();
  for (std::int64_t begin = 0; begin < pass.tiles(); begin += by.group) {
    prepared.stages.push_back({ceil_div(by.size_of_group(begin), kTilesPerPiece),
                               [by, begin](std::int64_t i, const Buffers& b) { by.transform(begin, i, b); }});
    prepared.stages.push_back({pass.panels(), [by, begin](std::int64_t i, const Buffers& b) { by.run(begin, i, b); }});
  }
  if (by.group == pass.tiles()) prepared.stages.back().completes = [by](std::int64_t i) { return by.region(i); };
  return prepared;
}

}  // namespace percept::cpu
