// reduce.cpp - sum, max and min over any axes of dense f32 tensors: the innermost reduced axes first, each group of
// axes as rows or as columns of a matrix.
#include "percept/ops/reduce/reduce.h"

#include <algorithm>
#include <vector>

#include "percept/backends/cpu/_reduce_loops.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kRowBlock = 256;     // rows of a matrix whose columns are joined by one piece
constexpr std::int64_t kColumnBlock = 512;  // columns of a piece, where there are more
constexpr std::int64_t kPieceElements = 16384;

// Neighbouring axes, all kept or all reduced, in memory order.
struct Group {
  bool reduced;
  std::int64_t size;
};

std::optional<std::vector<Group>> groups_of(const ReduceAttrs& attrs, const Spec& x, const Spec& y) {
  const std::size_t rank = x.shape.size();
  std::vector<bool> reduced(rank, attrs.axes.empty());
  for (const std::int64_t axis : attrs.axes)
    reduced[static_cast<std::size_t>(axis < 0 ? axis + x.rank() : axis)] = true;
  Shape kept_shape;
  Strides kept_order, kept_strides;
  std::vector<std::size_t> order;
  std::size_t of_result = 0;
  for (std::size_t i = 0; i < rank; ++i) {
    if (x.shape[i] != 1) order.push_back(i);
    if (!reduced[i]) {
      kept_shape.push_back(x.shape[i]);
      kept_order.push_back(x.strides[i]);
      kept_strides.push_back(y.strides[of_result]);
    }
    if (!reduced[i] || attrs.keepdims) ++of_result;
  }
  // The result lies in the order in which the kept axes lie in x, or this is no work for us.
  const auto walk = walk_in_order(kept_shape, kept_order, kept_strides);
  if (!walk || !walk->is_dense_order()) return std::nullopt;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return x.strides[a] > x.strides[b]; });
  std::vector<Group> groups;
  for (const std::size_t axis : order) {
    if (!groups.empty() && groups.back().reduced == reduced[axis])
      groups.back().size *= x.shape[axis];
    else
      groups.push_back({reduced[axis], x.shape[axis]});
  }
  return groups;
}

// Where a stage reads or writes.
struct Memory {
  enum Kind : std::uint8_t { input, workspace, result } kind = input;
  std::int64_t offset = 0;  // of the workspace, in floats

  const float* read(const Buffers& b) const { return kind == input ? b.in<float>(0) : write(b); }
  float* write(const Buffers& b) const {
    return kind == result ? b.out<float>(0) : reinterpret_cast<float*>(b.workspace) + offset;
  }
};

struct Builder {
  ReduceLoops loops;
  Prepared prepared = {};
  std::int64_t floats = 0;  // of workspace

  Memory room(std::int64_t count) {
    const Memory memory{Memory::workspace, floats};
    floats += ceil_div(count, 16) * 16;
    return memory;
  }

  // [rows, length] -> [rows]
  void add_rows(Memory from, Memory to, std::int64_t rows, std::int64_t length) {
    if (length > kPieceElements) return add_long_rows(from, to, rows, length);
    const std::int64_t each = std::max<std::int64_t>(kPieceElements / length, 1);
    prepared.stages.push_back({ceil_div(rows, each), [=, loops = loops](std::int64_t piece, const Buffers& b) {
                                 const std::int64_t first = piece * each;
                                 loops.rows(from.read(b) + first * length, to.write(b) + first,
                                            std::min(each, rows - first), length);
                               }});
  }

  // Chunks of a row are joined, then the chunks' results.
  void add_long_rows(Memory from, Memory to, std::int64_t rows, std::int64_t length) {
    const std::int64_t chunks = ceil_div(length, kPieceElements);
    const Memory partial = room(rows * chunks);
    prepared.stages.push_back({rows * chunks, [=, loops = loops](std::int64_t piece, const Buffers& b) {
                                 const std::int64_t row = piece / chunks, begin = piece % chunks * kPieceElements;
                                 loops.rows(from.read(b) + row * length + begin, partial.write(b) + piece, 1,
                                            std::min(kPieceElements, length - begin));
                               }});
    add_rows(partial, to, rows, chunks);
  }

