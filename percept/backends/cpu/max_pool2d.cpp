// max_pool2d.cpp - maxima of windows, where they were, and the gradient; vectors of channels at a time.
#include <string>

#include "percept/backends/cpu/_pool_windows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/max_pool2d.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

using Indices = hn::Vec<I32>;

HWY_INLINE Indices load_indices(const std::int32_t* from, std::int64_t n) {
  return n < kLanes ? load_first(from, n) : hn::LoadU(I32(), from);
}

HWY_INLINE void store_indices(Indices where, std::int32_t* to, std::int64_t n) {
  if (n < kLanes)
    store_first(where, to, n);
  else
    hn::StoreU(where, I32(), to);
}

template <bool kIndices>
void max_pool_rows(const PoolSizes& s, const float* x, float* y, std::int32_t* indices, std::int64_t first,
                   std::int64_t end) {
  for (std::int64_t i = first; i < end; ++i)
    for (std::int64_t j = 0; j < s.output.w; ++j) {
      const Window w(s, i, j);
      const std::int64_t to = (i * s.output.w + j) * s.channels;
      const std::int64_t start = w.first_row * s.input.w + w.first_column;
      for (std::int64_t c = 0; c < s.channels; c += kLanes) {
        const std::int64_t n = std::min(kLanes, s.channels - c);
        Lane best = load(x + start * s.channels + c, n);
        Indices where = hn::Set(I32(), static_cast<std::int32_t>(start));
        for (std::int64_t row = w.first_row; row < w.end_row; ++row)
          for (std::int64_t column = w.first_column; column < w.end_column; ++column) {
            const std::int64_t pixel = row * s.input.w + column;
            const Lane value = load(x + pixel * s.channels + c, n);
            const Answer better = (!(value <= best)) & (best == best);  // larger, or the first NaN
            best = select(better, value, best);
            if constexpr (kIndices)
              where = hn::IfThenElse(hn::RebindMask(I32(), better.mask),
                                     hn::Set(I32(), static_cast<std::int32_t>(pixel)), where);
          }
        store(best, y + to + c, n);
        if constexpr (kIndices) store_indices(where, indices + to + c, n);
      }
    }
}

void max_pool(const PoolSizes& s, const float* x, float* y, std::int32_t* indices, std::int64_t first,
              std::int64_t end) {
  return indices != nullptr ? max_pool_rows<true>(s, x, y, indices, first, end)
                            : max_pool_rows<false>(s, x, y, nullptr, first, end);
}

void max_pool_grad(const PoolSizes& s, std::int64_t image, const float* dy, const std::int32_t* indices, float* dx,
                   ValueReport* report) {
  std::fill_n(dx, input_size(s), 0.0f);
  for (std::int64_t i = 0; i < s.output.h; ++i)
    for (std::int64_t j = 0; j < s.output.w; ++j) {
      const Window w(s, i, j);
      const std::int64_t pooled = i * s.output.w + j;
      for (std::int64_t c = 0; c < s.channels; c += kLanes) {
        const std::int64_t n = std::min(kLanes, s.channels - c);
        const float* from = dy + pooled * s.channels + c;
        const std::int32_t* at = indices + pooled * s.channels + c;
        const Lane grad = load(from, n);
        const Indices where = load_indices(at, n);
        auto found = hn::Not(hn::FirstN(I32(), static_cast<std::size_t>(n)));
        for (std::int64_t row = w.first_row; row < w.end_row; ++row)
          for (std::int64_t column = w.first_column; column < w.end_column; ++column) {
            const std::int64_t pixel = row * s.input.w + column;
            const auto here = hn::Eq(where, hn::Set(I32(), static_cast<std::int32_t>(pixel)));
            found = hn::Or(found, here);
            float* to = dx + pixel * s.channels + c;
            store(load(to, n) + Lane(hn::IfThenElseZero(hn::RebindMask(F32(), here), grad.v)), to, n);
          }
        if (HWY_LIKELY(hn::AllTrue(I32(), found))) continue;
        for (std::int64_t k = 0; k < n; ++k) {
          const std::int64_t row = at[k] / s.input.w, column = at[k] % s.input.w;
          const bool inside =
              at[k] >= 0 && row >= w.first_row && row < w.end_row && column >= w.first_column && column < w.end_column;
          if (!inside) add_elsewhere(s, image, pooled, c + k, from[k], at[k], dx, report);
        }
      }
    }
}

}  // namespace

