// image.cpp - resizing of images stored channels-last, and windows as columns.
#include <cstring>
#include <memory>

#include "percept/backends/cpu/_walk.h"
#include "percept/base/checked.h"
#include "percept/ops/image/image.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

// ---- interpolate: f32, pieces are rows of the result (forward) or whole images (gradient) ----

bool are_images(Specs specs) {
  return std::all_of(specs.begin(), specs.end(),
                     [](const Spec& s) { return s.dtype == DType::f32 && s.is_channels_last(); });
}

// The four pixels of a row pair that make one of the result, and their weights.
struct Four {
  std::int64_t at[4];
  float weight[4];
  int count;
};
Four four_of(const InterpolateSizes& s, const Tap& row, const Tap& column) {
  Four f{.at = {}, .weight = {}, .count = 0};
  for (int r = 0; r < (row.weight == 0 ? 1 : 2); ++r)
    for (int c = 0; c < (column.weight == 0 ? 1 : 2); ++c) {
      f.at[f.count] = ((r ? row.high : row.low) * s.input.w + (c ? column.high : column.low)) * s.channels;
      f.weight[f.count++] =
          static_cast<float>((r ? row.weight : 1 - row.weight) * (c ? column.weight : 1 - column.weight));
    }
  return f;
}

void resize_row(const InterpolateSizes& s, std::int64_t row, const float* x, float* y) {
  const Tap& tap = s.rows[static_cast<std::size_t>(row)];
  const std::int64_t channels = s.channels;
  for (std::int64_t j = 0; j < s.output.w; ++j, y += channels) {
    const Four f = four_of(s, tap, s.columns[static_cast<std::size_t>(j)]);
    const float *a = x + f.at[0], *b = x + f.at[1], *c = x + f.at[2], *d = x + f.at[3];
    const float wa = f.weight[0], wb = f.weight[1], wc = f.weight[2], wd = f.weight[3];
    if (f.count == 1)
      std::copy_n(a, channels, y);
    else if (f.count == 2)
      for (std::int64_t k = 0; k < channels; ++k) y[k] = wa * a[k] + wb * b[k];
    else
      for (std::int64_t k = 0; k < channels; ++k) y[k] = (wa * a[k] + wb * b[k]) + (wc * c[k] + wd * d[k]);
  }
}

void share_row(const InterpolateSizes& s, std::int64_t row, const float* dy, float* dx) {
  const Tap& tap = s.rows[static_cast<std::size_t>(row)];
  for (std::int64_t j = 0; j < s.output.w; ++j, dy += s.channels) {
    const Four f = four_of(s, tap, s.columns[static_cast<std::size_t>(j)]);
    for (int i = 0; i < f.count; ++i) {
      float* to = dx + f.at[i];
      for (std::int64_t k = 0; k < s.channels; ++k) to[k] += f.weight[i] * dy[k];
    }
  }
}

std::optional<Prepared> prepare_interpolate(const Attrs& attrs, Specs inputs, Specs results,
                                            const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || !are_images(inputs) || !are_images(results)) return std::nullopt;
  if (results[0].numel() == 0) return Prepared{};
  const auto s = std::make_shared<const InterpolateSizes>(
      interpolate_sizes("interpolate", inputs[0].shape, attrs.as<InterpolateAttrs>()));
  constexpr std::int64_t kPieceElements = 8192;
  const std::int64_t line = s->output.w * s->channels, rows = s->batch * s->output.h;
  const std::int64_t each = std::max<std::int64_t>(kPieceElements / line, 1);
  Prepared prepared;
  prepared.stages.push_back({ceil_div(rows, each), [=](std::int64_t piece, const Buffers& b) {
                               for (std::int64_t r = piece * each; r < std::min((piece + 1) * each, rows); ++r) {
                                 const std::int64_t image = s->input.h * s->input.w * s->channels;
                                 resize_row(*s, r % s->output.h, b.in<float>(0) + r / s->output.h * image,
                                            b.out<float>(0) + r * line);
                               }
                             }});
  return prepared;
}

std::optional<Prepared> prepare_interpolate_grad(const Attrs& attrs, Specs inputs, Specs results,
                                                 const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || !are_images(inputs) || !are_images(results)) return std::nullopt;
  if (results[0].numel() == 0) return Prepared{};
  const auto& a = attrs.as<InterpolateGradAttrs>();
  const auto s =
      std::make_shared<const InterpolateSizes>(interpolate_sizes("interpolate_grad", a.shape, a.interpolate));
  const std::int64_t image = s->input.h * s->input.w * s->channels, line = s->output.w * s->channels;
  Prepared prepared;
  prepared.stages.push_back({s->batch, [=](std::int64_t i, const Buffers& b) {
                               float* dx = b.out<float>(0) + i * image;
                               std::fill_n(dx, image, 0.0f);
                               for (std::int64_t r = 0; r < s->output.h; ++r)
                                 share_row(*s, r, b.in<float>(0) + (i * s->output.h + r) * line, dx);
                             }});
  return prepared;
}

