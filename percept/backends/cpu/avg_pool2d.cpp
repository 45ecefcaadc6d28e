// avg_pool2d.cpp - means of windows and their gradient, vectors of channels at a time. Where channels are fewer than a
// vector has lanes, whole rows are worked on by whole vectors: what a vector holds too much is overwritten by the next.
#include "percept/backends/cpu/_pool_windows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/avg_pool2d.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

void avg_pool(const PoolSizes& s, const float* x, float* y, std::int64_t first, std::int64_t end) {
  for (std::int64_t i = first; i < end; ++i)
    for (std::int64_t j = 0; j < s.output.w; ++j) {
      const Window w(s, i, j);
      const Lane count(w.count(s));
      float* to = y + (i * s.output.w + j) * s.channels;
      for (std::int64_t c = 0; c < s.channels; c += kLanes) {
        const std::int64_t n = std::min(kLanes, s.channels - c);
        Lane sum(0);
        for (std::int64_t row = w.first_row; row < w.end_row; ++row)
          for (std::int64_t column = w.first_column; column < w.end_column; ++column)
            sum = sum + load(x + (row * s.input.w + column) * s.channels + c, n);
        store(sum / count, to + c, n);
      }
    }
}

// kApart: no pixel lies in two windows, so that nothing is added up.
template <bool kApart>
void add_shares(const PoolSizes& s, const float* dy, float* dx) {
  for (std::int64_t i = 0; i < s.output.h; ++i)
    for (std::int64_t j = 0; j < s.output.w; ++j) {
      const Window w(s, i, j);
      const Lane count(w.count(s));
      const float* from = dy + (i * s.output.w + j) * s.channels;
      for (std::int64_t c = 0; c < s.channels; c += kLanes) {
        const std::int64_t n = std::min(kLanes, s.channels - c);
        const Lane share = load(from + c, n) / count;
        for (std::int64_t row = w.first_row; row < w.end_row; ++row)
          for (std::int64_t column = w.first_column; column < w.end_column; ++column) {
            float* at = dx + (row * s.input.w + column) * s.channels + c;
            store((kApart ? Lane(0) : load(at, n)) + share, at, n);  // 0 + -0 is 0 either way
          }
      }
    }
}

void avg_pool_grad(const PoolSizes& s, const float* dy, float* dx) {
  const bool apart = !s.adaptive && s.stride.h >= s.kernel.h && s.stride.w >= s.kernel.w;
  const bool covers = apart && s.stride.h == s.kernel.h && s.stride.w == s.kernel.w && s.pads.top == 0 &&
                      s.pads.left == 0 && s.output.h * s.stride.h >= s.input.h && s.output.w * s.stride.w >= s.input.w;
  if (!covers) std::fill_n(dx, input_size(s), 0.0f);
  apart ? add_shares<true>(s, dy, dx) : add_shares<false>(s, dy, dx);
}

// All windows are whole: first the rows of a window are added, then its columns.
void avg_pool_rows(const PoolSizes& s, const float* x, float* y, std::int64_t first, std::int64_t end) {
  HWY_ALIGN float sums[kMostOfAPoolRow + kLanes], means[kMostOfAPoolRow + kLanes];
  const std::int64_t x_row = s.input.w * s.channels, y_row = s.output.w * s.channels;
  const Lane count(static_cast<double>(s.kernel.h * s.kernel.w));
  for (std::int64_t i = first; i < end; ++i) {
    const float* from = x + i * s.stride.h * x_row;
    for (std::int64_t at = 0; at < x_row; at += kLanes) {
      const std::int64_t n = std::min(kLanes, x_row - at);
      Lane sum = load(from + at, n);
      for (std::int64_t k = 1; k < s.kernel.h; ++k) sum = sum + load(from + k * x_row + at, n);
      store(sum, sums + at);
    }
    for (std::int64_t j = 0; j < s.output.w; ++j) {
      const float* window = sums + j * s.stride.w * s.channels;
      Lane sum = load(window);
      for (std::int64_t l = 1; l < s.kernel.w; ++l) sum = sum + load(window + l * s.channels);
      store(sum, means + j * s.channels);
    }
    for (std::int64_t at = 0; at < y_row; at += kLanes)
      store(load(means + at) / count, y + i * y_row + at, std::min(kLanes, y_row - at));
  }
}

// Windows side by side, nothing left over.
void avg_pool_grad_rows(const PoolSizes& s, const float* dy, float* dx) {
  HWY_ALIGN float shares[kMostOfAPoolRow + kLanes], row[kMostOfAPoolRow + kLanes];
  const std::int64_t x_row = s.input.w * s.channels, y_row = s.output.w * s.channels;
  const Lane count(static_cast<double>(s.kernel.h * s.kernel.w));
  for (std::int64_t i = 0; i < s.output.h; ++i) {
    for (std::int64_t at = 0; at < y_row; at += kLanes)
      store(Lane(0) + load(dy + i * y_row + at, std::min(kLanes, y_row - at)) / count, shares + at);
    float* to = row;
    for (std::int64_t j = 0; j < s.output.w; ++j) {
      const Lane share = load(shares + j * s.channels);
      for (std::int64_t l = 0; l < s.kernel.w; ++l, to += s.channels) store(share, to);
    }
    for (std::int64_t k = 0; k < s.kernel.h; ++k)
      std::memcpy(dx + (i * s.kernel.h + k) * x_row, row, static_cast<std::size_t>(x_row) * sizeof(float));
  }
}

}  // namespace