MaxPoolLoops find_max_pool_loops() { return {max_pool, max_pool_grad}; }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept {
namespace cpu {

void add_elsewhere(const PoolSizes& s, std::int64_t image, std::int64_t pixel, std::int64_t channel, float dy,
                   std::int32_t index, float* dx, ValueReport* report) {
  if (index >= 0 && index < s.input.h * s.input.w) {
    dx[index * s.channels + channel] += dy;
    return;
  }
  const std::int64_t position = (image * s.channels + channel) * s.output.h * s.output.w + pixel;  // row-major
  report->report(position,
                 "max_pool2d_grad: index " + std::to_string(index) + " at element " + std::to_string(position) +
                     " is outside the plane " + str(Dims{s.input.h, s.input.w}),
                 "pass the indices of max_pool2d on images of this shape");
}

namespace {

HWY_EXPORT(find_max_pool_loops);

Prepared forward(const PoolSizes& s) {
  const MaxPool run = HWY_DYNAMIC_DISPATCH(find_max_pool_loops)().forward;
  const Bands bands(s);
  Prepared prepared;
  prepared.stages.push_back({s.batch * bands.per_image, [=](std::int64_t piece, const Buffers& b) {
                               const std::int64_t image = piece / bands.per_image,
                                                  first = piece % bands.per_image * bands.rows;
                               run(s, b.in<float>(0) + image * input_size(s), b.out<float>(0) + image * output_size(s),
                                   b.results.size() > 1 ? b.out<std::int32_t>(1) + image * output_size(s) : nullptr,
                                   first, std::min(first + bands.rows, s.output.h));
                             }});
  return prepared;
}

bool takes(Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  return epilogue.empty() && are_images(inputs) && are_images(results.first(1)) &&
         are_images(results.subspan(1), DType::i32);
}

std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  if (!takes(inputs, results, epilogue)) return std::nullopt;
  return forward(pool_sizes(inputs[0].shape, attrs.as<Pool2dAttrs>(), "max_pool2d"));
}

std::optional<Prepared> prepare_adaptive(const Attrs& attrs, Specs inputs, Specs results,
                                         const PointwiseProgram& epilogue) {
  if (!takes(inputs, results, epilogue)) return std::nullopt;
  return forward(adaptive_sizes(inputs[0].shape, attrs.as<AdaptiveAttrs>().output_size));
}

std::optional<Prepared> prepare_grad(const Attrs& attrs, Specs inputs, Specs results,
                                     const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || !are_images(inputs.first(1)) || !are_images(inputs.subspan(1), DType::i32) ||
      !are_images(results))
    return std::nullopt;
  const auto& a = attrs.as<Pool2dGradAttrs>();
  const PoolSizes s = pool_sizes(a.shape, a.pool, "max_pool2d_grad");
  const MaxPoolGrad run = HWY_DYNAMIC_DISPATCH(find_max_pool_loops)().grad;
  Prepared prepared;
  prepared.stages.push_back({s.batch,
                             [=](std::int64_t image, const Buffers& b) {
                               run(s, image, b.in<float>(0) + image * output_size(s),
                                   b.in<std::int32_t>(1) + image * output_size(s),
                                   b.out<float>(0) + image * input_size(s), b.report);
                             },
                             [=](std::int64_t image) { return whole_image(s, image); }});
  return prepared;
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare) {
  return {.op = op, .name = "max_pool2d", .backend = "cpu", .prepare = prepare, .layouts = {Layout::channels_last}};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_max_pool2d();
std::vector<Kernel> kernels_cpu_max_pool2d() {
  return {cpu::kernel_of("max_pool2d", cpu::prepare), cpu::kernel_of("max_pool2d_grad", cpu::prepare_grad),
          cpu::kernel_of("adaptive_max_windows", cpu::prepare_adaptive)};
}

}  // namespace percept
#endif
