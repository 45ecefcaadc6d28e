// matmul.cpp - products of matrices, one by one or in batches, and the linear layer's function composed of them.
#include "percept/ops/linalg/matmul.h"

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/pointwise/rows.h"
#include "percept/ops/products.h"

namespace percept {
namespace {

// Of gradients: the precision is the call's, not the scope's.
Tensor product(const Tensor& a, const Tensor& b, ProductPrecision precision);

struct Matmul {
  using Attrs = MatmulAttrs;
  static constexpr std::string_view name = "matmul";
  static constexpr std::string_view doc =
      "y = a b: y_mn = sum_k a_mk b_kn. a [..., M, K], b [..., K, N], floating and of one dtype -> y [..., M, N].\n"
      "Leading axes broadcast. A vector a [K] is a row, a vector b [K] a column, whose axis the result then lacks:\n"
      "[K] x [K] has rank 0. K = 0 gives zeros. Result row-major.\n"
      "A row of y does not depend, to the bit, on how many rows a has or how many matrices share the call.\n"
      "Errors: rank 0, inner sizes that differ, leading axes that do not broadcast, integers, two dtypes; precision "
      "bf16\n"
      "(core/precision.h) where the processor has none.\n"
      "Source: PyTorch's matmul.";
  static constexpr int arity = 2;
  static constexpr int batch_axis = 0;
  static constexpr std::uint32_t saves_inputs = 3;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const Spec &a = in[0], &b = in[1];
    const std::string shapes = "a is " + str(a.shape) + ", b is " + str(b.shape);
    if (a.rank() == 0 || b.rank() == 0)
      throw ShapeError("matmul: " + shapes, "both must have rank 1 or more; multiply by a number with *");
    if (a.shape.back() != b.shape[b.rank() == 1 ? 0 : b.shape.size() - 2])
      throw ShapeError("matmul: inner sizes differ: " + shapes,
                       b.rank() == 1 ? "a's last size must equal b's"
                                     : "a's last size must equal b's last but one; did you mean transpose(b)?");
    if (a.dtype != b.dtype || !is_floating(a.dtype))
      throw DTypeError("matmul: a is " + std::string(name_of(a.dtype)) + ", b is " + std::string(name_of(b.dtype)),
                       "both must have the same floating dtype; cast one of them");
    check_precision("matmul", attrs.as<Attrs>().precision, a);
    return {contiguous_spec(a.dtype, result_shape(a.shape, b.shape), a.device)};
  }
  static Shape result_shape(Shape a, Shape b) {
    const std::int64_t m = a.rank() > 1 ? a[a.size() - 2] : -1, n = b.rank() > 1 ? b.back() : -1;
    for (Shape* shape : {&a, &b})
      for (int last = 0; last < 2 && !shape->empty(); ++last) shape->erase(shape->size() - 1);
    Shape shape = broadcast(a, b, "matmul: leading axes");
    if (m >= 0) shape.push_back(m);
    if (n >= 0) shape.push_back(n);
    return shape;
  }
  static std::string_view choose(const percept::Attrs& attrs, Specs in) {
    const ProductPrecision precision = precision_for(attrs.as<Attrs>().precision, in[0]);
    return precision == ProductPrecision::f32 ? "f32" : precision == ProductPrecision::bf16 ? "bf16" : "rounded";
  }
  static double flops(const percept::Attrs&, Specs in, Specs out) {
    return 2.0 * static_cast<double>(out[0].numel()) * static_cast<double>(in[0].shape.back());
  }
  static void forward(const Call& call) {
    const MatmulSizes s = matmul_sizes(call.inputs[0], call.inputs[1]);
    const ProductPrecision precision = call.attrs.as<Attrs>().precision;
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      T* y = call.buffers.out<T>(0);
      for (std::int64_t i = 0; i < s.matrices; ++i) {
        const auto [at_a, at_b] = s.place(i);
        for (std::int64_t m = 0; m < s.m; ++m)
          for (std::int64_t n = 0; n < s.n; ++n) {
            const T* a = call.buffers.in<T>(0) + at_a + m * s.a[0];
            const T* b = call.buffers.in<T>(1) + at_b + n * s.b[1];
            double total = 0;
            for (std::int64_t k = 0; k < s.k; ++k)
              total += operand(a[k * s.a[1]], precision) * operand(b[k * s.b[0]], precision);
            *y++ = rounded_to<T>(total);
          }
      }
    });
  }
  static Grads backward(const BackwardContext& c) {
    return c.input_spec(0).rank() == 2 && c.input_spec(1).rank() == 2 ? matrix_grads(c) : batch_grads(c);
  }
  // da = dy b^T, db = a^T dy. A gradient is made in its operand's own memory order, as the transpose of the
  // transposed product where that is columns first: a Linear's weight then needs no copy before its update.
  static Grads matrix_grads(const BackwardContext& c) {
    Grads grads(2);
    const Tensor dy = c.grad();
    const ProductPrecision p = c.attrs<Attrs>().precision;
    auto columns_first = [&](std::size_t i) {
      return c.input_spec(i).strides[0] == 1 && c.input_spec(i).strides[1] != 1;
    };
    if (c.needs(0))
      grads[0] =
          columns_first(0) ? transpose(product(c.input(1), transpose(dy), p)) : product(dy, transpose(c.input(1)), p);
    if (c.needs(1))
      grads[1] =
          columns_first(1) ? transpose(product(transpose(dy), c.input(0), p)) : product(transpose(c.input(0)), dy, p);
    return grads;
  }
  // The same with vectors as matrices and leading axes; those that an operand was repeated along are summed.
  static Grads batch_grads(const BackwardContext& c) {
    const Shape &a_shape = c.input_spec(0).shape, &b_shape = c.input_spec(1).shape;
    const Tensor a = a_shape.rank() == 1 ? unsqueeze(c.input(0), 0) : c.input(0);
    const Tensor b = b_shape.rank() == 1 ? unsqueeze(c.input(1), 1) : c.input(1);
    Tensor dy = c.grad();
    const ProductPrecision p = c.attrs<Attrs>().precision;
    if (b_shape.rank() == 1) dy = unsqueeze(dy, -1);
    if (a_shape.rank() == 1) dy = unsqueeze(dy, -2);
    Grads grads(2);
    if (c.needs(0)) grads[0] = reshape(unbroadcast(product(dy, transpose(b), p), a.shape()), a_shape);
    if (c.needs(1) && b.rank() == 2)  // one b for all: the sum over matrices is part of the product
      grads[1] = reshape(product(transpose(rows_of(a)), rows_of(dy), p), b_shape);
    else if (c.needs(1))
      grads[1] = reshape(unbroadcast(product(transpose(a), dy, p), b.shape()), b_shape);
    return grads;
  }
  // [..., M, N] -> [... M, N], written out: -1 says nothing beside a size of 0.
  static Tensor rows_of(const Tensor& x) {
    std::int64_t rows = 1;
    for (std::size_t i = 0; i + 1 < x.shape().size(); ++i) rows = checked_mul(rows, x.shape()[i]);
    return reshape(x, {rows, x.shape().back()});
  }
  static std::vector<Sample> samples() {
    const auto exact = percept::Attrs::of(Attrs{}), below = percept::Attrs::of(Attrs{sample_precision()}),
               rounded = percept::Attrs::of(Attrs{ProductPrecision::bf16_rounded});
    return {{.attrs = exact, .inputs = {{{2, 3}}, {{3, 2}}}, .expect = {10, 13, 28, 40}},  // 0*0+1*2+2*4 = 10, ...
            {.attrs = exact, .inputs = {{{1, 1}, {3}}, {{1, 1}, {-2}}}, .expect = {-6}},
            {.attrs = exact, .inputs = {{{2, 0}}, {{0, 3}}}, .expect = {0, 0, 0, 0, 0, 0}},
            {.attrs = exact, .inputs = {{{3}}, {{3}}}, .expect = {5}},                  // 0 + 1 + 4
            {.attrs = exact, .inputs = {{{3}}, {{3, 2}}}, .expect = {10, 13}},          // 1*2 + 2*4, 1*3 + 2*5
            {.attrs = exact, .inputs = {{{2, 3}}, {{3}}}, .expect = {5, 14}},           // 3*0 + 4*1 + 5*2
            {.attrs = exact, .inputs = {{{2, 1, 2}}, {{2, 2, 1}}}, .expect = {1, 13}},  // 0*0 + 1*1, 2*2 + 3*3
            {.attrs = exact, .inputs = {{{2, 1, 2}}, {{2, 2}}}, .expect = {2, 3, 6, 11}},
            {.attrs = exact, .inputs = {{{2, 2, 0}}, {{0, 1}}}, .expect = {0, 0, 0, 0}},
            {.attrs = exact, .inputs = {{{0}}, {{0}}}, .expect = {0}},
            {.attrs = exact, .inputs = {{{0, 2}}, {{2, 3}}}},
            {.attrs = exact, .inputs = {{{3, 5}}, {{5, 4}}}},
            {.attrs = exact, .inputs = {{{2, 33}}, {{33, 3}}}},
            {.attrs = exact, .inputs = {{{3, 4, 5}}, {{3, 5, 2}}}},
            {.attrs = exact, .inputs = {{{2, 1, 4, 3}}, {{3, 3, 2}}}},  // [2, 3] matrices
            {.attrs = exact, .inputs = {{{2, 3}}, {{4, 3, 2}}}},
            {.attrs = exact, .inputs = {{{2, 2, 3}}, {{3, 4}}}},
            {.attrs = exact, .inputs = {{{3}}, {{2, 3, 2}}}},
            {.attrs = exact, .inputs = {{{2, 3, 4}}, {{4}}}},
            {.attrs = exact, .inputs = {{{5}}, {{5}}}},
            {.attrs = exact, .inputs = {{{0, 2, 3}}, {{3, 2}}}},
            {.attrs = below,  // 8 bits: 257 is between 256 and 258, and 259 to 260
             .inputs = {{{1, 2}, {257, 259}, DType::f32}, {{2, 1}, {1, 1}, DType::f32}},
             .expect = {516}},
            {.attrs = below, .inputs = {{{3, 37}}, {{37, 4}}}},
            {.attrs = below, .inputs = {{{2, 3, 5}}, {{2, 5, 4}}}},
            {.attrs = rounded, .inputs = {{{3, 7}}, {{7, 4}}}},
            {.attrs = exact, .inputs = {{{2, 3}}, {{2, 4}}}, .error = "inner sizes differ: a is [2, 3], b is [2, 4]"},
            {.attrs = exact, .inputs = {{{3}}, {{4, 3}}}, .error = "inner sizes differ: a is [3], b is [4, 3]"},
            {.attrs = exact, .inputs = {{{2, 3}}, {{2}}}, .error = "a's last size must equal b's"},
            {.attrs = exact, .inputs = {{{}}, {{3, 4}}}, .error = "both must have rank 1 or more"},
            {.attrs = exact,
             .inputs = {{{2, 2, 3}}, {{3, 3, 2}}},
             .error = "matmul: leading axes: shapes [2] and [3] do not broadcast"},
            {.attrs = exact,
             .inputs = {{{2, 3}, {}, DType::i64}, {{3, 2}, {}, DType::i64}},
             .error = "same floating dtype"},
            {.attrs = exact,
             .inputs = {{{2, 3}, {}, DType::f32}, {{3, 2}, {}, DType::f16}},
             .error = "same floating dtype"}};
  }
};

