// softmax.cpp - softmax and log_softmax over contiguous rows, each row on its own.
#include "percept/ops/softmax/softmax.h"

#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept::cpu {
// y[r] = softmax(x[r]) for rows of n elements.
using SoftmaxRows = void (*)(const float* x, float* y, std::int64_t rows, std::int64_t n);
}  // namespace percept::cpu

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/softmax.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane_math.h"
#include "percept/backends/cpu/_reduce_row.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

// y = f(x) over n elements.
template <class F>
HWY_INLINE void map(const float* x, float* y, std::int64_t n, const F& f) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store(f(load(x + i)), y + i);
  if (i < n) store_first(f(Lane(load_first(x + i, n - i))).v, y + i, n - i);
}

struct ExpOfDifference {
  Lane shift;
  HWY_INLINE Lane operator()(Lane x) const { return exp(x - shift); }
};
struct Quotient {
  Lane divisor;
  HWY_INLINE Lane operator()(Lane x) const { return x / divisor; }
};
struct Difference {
  Lane shift, more;
  HWY_INLINE Lane operator()(Lane x) const { return x - shift - more; }
};

void softmax_rows(const float* x, float* y, std::int64_t rows, std::int64_t n) {
  for (std::int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const Lane top = hn::Set(F32(), reduce_row<Maximum>(x, n));
    map(x, y, n, ExpOfDifference{top});
    map(y, y, n, Quotient{hn::Set(F32(), reduce_row<Summing>(y, n))});
  }
}

// x - max - log(sum(exp(x - max))); the result's row holds the exponentials in between.
void log_softmax_rows(const float* x, float* y, std::int64_t rows, std::int64_t n) {
  for (std::int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const Lane top = hn::Set(F32(), reduce_row<Maximum>(x, n));
    map(x, y, n, ExpOfDifference{top});
    map(x, y, n, Difference{top, log(Lane(hn::Set(F32(), reduce_row<Summing>(y, n))))});
  }
}

}  // namespace

SoftmaxRows find_softmax_rows(bool log) { return log ? log_softmax_rows : softmax_rows; }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept {
namespace cpu {
namespace {

HWY_EXPORT(find_softmax_rows);

constexpr std::int64_t kPieceElements = 4096;

template <bool kLog>
std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  const Spec& x = inputs[0];
  const int axis = attrs.as<SoftmaxAttrs>().axis;
  if (!epilogue.empty() || x.dtype != DType::f32 || x.rank() == 0 || (axis != -1 && axis != x.rank() - 1) ||
      !x.is_contiguous() || !results[0].is_contiguous())
    return std::nullopt;
  const std::int64_t n = x.shape.back(), rows = n == 0 ? 0 : x.numel() / n;
  const std::int64_t each = n == 0 ? 1 : std::max<std::int64_t>(kPieceElements / n, 1);
  const SoftmaxRows run = HWY_DYNAMIC_DISPATCH(find_softmax_rows)(kLog);
  Prepared prepared;
  prepared.stages.push_back({(rows + each - 1) / each, [=](std::int64_t piece, const Buffers& b) {
                               const std::int64_t first = piece * each;
                               run(b.in<float>(0) + first * n, b.out<float>(0) + first * n,
                                   std::min(each, rows - first), n);
                             }});
  return prepared;
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare) {
  return {.op = op, .name = "softmax", .backend = "cpu", .prepare = prepare, .layouts = {Layout::contiguous}};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_softmax();
std::vector<Kernel> kernels_cpu_softmax() {
  return {cpu::kernel_of("softmax", cpu::prepare<false>), cpu::kernel_of("log_softmax", cpu::prepare<true>)};
}

}  // namespace percept
#endif