  // [outer, rows, width] -> [outer, width]: blocks of rows first, then the blocks in a tree.
  void add_columns(Memory from, Memory to, std::int64_t outer, std::int64_t rows, std::int64_t width) {
    const std::int64_t blocks = ceil_div(rows, kRowBlock), cuts = std::max<std::int64_t>(width / kColumnBlock, 1);
    const Memory partial = blocks == 1 ? to : room(outer * blocks * width);
    prepared.stages.push_back({outer * blocks * cuts, [=, loops = loops](std::int64_t piece, const Buffers& b) {
                                 const std::int64_t cut = piece % cuts, block = piece / cuts % blocks,
                                                    o = piece / cuts / blocks;
                                 const std::int64_t column = cut * kColumnBlock, row = block * kRowBlock;
                                 const std::int64_t columns = cut + 1 < cuts ? kColumnBlock : width - column;
                                 loops.columns(from.read(b) + (o * rows + row) * width + column,
                                               partial.write(b) + (o * blocks + block) * width + column,
                                               std::min(kRowBlock, rows - row), columns, width);
                               }});
    if (blocks > 1) add_tree(partial, to, outer, blocks, width, cuts);
  }

  void add_tree(Memory partial, Memory to, std::int64_t outer, std::int64_t blocks, std::int64_t width,
                std::int64_t cuts) {
    prepared.stages.push_back({outer * cuts, [=, loops = loops](std::int64_t piece, const Buffers& b) {
                                 const std::int64_t cut = piece % cuts, o = piece / cuts, column = cut * kColumnBlock;
                                 const std::int64_t columns = cut + 1 < cuts ? kColumnBlock : width - column;
                                 float* at = partial.write(b) + o * blocks * width + column;
                                 for (std::int64_t step = 1; step < blocks; step *= 2)
                                   for (std::int64_t k = 0; k + step < blocks; k += 2 * step)
                                     loops.join(at + k * width, at + (k + step) * width, columns);
                                 std::copy_n(at, columns, to.write(b) + o * width + column);
                               }});
  }
};

template <Reducing way>
std::optional<Prepared> prepare_reduce(const Attrs& attrs, Specs inputs, Specs results,
                                       const PointwiseProgram& epilogue) {
  const Spec &x = inputs[0], &y = results[0];
  if (!epilogue.empty() || x.dtype != DType::f32 || !x.is_dense() || x.numel() == 0) return std::nullopt;
  auto groups = groups_of(attrs.as<ReduceAttrs>(), x, y);
  if (!groups) return std::nullopt;
  if (std::none_of(groups->begin(), groups->end(), [](const Group& g) { return g.reduced; }))
    groups->push_back({true, 1});
  Builder builder{.loops = reduce_loops(way)};
  Memory from{Memory::input};
  auto left = std::count_if(groups->begin(), groups->end(), [](const Group& g) { return g.reduced; });
  while (left-- > 0) {
    const bool rows = groups->back().reduced;
    const std::int64_t width = rows ? 1 : groups->back().size;
    if (!rows) groups->pop_back();
    const std::int64_t length = groups->back().size;
    groups->pop_back();
    std::int64_t outer = 1;
    for (const Group& group : *groups) outer *= group.size;
    const Memory to = left == 0 ? Memory{Memory::result} : builder.room(outer * width);
    if (rows)
      builder.add_rows(from, to, outer, length);
    else
      builder.add_columns(from, to, outer, length, width);
    if (!rows && !groups->empty())
      groups->back().size *= width;  // kept beside kept
    else if (!rows)
      groups->push_back({false, width});
    from = to;
  }
  builder.prepared.workspace_bytes = static_cast<std::size_t>(builder.floats) * sizeof(float);
  return std::move(builder.prepared);
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare) {
  return {.op = op, .name = "reduce", .backend = "cpu", .prepare = prepare, .layouts = {Layout::dense}};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_reduce();
std::vector<Kernel> kernels_cpu_reduce() {
  return {cpu::kernel_of("sum", cpu::prepare_reduce<cpu::Reducing::sum>),
          cpu::kernel_of("max", cpu::prepare_reduce<cpu::Reducing::max>),
          cpu::kernel_of("min", cpu::prepare_reduce<cpu::Reducing::min>)};
}

}  // namespace percept
