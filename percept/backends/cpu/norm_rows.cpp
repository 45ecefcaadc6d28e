// norm_rows.cpp - normalisation of f32 rows by their own statistics, and the gradient; every row on its own.
#include "percept/ops/norm/norm_rows.h"

#include <algorithm>
#include <cmath>

#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept::cpu {
// One matrix [rows, n]; weight and bias [n] or null; mean and rstd [rows].
using NormRowsForward = void (*)(const float* x, const float* weight, const float* bias, float* y, float* mean,
                                 float* rstd, std::int64_t rows, std::int64_t n, double eps, bool centre);
// statistics: mean, rstd, dmean, drstd [rows]. dweight and dbias [n]: the sums over these rows.
using NormRowsGradient = void (*)(const float* dy, const float* x, const float* const* statistics, const float* weight,
                                  float* dx, float* dweight, float* dbias, std::int64_t rows, std::int64_t n,
                                  bool centre);
}  // namespace percept::cpu

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/norm_rows.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_reduce_row.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

HWY_INLINE Lane all_lanes(float value) { return hn::Set(F32(), value); }

// f(i, count) for whole vectors at element i, then once for the rest.
template <class F>
HWY_INLINE void for_vectors(std::int64_t n, const F& f) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) f(i, kLanes);
  if (i < n) f(i, n - i);
}

// (x - mean)^2 summed; lanes beyond the row are those of 0.
float squared_distance(const float* x, std::int64_t n, float mean) {
  const Lane centre = all_lanes(mean);
  Lane sums[4] = {Lane(0), Lane(0), Lane(0), Lane(0)};
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes)
    for (int k = 0; k < 4; ++k) {
      const Lane d = load(x + i + k * kLanes) - centre;
      sums[k] = fused(d, d, sums[k]);
    }
  for (; i < n; i += kLanes) {
    const std::int64_t count = std::min(kLanes, n - i);
    const Lane d = load(x + i, count) - centre;
    const Lane inside = hn::IfThenElseZero(hn::FirstN(F32(), static_cast<std::size_t>(count)), d.v);
    sums[0] = fused(inside, inside, sums[0]);
  }
  return Summing::of_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

void forward(const float* x, const float* weight, const float* bias, float* y, float* means, float* rstds,
             std::int64_t rows, std::int64_t n, double eps, bool centre) {
  for (std::int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const float mean = centre ? reduce_row<Summing>(x, n) / static_cast<float>(n) : 0.0f;
    const double variance = static_cast<double>(squared_distance(x, n, mean)) / static_cast<double>(n);
    const auto rstd = static_cast<float>(1 / std::sqrt(variance + eps));
    means[r] = mean;
    rstds[r] = rstd;
    const Lane shift = all_lanes(mean), scale = all_lanes(rstd);
    for_vectors(n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
      Lane value = (load(x + i, count) - shift) * scale;
      if (weight != nullptr) value = value * load(weight + i, count);
      if (bias != nullptr) value = value + load(bias + i, count);
      store(value, y + i, count);
    });
  }
}

void gradient(const float* dy, const float* x, const float* const* statistics, const float* weight, float* dx,
              float* dweight, float* dbias, std::int64_t rows, std::int64_t n, bool centre) {
  std::fill_n(dweight, n, 0.0f);
  std::fill_n(dbias, n, 0.0f);
  const float part = 1.0f / static_cast<float>(n);
  for (std::int64_t r = 0; r < rows; ++r, dy += n, x += n, dx += n) {
    const float rstd = statistics[1][r], dmean = statistics[2][r], drstd = statistics[3][r];
    const Lane shift = all_lanes(statistics[0][r]), scale = all_lanes(rstd);
    Lane sums(0), products(0);
    for_vectors(n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
      const Lane d = load(dy + i, count);  // 0 beyond the row, and so is all that it multiplies
      const Lane xhat = (load(x + i, count) - shift) * scale;
      const Lane g = weight != nullptr ? d * load(weight + i, count) : d;
      sums = sums + g;
      products = fused(g, xhat, products);
      store(fused(d, xhat, load(dweight + i, count)), dweight + i, count);
      store(load(dbias + i, count) + d, dbias + i, count);
    });
    // dx = rstd g + (tilt xhat + level)
    const float tilt = -(rstd * Summing::of_lanes(products) + drstd * rstd * rstd) * part;
    const float level = centre ? (dmean - rstd * Summing::of_lanes(sums)) * part : 0.0f;
    const Lane slope = all_lanes(tilt), base = all_lanes(level);
    for_vectors(n, [&](std::int64_t i, std::int64_t count) HWY_ATTR {
      const Lane d = load(dy + i, count);
      const Lane xhat = (load(x + i, count) - shift) * scale;
      const Lane g = weight != nullptr ? d * load(weight + i, count) : d;
      store(fused(scale, g, fused(slope, xhat, base)), dx + i, count);
    });
  }
}

}  // namespace