struct Outer {
  struct Attrs {};
  static constexpr std::string_view name = "outer";
  static constexpr std::string_view doc =
      "y_mn = a_m b_n. a [M], b [N] -> y [M, N]; dtypes promote as in PyTorch. Errors: other ranks. Composed.";
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr int batch_axis = 0;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs&, const std::vector<Tensor>& in) {
    if (in[0].rank() != 1 || in[1].rank() != 1)
      throw ShapeError("outer: a is " + str(in[0].shape()) + ", b is " + str(in[1].shape()),
                       "both must be vectors; flatten them first");
    return {unsqueeze(in[0], 1) * unsqueeze(in[1], 0)};
  }
  static std::vector<Sample> samples() {
    return {{.inputs = {{{2}, {2, 3}}, {{3}, {1, 0, -1}}}, .expect = {2, 0, -2, 3, 0, -3}},
            {.inputs = {{{3}}, {{4}}}},
            {.inputs = {{{0}}, {{4}}}},
            {.inputs = {{{3, 1}}, {{4}}}, .error = "outer: a is [3, 1], b is [4]"},
            {.inputs = {{{3}}, {{}}}, .error = "both must be vectors"}};
  }
};

struct Linear {
  struct Attrs {};
  static constexpr std::string_view name = "linear";
  static constexpr std::string_view doc =
      "y = x weight^T + bias. x [..., in_features], weight [out_features, in_features], bias [out_features] "
      "(optional)\n"
      "-> y [..., out_features].";
  static constexpr int min_arity = 2;
  static constexpr int arity = 3;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr int batch_axis = 0;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs&, const std::vector<Tensor>& in) {
    const Tensor &x = in[0], &weight = in[1];
    if (x.rank() < 1 || weight.rank() != 2 || x.shape().back() != weight.shape()[1])
      throw ShapeError("linear: x is " + str(x.shape()) + ", weight is " + str(weight.shape()),
                       "x must be [..., in_features] and weight [out_features, in_features]" +
                           std::string(x.rank() > 2 ? "; flatten x first" : ""));
    if (in.size() == 3 && in[2].shape() != Shape{weight.shape()[0]})
      throw ShapeError("linear: bias is " + str(in[2].shape()) + ", weight is " + str(weight.shape()),
                       "bias must be [out_features]");
    // As one matrix: weight's gradient then comes in its own order, without a copy.
    Tensor y = matmul(x.rank() == 2 ? x : Matmul::rows_of(x), transpose(weight));
    if (in.size() == 3) y = y + in[2];
    if (x.rank() == 2) return {y};
    Shape shape = x.shape();
    shape[shape.size() - 1] = weight.shape()[0];
    return {reshape(y, shape)};
  }
  static std::vector<Sample> samples() {
    return {{.inputs = {{{1, 2}, {1, 2}}, {{2, 2}, {1, 0, 3, 4}}, {{2}, {10, 20}}}, .expect = {11, 31}},
            {.inputs = {{{3, 4}}, {{2, 4}}, {{2}}}},
            {.inputs = {{{3, 4}}, {{2, 4}}}},
            {.inputs = {{{2}, {1, 2}}, {{2, 2}, {1, 0, 3, 4}}}, .expect = {1, 11}},
            {.inputs = {{{2, 3, 4}}, {{2, 4}}, {{2}}}},
            {.inputs = {{{2, 0, 4}}, {{2, 4}}, {{2}}}},
            {.inputs = {{{}}, {{4, 2}}}, .error = "linear: x is []"},
            {.inputs = {{{2, 3, 4}}, {{4, 2}}}, .error = "flatten x first"},
            {.inputs = {{{3, 4}}, {{4, 2}}}, .error = "linear: x is [3, 4], weight is [4, 2]"},
            {.inputs = {{{3, 4}}, {{2, 4}}, {{3}}}, .error = "bias must be"}};
  }
};

Tensor product(const Tensor& a, const Tensor& b, ProductPrecision precision) {
  return apply_one<Matmul>({precision}, {a, b}, {});
}

}  // namespace

Tensor matmul(Arg a, Arg b) { return apply_one<Matmul>({product_precision()}, {a.tensor(), b.tensor()}, a.site()); }

Tensor outer(Arg a, Arg b) { return apply_one<Outer>({}, {a.tensor(), b.tensor()}, a.site()); }

Tensor linear(Arg x, Arg weight, std::optional<Arg> bias) {
  std::vector<Tensor> inputs = {x.tensor(), weight.tensor()};
  if (bias) inputs.push_back(bias->tensor());
  return apply_one<Linear>({}, std::move(inputs), x.site());
}

std::vector<const Op*> ops_matmul() { return {&op_of<Matmul>(), &op_of<Outer>(), &op_of<Linear>()}; }

}  // namespace percept
