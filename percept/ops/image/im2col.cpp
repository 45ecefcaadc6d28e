// im2col.cpp - the windows of images as columns of a matrix, and their sum back into images.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/image/image.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// f(b, c, row of the matrix, column of it, pixel's row, pixel's column) for every entry that lies on the image.
template <class F>
void for_each_tap(const Im2colSizes& s, F f) {
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t c = 0; c < s.channels; ++c)
      for (std::int64_t k = 0; k < s.kernel.h * s.kernel.w; ++k)
        for (std::int64_t l = 0; l < s.windows.h * s.windows.w; ++l) {
          const std::int64_t i = l / s.windows.w * s.stride.h - s.top + k / s.kernel.w * s.dilation.h;
          const std::int64_t j = l % s.windows.w * s.stride.w - s.left + k % s.kernel.w * s.dilation.w;
          if (i >= 0 && i < s.image.h && j >= 0 && j < s.image.w) f(b, c, c * s.kernel.h * s.kernel.w + k, l, i, j);
        }
}

std::int64_t taps(const Im2colSizes& s) { return checked_mul(s.kernel.h, s.kernel.w); }
Shape matrix_shape(const Im2colSizes& s) {
  return {s.batch, checked_mul(s.channels, taps(s)), checked_mul(s.windows.h, s.windows.w)};
}

struct Im2col {
  using Attrs = WindowAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "im2col";
  static constexpr std::string_view doc =
      "y[b, (c kh + i) kw + j, l] = x[b, c, h stride - padding + i dilation, w stride - padding + j dilation], window\n"
      "l = h W' + w, zeros outside: [B, C, H, W] -> [B, C kh kw, H' W'], row-major. A convolution is weight [O, C kh "
      "kw]\n"
      "times that. x: any dtype. Errors: rank other than 4, empty images, sizes below 1, no window that fits.\n"
      "Source: PyTorch's unfold.";

  static Im2colSizes sizes(const percept::Attrs& attrs, const Shape& x) {
    check_image("im2col", "x", x);
    return im2col_sizes("im2col", x[0], x[1], {x[2], x[3]}, attrs.as<Attrs>());
  }
  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    return {contiguous_spec(in[0].dtype, matrix_shape(sizes(attrs, in[0].shape)), in[0].device)};
  }
  static void forward(const Call& call) {
    const Im2colSizes s = sizes(call.attrs, call.inputs[0].shape);
    visit_dtype(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      const auto y = call.out<T>();
      std::fill_n(y.data, call.results[0].numel(), T{});
      for_each_tap(s, [&](auto b, auto c, auto row, auto l, auto i, auto j) { y(b, row, l) = x(b, c, i, j); });
    });
  }
  static Grads backward(const BackwardContext& c) {
    const Shape& x = c.input_spec(0).shape;
    return {col2im(c.grad(), {x[2], x[3]}, c.attrs<Attrs>())};
  }
  static std::vector<Sample> samples() {
    auto of = [](WindowAttrs a) { return percept::Attrs::of(a); };
    const SampleInput square{.shape = {1, 1, 3, 3}};  // 0..8
    return {
        {.attrs = of({.kernel_size = 2}),
         .inputs = {square},
         .expect = {0, 1, 3, 4, 1, 2, 4, 5, 3, 4, 6, 7, 4, 5, 7, 8}},
        {.attrs = of({.kernel_size = {1, 2}, .stride = {2, 1}}),
         .inputs = {square},
         .expect = {0, 1, 6, 7, 1, 2, 7, 8}},
        {.attrs = of({.kernel_size = 2, .stride = 3, .padding = 1}),  // corners
         .inputs = {square},
         .expect = {0, 0, 0, 8, 0, 0, 6, 0, 0, 2, 0, 0, 0, 0, 0, 0}},
        {.attrs = of({.kernel_size = 2, .dilation = 2}), .inputs = {square}, .expect = {0, 2, 6, 8}},
        {.attrs = of({.kernel_size = {2, 3}, .stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}}),
         .inputs = {{.shape = {2, 3, 4, 5}}}},
        {.attrs = of({.kernel_size = 3, .padding = 1}), .inputs = {{.shape = {2, 2, 3, 3}}}},
        {.attrs = of({.kernel_size = 2}), .inputs = {{.shape = {0, 1, 3, 3}}}},
        {.attrs = of({.kernel_size = 4}), .inputs = {square}, .error = "im2col: the output would be empty"},
        {.attrs = of({.kernel_size = 0}), .inputs = {square}, .error = "im2col: kernel size is [0, 0]"},
        {.attrs = of({.kernel_size = 2, .stride = {1, 0}}), .inputs = {square}, .error = "stride is [1, 0]"},
        {.attrs = of({.kernel_size = 2, .padding = -1}), .inputs = {square}, .error = "padding is [-1, -1]"},
        {.attrs = of({.kernel_size = 2, .dilation = std::int64_t{1} << 40}),
         .inputs = {square},
         .error = "dilation is"},
        {.attrs = of({.kernel_size = 2, .padding = std::int64_t{1} << 30}), .inputs = {square}, .error = "too many"},
        {.attrs = of({.kernel_size = 2}), .inputs = {{.shape = {3, 3}}}, .error = "im2col: x is [3, 3], of rank 2"},
        {.attrs = of({.kernel_size = 2}), .inputs = {{.shape = {1, 0, 3, 3}}}, .error = "images without elements"},
    };
  }
};