NormRowsForward find_norm_rows_forward() { return forward; }
NormRowsGradient find_norm_rows_gradient() { return gradient; }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept {
namespace cpu {
namespace {

HWY_EXPORT(find_norm_rows_forward);
HWY_EXPORT(find_norm_rows_gradient);

constexpr std::int64_t kPieceElements = 16384;
constexpr std::int64_t kStrip = 256;  // columns whose sums are joined by one piece

std::int64_t ceil_of(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

bool are_rows(Specs specs) {
  return std::all_of(specs.begin(), specs.end(),
                     [](const Spec& s) { return s.dtype == DType::f32 && s.is_contiguous(); });
}

std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || !are_rows(inputs) || !are_rows(results)) return std::nullopt;
  const NormRowsAttrs a = attrs.as<NormRowsAttrs>();
  const std::int64_t rows = inputs[0].shape[0], n = inputs[0].shape[1],
                     each = std::max<std::int64_t>(kPieceElements / n, 1);
  const std::size_t parts = inputs.size();
  const auto run = HWY_DYNAMIC_DISPATCH(find_norm_rows_forward)();
  Prepared prepared;
  prepared.stages.push_back({ceil_of(rows, each), [=](std::int64_t piece, const Buffers& b) {
                               const std::int64_t first = piece * each;
                               run(b.in<float>(0) + first * n, parts > 1 ? b.in<float>(1) : nullptr,
                                   parts > 2 ? b.in<float>(2) : nullptr, b.out<float>(0) + first * n,
                                   b.out<float>(1) + first, b.out<float>(2) + first, std::min(each, rows - first), n,
                                   a.eps, a.centre);
                             }});
  return prepared;
}

// Blocks of rows leave their sums in the workspace, [blocks][2][n]; they are joined in double, in order.
std::optional<Prepared> prepare_grad(const Attrs& attrs, Specs inputs, Specs results,
                                     const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || !are_rows(inputs) || !are_rows(results)) return std::nullopt;
  const bool centre = attrs.as<NormRowsAttrs>().centre, weighted = inputs.size() > 6;
  const std::int64_t rows = inputs[1].shape[0], n = inputs[1].shape[1];
  const std::int64_t each = std::clamp<std::int64_t>(2 * kPieceElements / n, 16, 256), blocks = ceil_of(rows, each);
  const auto run = HWY_DYNAMIC_DISPATCH(find_norm_rows_gradient)();
  Prepared prepared;
  prepared.workspace_bytes = static_cast<std::size_t>(2 * blocks * n) * sizeof(float);
  prepared.stages.push_back({blocks, [=](std::int64_t block, const Buffers& b) {
                               const std::int64_t first = block * each;
                               float* sums = reinterpret_cast<float*>(b.workspace) + 2 * block * n;
                               const float* statistics[4];
                               for (std::size_t k = 0; k < 4; ++k) statistics[k] = b.in<float>(2 + k) + first;
                               run(b.in<float>(0) + first * n, b.in<float>(1) + first * n, statistics,
                                   weighted ? b.in<float>(6) : nullptr, b.out<float>(0) + first * n, sums, sums + n,
                                   std::min(each, rows - first), n, centre);
                             }});
  prepared.stages.push_back({ceil_of(2 * n, kStrip), [=](std::int64_t strip, const Buffers& b) {
                               const std::int64_t first = strip * kStrip, end = std::min(first + kStrip, 2 * n);
                               const float* sums = reinterpret_cast<const float*>(b.workspace);
                               for (std::int64_t c = first; c < end; ++c) {
                                 double total = 0;
                                 for (std::int64_t k = 0; k < blocks; ++k)
                                   total += static_cast<double>(sums[2 * k * n + c]);
                                 b.out<float>(c < n ? 1 : 2)[c < n ? c : c - n] = static_cast<float>(total);
                               }
                             }});
  return prepared;
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare) {
  return {.op = op, .name = "norm_rows", .backend = "cpu", .prepare = prepare, .layouts = {Layout::contiguous}};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_norm_rows();
std::vector<Kernel> kernels_cpu_norm_rows() {
  return {cpu::kernel_of("norm_rows", cpu::prepare), cpu::kernel_of("norm_rows_grad", cpu::prepare_grad)};
}

}  // namespace percept
#endif
