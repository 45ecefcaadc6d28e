// lines.cpp - cumsum, linear_scan, sort and top_k: lines along an axis are independent of one another, so pieces are
// groups of lines. Arithmetic as in the reference (sums in double), so the bits are the same.
#include <algorithm>

#include "percept/base/checked.h"
#include "percept/ops/op.h"
#include "percept/ops/reduce/scan.h"
#include "percept/ops/reduce/sort.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kColumns = 64;  // lines beside one another in memory that are scanned at once
constexpr std::int64_t kPieceElements = 16384;

// A row-major tensor seen as [outer, n, inner], lines along n.
struct Lines {
  std::int64_t outer = 1, n = 1, inner = 1;
};
Lines lines_of(const Shape& shape, std::int64_t wanted_axis) {
  const auto axis = static_cast<std::size_t>(checked_axis(wanted_axis, shape.rank(), "scan"));
  Lines lines{.n = shape[axis]};
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (i != axis) (i < axis ? lines.outer : lines.inner) *= shape[i];
  return lines;
}

// `columns` neighbouring lines of `stride` elements apart along the axis. kRecurrent: h = b + a h, else h = b + h.
template <bool kRecurrent>
void scan_columns(const float* a, const float* b, float* h, std::int64_t n, std::int64_t stride, std::int64_t columns,
                  bool reverse) {
  double now[kColumns] = {};
  for (std::int64_t k = 0; k < n; ++k) {
    const std::int64_t at = (reverse ? n - 1 - k : k) * stride;
    for (std::int64_t c = 0; c < columns; ++c) {
      if (kRecurrent && k > 0)
        now[c] = static_cast<double>(b[at + c]) + static_cast<double>(a[at + c]) * now[c];
      else
        now[c] += static_cast<double>(b[at + c]);
      h[at + c] = static_cast<float>(now[c]);
    }
  }
}

template <bool kRecurrent>
std::optional<Prepared> prepare_scan(const Attrs& attrs, Specs inputs, Specs results,
                                     const PointwiseProgram& epilogue) {
  const auto& a = attrs.as<ScanAttrs>();
  const Spec& y = results[0];
  if (!epilogue.empty() || y.dtype != DType::f32 || !y.is_contiguous() || y.numel() == 0) return std::nullopt;
  for (const Spec& input : inputs)
    if (!input.is_contiguous()) return std::nullopt;
  const Lines lines = lines_of(y.shape, a.axis);
  const std::int64_t cuts = (lines.inner + kColumns - 1) / kColumns;  // of a slab [n, inner]
  const std::int64_t slabs = std::max<std::int64_t>(kPieceElements / (lines.n * lines.inner), 1);  // of a piece
  Prepared prepared;
  prepared.stages.push_back(
      {(lines.outer + slabs - 1) / slabs * cuts, [=, reverse = a.reverse](std::int64_t piece, const Buffers& b) {
         const std::int64_t column = piece % cuts * kColumns, first = piece / cuts * slabs;
         for (std::int64_t o = first; o < std::min(first + slabs, lines.outer); ++o) {
           const std::int64_t at = o * lines.n * lines.inner + column;
           scan_columns<kRecurrent>(b.in<float>(0) + at, b.in<float>(kRecurrent ? 1 : 0) + at, b.out<float>(0) + at,
                                    lines.n, lines.inner, std::min(kColumns, lines.inner - column), reverse);
         }
       }});
  return prepared;
}

// Lines that lie in one piece of memory; `order` writes the indices of those kept, in their order.
template <class F>
std::optional<Prepared> prepare_order(std::int64_t axis, Specs inputs, Specs results, const PointwiseProgram& epilogue,
                                      F order) {
  const Spec &x = inputs[0], &y = results[0];
  if (!epilogue.empty() || x.dtype != DType::f32 || !x.is_contiguous() || !y.is_contiguous() || y.numel() == 0 ||
      !results[1].is_contiguous())
    return std::nullopt;
  const Lines lines = lines_of(x.shape, axis);
  if (lines.inner != 1) return std::nullopt;
  const std::int64_t each = std::max<std::int64_t>(kPieceElements / lines.n, 1), kept = y.numel() / lines.outer;
  Prepared prepared;
  prepared.stages.push_back({(lines.outer + each - 1) / each, [=](std::int64_t piece, const Buffers& b) {
                               for (std::int64_t o = piece * each; o < std::min((piece + 1) * each, lines.outer); ++o) {
                                 const float* line = b.in<float>(0) + o * lines.n;
                                 std::int64_t* indices = b.out<std::int64_t>(1) + o * kept;
                                 order(line, lines.n, indices);
                                 for (std::int64_t j = 0; j < kept; ++j)
                                   b.out<float>(0)[o * kept + j] = line[indices[j]];
                               }
                             }});
  return prepared;
}

std::optional<Prepared> prepare_sort(const Attrs& attrs, Specs inputs, Specs results,
                                     const PointwiseProgram& epilogue) {
  const auto a = attrs.as<SortAttrs>();
  return prepare_order(a.axis, inputs, results, epilogue,
                       [descending = a.descending](const float* line, std::int64_t n, std::int64_t* indices) {
                         sort_line(line, n, descending, indices);
                       });
}

std::optional<Prepared> prepare_top_k(const Attrs& attrs, Specs inputs, Specs results,
                                      const PointwiseProgram& epilogue) {
  const auto a = attrs.as<TopKAttrs>();
  return prepare_order(
      a.axis, inputs, results, epilogue,
      [k = a.k](const float* line, std::int64_t n, std::int64_t* indices) { top_k_line(line, n, k, indices); });
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare) {
  return {.op = op, .name = "lines", .backend = "cpu", .prepare = prepare, .layouts = {Layout::contiguous}};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_lines();
std::vector<Kernel> kernels_cpu_lines() {
  return {cpu::kernel_of("cumsum", cpu::prepare_scan<false>), cpu::kernel_of("linear_scan", cpu::prepare_scan<true>),
          cpu::kernel_of("sort", cpu::prepare_sort), cpu::kernel_of("top_k", cpu::prepare_top_k)};
}

}  // namespace percept