AvgPoolLoops find_avg_pool_loops() { return {avg_pool, avg_pool_grad, avg_pool_rows, avg_pool_grad_rows, kLanes}; }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept {
namespace cpu {
namespace {

HWY_EXPORT(find_avg_pool_loops);

// Few channels, and no window is cut by padding or the image's end.
bool by_rows(const PoolSizes& s, std::int64_t lanes) {
  return !s.adaptive && s.channels > 0 && s.channels < lanes && s.pads.top == 0 && s.pads.left == 0 &&
         (s.output.h - 1) * s.stride.h + s.kernel.h <= s.input.h &&
         (s.output.w - 1) * s.stride.w + s.kernel.w <= s.input.w && s.input.w * s.channels <= kMostOfAPoolRow;
}

Prepared forward(const PoolSizes& s) {
  const AvgPoolLoops loops = HWY_DYNAMIC_DISPATCH(find_avg_pool_loops)();
  const AvgPool run = by_rows(s, loops.lanes) ? loops.forward_rows : loops.forward;
  const Bands bands(s);
  Prepared prepared;
  prepared.stages.push_back({s.batch * bands.per_image, [=](std::int64_t piece, const Buffers& b) {
                               const std::int64_t image = piece / bands.per_image,
                                                  first = piece % bands.per_image * bands.rows;
                               run(s, b.in<float>(0) + image * input_size(s), b.out<float>(0) + image * output_size(s),
                                   first, std::min(first + bands.rows, s.output.h));
                             }});
  return prepared;
}

Prepared backward(const PoolSizes& s) {
  const AvgPoolLoops loops = HWY_DYNAMIC_DISPATCH(find_avg_pool_loops)();
  const bool side_by_side = s.stride.h == s.kernel.h && s.stride.w == s.kernel.w &&
                            s.output.h * s.stride.h == s.input.h && s.output.w * s.stride.w == s.input.w;
  const AvgPoolGrad run = side_by_side && by_rows(s, loops.lanes) ? loops.grad_rows : loops.grad;
  Prepared prepared;
  prepared.stages.push_back({s.batch,
                             [=](std::int64_t image, const Buffers& b) {
                               run(s, b.in<float>(0) + image * output_size(s), b.out<float>(0) + image * input_size(s));
                             },
                             [=](std::int64_t image) { return whole_image(s, image); }});
  return prepared;
}

bool takes(Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  return epilogue.empty() && are_images(inputs) && are_images(results);
}

std::optional<Prepared> prepare(const Attrs& attrs, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  if (!takes(inputs, results, epilogue)) return std::nullopt;
  return forward(pool_sizes(inputs[0].shape, attrs.as<Pool2dAttrs>(), "avg_pool2d"));
}

std::optional<Prepared> prepare_grad(const Attrs& attrs, Specs inputs, Specs results,
                                     const PointwiseProgram& epilogue) {
  if (!takes(inputs, results, epilogue)) return std::nullopt;
  const auto& a = attrs.as<Pool2dGradAttrs>();
  return backward(pool_sizes(a.shape, a.pool, "avg_pool2d_grad"));
}

std::optional<Prepared> prepare_adaptive(const Attrs& attrs, Specs inputs, Specs results,
                                         const PointwiseProgram& epilogue) {
  if (!takes(inputs, results, epilogue)) return std::nullopt;
  return forward(adaptive_sizes(inputs[0].shape, attrs.as<AdaptiveAttrs>().output_size));
}

std::optional<Prepared> prepare_adaptive_grad(const Attrs& attrs, Specs inputs, Specs results,
                                              const PointwiseProgram& epilogue) {
  if (!takes(inputs, results, epilogue)) return std::nullopt;
  const auto& a = attrs.as<AdaptiveGradAttrs>();
  return backward(adaptive_sizes(a.shape, a.output_size));
}

Kernel kernel_of(std::string_view op, PrepareKernel prepare) {
  return {.op = op, .name = "avg_pool2d", .backend = "cpu", .prepare = prepare, .layouts = {Layout::channels_last}};
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_avg_pool2d();
std::vector<Kernel> kernels_cpu_avg_pool2d() {
  return {cpu::kernel_of("avg_pool2d", cpu::prepare), cpu::kernel_of("avg_pool2d_grad", cpu::prepare_grad),
          cpu::kernel_of("adaptive_avg_windows", cpu::prepare_adaptive),
          cpu::kernel_of("adaptive_avg_windows_grad", cpu::prepare_adaptive_grad)};
}

}  // namespace percept
#endif
