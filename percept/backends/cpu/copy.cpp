// copy.cpp - kernels that only move elements: copies in another order, joining, padding, reversing.
#include <cstring>
#include <memory>

#include "percept/backends/cpu/_block_copy.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/base/checked.h"
#include "percept/ops/pointwise.h"
#include "percept/ops/views/copies.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kPieceElements = 16384;

// One copy of input 0 to result 0 as a stage, with offsets in bytes; none where there is nothing to copy.
void add_copy(Prepared& prepared, const BlockCopy& copy, std::int64_t from = 0, std::int64_t to = 0) {
  if (copy.pieces() == 0) return;
  prepared.stages.push_back({copy.pieces(), [copy, from, to](std::int64_t piece, const Buffers& b) {
                               copy.run(piece, b.in<std::byte>(0) + from, b.out<std::byte>(0) + to);
                             }});
}

std::optional<Prepared> prepare_copy(const Attrs&, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const Spec &x = inputs[0], &y = results[0];
  if (!epilogue.empty() || x.dtype != y.dtype || x.shape != y.shape) return std::nullopt;
  const auto copy = BlockCopy::of(y.shape, x.strides, y.strides, size_of(y.dtype));
  if (!copy) return std::nullopt;
  Prepared prepared;
  add_copy(prepared, *copy);
  return prepared;
}

std::optional<Prepared> prepare_flip(const Attrs& attrs, Specs inputs, Specs results,
                                     const PointwiseProgram& epilogue) {
  if (!epilogue.empty()) return std::nullopt;
  const Flipped from = flipped(inputs[0], attrs.as<FlipAttrs>().axes);
  const auto bytes = size_of(results[0].dtype);
  const auto copy = BlockCopy::of(results[0].shape, from.strides, results[0].strides, bytes);
  if (!copy) return std::nullopt;
  Prepared prepared;
  add_copy(prepared, *copy, from.offset * static_cast<std::int64_t>(bytes));
  return prepared;
}

// All parts in one stage: with many small parts a stage each would be mostly waiting.
struct Parts {
  struct Part {
    BlockCopy copy;
    std::int64_t to;         // bytes
    std::int64_t first = 0;  // piece
  };
  std::vector<Part> parts;

  void run(std::int64_t piece, const Buffers& b) const {
    std::size_t low = 0, high = parts.size();  // the last part that begins at or before the piece
    while (high - low > 1) (parts[(low + high) / 2].first <= piece ? low : high) = (low + high) / 2;
    const Part& part = parts[low];
    part.copy.run(piece - part.first, b.in<std::byte>(low), b.out<std::byte>(0) + part.to);
  }
};

std::optional<Prepared> prepare_concat(const Attrs& attrs, Specs inputs, Specs results,
                                       const PointwiseProgram& epilogue) {
  if (!epilogue.empty()) return std::nullopt;
  const Spec& y = results[0];
  const std::size_t bytes = size_of(y.dtype);
  const auto axis = static_cast<std::size_t>(checked_axis(attrs.as<ConcatAttrs>().axis, y.rank(), "concat"));
  const auto all = std::make_shared<Parts>();
  std::int64_t at = 0, pieces = 0;
  if (y.numel() == 0) return Prepared{};
  for (const Spec& x : inputs) {
    const auto copy = BlockCopy::of(x.shape, x.strides, y.strides, bytes);
    if (!copy) return std::nullopt;
    all->parts.push_back({*copy, at * y.strides[axis] * static_cast<std::int64_t>(bytes), pieces});
    at += x.shape[axis];
    pieces += copy->pieces();
  }
  Prepared prepared;
  if (pieces > 0)
    prepared.stages.push_back({pieces, [all](std::int64_t piece, const Buffers& b) { all->run(piece, b); }});
  return prepared;
}

Stage fill_stage(const Spec& y, double value) {
  const std::int64_t count = y.numel();
  return {ceil_div(count, kPieceElements), [count, value, dtype = y.dtype](std::int64_t piece, const Buffers& b) {
            const std::int64_t begin = piece * kPieceElements;
            visit_dtype(dtype, [&]<class T>(T) {
              std::fill_n(b.out<T>(0) + begin, std::min(kPieceElements, count - begin), rounded_to<T>(value));
            });
          }};
}

std::optional<Prepared> prepare_pad(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const auto& a = attrs.as<PadToAttrs>();
  const Spec &x = inputs[0], &y = results[0];
  if (!epilogue.empty() || !y.is_dense()) return std::nullopt;
  const std::size_t bytes = size_of(y.dtype);
  const auto copy = BlockCopy::of(x.shape, x.strides, y.strides, bytes);
  if (!copy) return std::nullopt;
  if (y.numel() == 0) return Prepared{};
  std::int64_t to = 0;
  for (std::size_t i = 0; i < a.offset.size(); ++i) to += a.offset[i] * y.strides[i];
  Prepared prepared;
  prepared.stages.push_back(fill_stage(y, a.value));
  add_copy(prepared, *copy, 0, to * static_cast<std::int64_t>(bytes));
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_copy();
std::vector<Kernel> kernels_cpu_copy() {
  return {{.op = "copy", .name = "copy", .backend = "cpu", .prepare = cpu::prepare_copy},
          {.op = "concat", .name = "copy", .backend = "cpu", .prepare = cpu::prepare_concat},
          {.op = "pad_to", .name = "copy", .backend = "cpu", .prepare = cpu::prepare_pad},
          {.op = "flip", .name = "copy", .backend = "cpu", .prepare = cpu::prepare_flip}};
}

}  // namespace percept