struct Col2im {
  using Attrs = Col2imAttrs;
  static constexpr int arity = 1, batch_axis = 0;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "col2im";
  static constexpr std::string_view doc =
      "Images from the columns that im2col makes, overlapping windows added up: its gradient. x: [B, C kh kw, H' W'],\n"
      "floating. Result: [B, C, output_size], row-major. Errors: rank other than 3, sizes that im2col would not give\n"
      "for output_size. Source: PyTorch's fold.";

  static Im2colSizes sizes(const percept::Attrs& attrs, const Shape& x) {
    const auto& a = attrs.as<Attrs>();
    if (x.rank() != 3)
      throw ShapeError("col2im: x is " + str(x) + ", of rank " + std::to_string(x.rank()),
                       "columns are [batch, channels * kernel height * kernel width, windows]");
    const std::int64_t image = checked_mul(a.output_size.h, a.output_size.w);
    if (a.output_size.h < 1 || a.output_size.w < 1)
      throw ValueError(
          "col2im: output_size is [" + std::to_string(a.output_size.h) + ", " + std::to_string(a.output_size.w) + "]",
          "use sizes of at least 1");
    Im2colSizes s = im2col_sizes("col2im", x[0], 1, a.output_size, a.window);
    s.channels = x[1] / taps(s);
    if (s.channels < 1 || matrix_shape(s) != x)
      throw ShapeError("col2im: x is " + str(x) + " for images of " + std::to_string(image) + " pixels",
                       "im2col gives [B, C * " + std::to_string(taps(s)) + ", " +
                           std::to_string(s.windows.h * s.windows.w) + "], C at least 1");
    return s;
  }
  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const Im2colSizes s = sizes(attrs, in[0].shape);
    check_floating("col2im", "x", in[0].dtype);
    return {contiguous_spec(in[0].dtype, {s.batch, s.channels, s.image.h, s.image.w}, in[0].device)};
  }
  static void forward(const Call& call) {
    const Im2colSizes s = sizes(call.attrs, call.inputs[0].shape);
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const auto x = call.in<T>(0);
      std::vector<double> y(static_cast<std::size_t>(call.results[0].numel()));
      for_each_tap(s, [&](auto b, auto c, auto row, auto l, auto i, auto j) {
        y[static_cast<std::size_t>(((b * s.channels + c) * s.image.h + i) * s.image.w + j)] +=
            static_cast<double>(x(b, row, l));
      });
      for (std::size_t i = 0; i < y.size(); ++i) call.buffers.out<T>(0)[i] = rounded_to<T>(y[i]);
    });
  }
  static Grads backward(const BackwardContext& c) { return {im2col(c.grad(), c.attrs<Attrs>().window)}; }
  static std::vector<Sample> samples() {
    auto of = [](Size2 size, WindowAttrs a) { return percept::Attrs::of(Attrs{a, size}); };
    const SampleInput four{.shape = {1, 4, 4}};  // 0..15
    return {
        {.attrs = of(3, {.kernel_size = 2}), .inputs = {four}, .expect = {0, 5, 5, 10, 30, 20, 10, 25, 15}},
        {.attrs = of(2, {.kernel_size = 2, .stride = 2}), .inputs = {{.shape = {1, 4, 1}}}, .expect = {0, 1, 2, 3}},
        {.attrs = of(3, {.kernel_size = 2, .stride = 3, .padding = 1}),
         .inputs = {four},
         .expect = {12, 0, 9, 0, 0, 0, 6, 0, 3}},
        {.attrs = of({4, 5}, {.kernel_size = {2, 3}, .stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}}),
         .inputs = {{.shape = {2, 12, 15}}}},
        {.attrs = of(3, {.kernel_size = 3, .padding = 1}), .inputs = {{.shape = {1, 18, 9}}}},
        {.attrs = of(3, {.kernel_size = 2}), .inputs = {{.shape = {0, 4, 4}}}},
        {.attrs = of(3, {.kernel_size = 2}), .inputs = {{.shape = {1, 5, 4}}}, .error = "col2im: x is [1, 5, 4]"},
        {.attrs = of(4, {.kernel_size = 2}), .inputs = {four}, .error = "im2col gives [B, C * 4, 9]"},
        {.attrs = of(3, {.kernel_size = 2}), .inputs = {{.shape = {4, 4}}}, .error = "col2im: x is [4, 4], of rank 2"},
        {.attrs = of({3, 0}, {.kernel_size = 2}), .inputs = {four}, .error = "output_size is [3, 0]"},
        {.attrs = of(-3, {.kernel_size = 2}), .inputs = {four}, .error = "output_size is [-3, -3]"},
        {.attrs = of(std::int64_t{1} << 40, {.kernel_size = 2}), .inputs = {four}, .error = "size overflow"},
        {.attrs = of(3, {.kernel_size = {2, -1}}), .inputs = {four}, .error = "col2im: kernel size is [2, -1]"},
        {.attrs = of(3, {.kernel_size = 2}),
         .inputs = {{.shape = {1, 4, 4}, .dtype = DType::i64}},
         .error = "col2im: x is i64"},
    };
  }
};

}  // namespace

Im2colSizes im2col_sizes(const char* who, std::int64_t batch, std::int64_t channels, Size2 image,
                         const WindowAttrs& a) {
  const WindowSizes windows = window_sizes(who, image, a.kernel_size, a.stride, a.dilation, a.padding);
  return {.batch = batch,
          .channels = channels,
          .image = image,
          .kernel = a.kernel_size,
          .stride = a.stride,
          .dilation = a.dilation,
          .windows = windows.output,
          .top = windows.pads.top,
          .left = windows.pads.left};
}

Tensor im2col(Arg x, const WindowAttrs& attrs) { return apply_one<Im2col>(attrs, {x.tensor()}, x.site()); }
Tensor col2im(Arg x, Size2 output_size, const WindowAttrs& attrs) {
  return apply_one<Col2im>({attrs, output_size}, {x.tensor()}, x.site());
}

std::vector<const Op*> ops_im2col() { return {&op_of<Im2col>(), &op_of<Col2im>()}; }

}  // namespace percept
