// matmul.cpp - the product of two matrices, and the linear layer's function composed of it.
#include "percept/ops/linalg/matmul.h"

#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct Matmul {
  using Attrs = MatmulAttrs;
  static constexpr std::string_view name = "matmul";
  static constexpr std::string_view doc =
      "y = a b: y_mn = sum_k a_mk b_kn. a [M, K], b [K, N], floating and of one dtype -> y [M, N].\n"
      "A row of y does not depend, to the bit, on how many rows a has.";
  static constexpr int arity = 2;
  static constexpr int batch_axis = 0;
  static constexpr std::uint32_t saves_inputs = 3;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) {
    const Spec &a = in[0], &b = in[1];
    if (a.rank() != 2 || b.rank() != 2)
      throw ShapeError("matmul: a is " + str(a.shape) + ", b is " + str(b.shape), "both must have rank 2");
    if (a.shape[1] != b.shape[0])
      throw ShapeError("matmul: inner sizes differ: a is " + str(a.shape) + ", b is " + str(b.shape),
                       "a's last size must equal b's first; did you mean transpose(b)?");
    if (a.dtype != b.dtype || !is_floating(a.dtype))
      throw DTypeError("matmul: a is " + std::string(name_of(a.dtype)) + ", b is " + std::string(name_of(b.dtype)),
                       "both must have the same floating dtype; cast one of them");
    return {contiguous_spec(a.dtype, {a.shape[0], b.shape[1]}, a.device)};
  }
  static void forward(const Call& call) {
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      const View<const T> a = call.in<T>(0), b = call.in<T>(1);
      const View<T> y = call.out<T>();
      for (std::int64_t m = 0; m < y.size(0); ++m)
        for (std::int64_t n = 0; n < y.size(1); ++n) {
          double total = 0;
          for (std::int64_t k = 0; k < a.size(1); ++k)
            total += static_cast<double>(a(m, k)) * static_cast<double>(b(k, n));
          y(m, n) = rounded_to<T>(total);
        }
    });
  }
  // da = dy b^T, db = a^T dy. A gradient is made in its operand's own memory order, as the transpose of the
  // transposed product where that is columns first: a Linear's weight then needs no copy before its update.
  static Grads backward(const BackwardContext& c) {
    Grads grads(2);
    const Tensor dy = c.grad();
    auto columns_first = [&](std::size_t i) {
      return c.input_spec(i).strides[0] == 1 && c.input_spec(i).strides[1] != 1;
    };
    if (c.needs(0))
      grads[0] = columns_first(0) ? transpose(matmul(c.input(1), transpose(dy))) : matmul(dy, transpose(c.input(1)));
    if (c.needs(1))
      grads[1] = columns_first(1) ? transpose(matmul(transpose(dy), c.input(0))) : matmul(transpose(c.input(0)), dy);
    return grads;
  }
  static std::vector<Sample> samples() {
    return {{.inputs = {{{2, 3}}, {{3, 2}}}, .expect = {10, 13, 28, 40}},  // 0*0+1*2+2*4 = 10, ...
            {.inputs = {{{1, 1}, {3}}, {{1, 1}, {-2}}}, .expect = {-6}},
            {.inputs = {{{2, 0}}, {{0, 3}}}, .expect = {0, 0, 0, 0, 0, 0}},
            {.inputs = {{{0, 2}}, {{2, 3}}}},
            {.inputs = {{{3, 5}}, {{5, 4}}}},
            {.inputs = {{{2, 33}}, {{33, 3}}}},
            {.inputs = {{{2, 3}}, {{2, 4}}}, .error = "inner sizes differ: a is [2, 3], b is [2, 4]"},
            {.inputs = {{{3}}, {{3, 4}}}, .error = "both must have rank 2"},
            {.inputs = {{{2, 3}, {}, DType::i64}, {{3, 2}, {}, DType::i64}}, .error = "same floating dtype"}};
  }
};

struct Linear {
  struct Attrs {};
  static constexpr std::string_view name = "linear";
  static constexpr std::string_view doc =
      "y = x weight^T + bias. x [B, in_features], weight [out_features, in_features], bias [out_features] (optional)\n"
      "-> y [B, out_features].";
  static constexpr int min_arity = 2;
  static constexpr int arity = 3;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr int batch_axis = 0;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs&, const std::vector<Tensor>& in) {
    const Tensor &x = in[0], &weight = in[1];
    if (x.rank() != 2 || weight.rank() != 2 || x.shape()[1] != weight.shape()[1])
      throw ShapeError("linear: x is " + str(x.shape()) + ", weight is " + str(weight.shape()),
                       "x must be [B, in_features] and weight [out_features, in_features]" +
                           std::string(x.rank() > 2 ? "; flatten x first" : ""));
    const Tensor product = matmul(x, transpose(weight));
    if (in.size() < 3) return {product};
    if (in[2].shape() != Shape{weight.shape()[0]})
      throw ShapeError("linear: bias is " + str(in[2].shape()) + ", weight is " + str(weight.shape()),
                       "bias must be [out_features]");
    return {product + in[2]};
  }
  static std::vector<Sample> samples() {
    return {{.inputs = {{{1, 2}, {1, 2}}, {{2, 2}, {1, 0, 3, 4}}, {{2}, {10, 20}}}, .expect = {11, 31}},
            {.inputs = {{{3, 4}}, {{2, 4}}, {{2}}}},
            {.inputs = {{{3, 4}}, {{2, 4}}}},
            {.inputs = {{{3, 4}}, {{4, 2}}}, .error = "linear: x is [3, 4], weight is [4, 2]"},
            {.inputs = {{{3, 4}}, {{2, 4}}, {{3}}}, .error = "bias must be"}};
  }
};

}  // namespace

Tensor matmul(Arg a, Arg b) { return apply_one<Matmul>({}, {a.tensor(), b.tensor()}, a.site()); }

Tensor linear(Arg x, Arg weight, std::optional<Arg> bias) {
  std::vector<Tensor> inputs = {x.tensor(), weight.tensor()};
  if (bias) inputs.push_back(bias->tensor());
  return apply_one<Linear>({}, std::move(inputs), x.site());
}

std::vector<const Op*> ops_matmul() { return {&op_of<Matmul>(), &op_of<Linear>()}; }

}  // namespace percept