// ---- im2col and col2im: pieces are channels of an image ----

// f(tap, window's row, pixel's row or -1, first and end of the windows on the image, first pixel).
template <class F>
void for_each_line(const Im2colSizes& s, F f) {
  for (std::int64_t k = 0; k < s.kernel.h * s.kernel.w; ++k) {
    const std::int64_t dy = k / s.kernel.w * s.dilation.h - s.top, dx = k % s.kernel.w * s.dilation.w;
    const auto [first, end] = Im2colSizes::inside(s.windows.w, s.image.w, s.left, s.stride.w, dx);
    for (std::int64_t h = 0; h < s.windows.h; ++h) {
      const std::int64_t row = h * s.stride.h + dy;
      const bool on = row >= 0 && row < s.image.h && first < end;
      f(k, h, row, on ? first : 0, on ? end : 0, first * s.stride.w + dx - s.left);
    }
  }
}

template <class T>
void unfold(const Im2colSizes& s, const T* x, std::int64_t row_step, std::int64_t column_step, T* y) {
  for_each_line(s, [&](auto k, auto h, auto row, auto first, auto end, auto pixel) {
    T* to = y + (k * s.windows.h + h) * s.windows.w;
    std::fill(to, to + first, T{});
    std::fill(to + end, to + s.windows.w, T{});
    if (first == end) return;
    const T* from = x + row * row_step + pixel * column_step;
    const std::int64_t step = s.stride.w * column_step;
    for (std::int64_t w = first; w < end; ++w, from += step) to[w] = *from;
  });
}

template <class T>
void fold(const Im2colSizes& s, const T* x, T* y) {
  std::fill_n(y, s.image.h * s.image.w, T{});
  for_each_line(s, [&](auto k, auto h, auto row, auto first, auto end, auto pixel) {
    if (first == end) return;
    const T* from = x + (k * s.windows.h + h) * s.windows.w;
    T* to = y + row * s.image.w + pixel;
    for (std::int64_t w = first; w < end; ++w, to += s.stride.w) *to += from[w];
  });
}

std::optional<Prepared> prepare_im2col(const Attrs& attrs, Specs inputs, Specs results,
                                       const PointwiseProgram& epilogue) {
  const Spec& x = inputs[0];
  const DType dtype = x.dtype;
  if (!epilogue.empty() || size_of(dtype) < 2) return std::nullopt;
  if (results[0].numel() == 0) return Prepared{};
  const Im2colSizes s =
      im2col_sizes("im2col", x.shape[0], x.shape[1], {x.shape[2], x.shape[3]}, attrs.as<WindowAttrs>());
  const std::int64_t size = s.kernel.h * s.kernel.w * s.windows.h * s.windows.w;
  Prepared prepared;
  prepared.stages.push_back({s.batch * s.channels, [=, strides = x.strides](std::int64_t piece, const Buffers& b) {
                               auto run = [&]<class T>(T) {
                                 unfold(s,
                                        b.in<T>(0) + piece / s.channels * strides[0] + piece % s.channels * strides[1],
                                        strides[2], strides[3], b.out<T>(0) + piece * size);
                               };
                               if (size_of(dtype) == 2)
                                 run(std::uint16_t{});
                               else if (size_of(dtype) == 4)
                                 run(std::uint32_t{});
                               else
                                 run(std::uint64_t{});
                             }});
  return prepared;
}

std::optional<Prepared> prepare_col2im(const Attrs& attrs, Specs inputs, Specs results,
                                       const PointwiseProgram& epilogue) {
  const auto& a = attrs.as<Col2imAttrs>();
  const DType dtype = inputs[0].dtype;
  if (!epilogue.empty() || (dtype != DType::f32 && dtype != DType::f64)) return std::nullopt;
  if (results[0].numel() == 0) return Prepared{};
  const Im2colSizes s = im2col_sizes("col2im", results[0].shape[0], results[0].shape[1], a.output_size, a.window);
  const std::int64_t size = s.kernel.h * s.kernel.w * s.windows.h * s.windows.w, image = s.image.h * s.image.w;
  Prepared prepared;
  prepared.stages.push_back({s.batch * s.channels, [=](std::int64_t piece, const Buffers& b) {
                               auto run = [&]<class T>(T) {
                                 fold(s, b.in<T>(0) + piece * size, b.out<T>(0) + piece * image);
                               };
                               dtype == DType::f32 ? run(float{}) : run(double{});
                             }});
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_image();
std::vector<Kernel> kernels_cpu_image() {
  auto of = [](std::string_view op, PrepareKernel prepare, Layout layout) {
    return Kernel{.op = op, .name = "image", .backend = "cpu", .prepare = prepare, .layouts = {layout}};
  };
  return {of("interpolate", cpu::prepare_interpolate, Layout::channels_last),
          of("interpolate_grad", cpu::prepare_interpolate_grad, Layout::channels_last),
          of("im2col", cpu::prepare_im2col, Layout::any), of("col2im", cpu::prepare_col2im, Layout::contiguous)};
}

}  // namespace percept
