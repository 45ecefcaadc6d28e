// where.cpp - choosing between two tensors, element by element.
#include "percept/ops/pointwise/rows.h"

namespace percept {
namespace {

struct Where {
  struct Attrs {};
  static constexpr std::string_view name = "where";
  static constexpr std::string_view doc =
      "y_i = a_i where condition_i, else b_i. condition: bool; a and b of one dtype; the three shapes broadcast.\n"
      "No gradient flows to the condition, and none to the value not chosen.";
  static constexpr int arity = 3;
  static constexpr OpClass op_class = OpClass::pointwise;
  static constexpr std::uint32_t saves_inputs = 1;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) {
    if (in[0].dtype != DType::boolean)
      throw DTypeError("where: the condition is " + std::string(name_of(in[0].dtype)),
                       "compare it, e.g. x > 0: it must be bool");
    if (in[1].dtype != in[2].dtype)
      throw DTypeError(
          "where: a is " + std::string(name_of(in[1].dtype)) + ", b is " + std::string(name_of(in[2].dtype)),
          "cast both to one dtype");
    const Spec shaped = pointwise_result(in, in[1].dtype, "where");
    return {shaped};
  }
  static PointwiseProgram program(const percept::Attrs&, Specs in) {
    return single_row(Row::where, {in[0].dtype, in[1].dtype, in[2].dtype}, in[1].dtype);
  }
  static Grads backward(const BackwardContext& c) {
    const Tensor zero = zeros({}, c.grad().dtype());
    Grads grads(3);
    if (c.needs(1)) grads[1] = unbroadcast(where(c.input(0), c.grad(), zero), c.input_spec(1).shape);
    if (c.needs(2)) grads[2] = unbroadcast(where(c.input(0), zero, c.grad()), c.input_spec(2).shape);
    return grads;
  }
  static std::vector<Sample> samples() {
    const SampleInput yes_no{{3}, {1, 0, 1}, DType::boolean};
    return {{.inputs = {yes_no, {{3}, {1, 2, 3}}, {{3}, {4, 5, 6}}}, .expect = {1, 5, 3}},
            {.inputs = {yes_no, {{2, 3}}, {{}}}},
            {.inputs = {{{0}, {}, DType::boolean}, {{0}}, {{1}}}},
            {.inputs = {{{3}}, {{3}}, {{3}}}, .error = "the condition is"}};
  }
};

struct Cast {
  struct Attrs {
    int dtype = 0;  // DType as a number: fields of attrs are plain
  };
  static constexpr std::string_view name = "cast";
  static constexpr std::string_view doc =
      "x in another dtype. Floats are rounded to nearest even; floats to integers are cut towards 0 (NaN gives 0, "
      "values\n"
      "out of range the nearest for i64 and wrap below it); anything but 0 is true. The gradient is cast back.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::pointwise;
  static constexpr int batch_axis = 0;
  static constexpr bool twice = true;

  static DType target(const percept::Attrs& attrs) { return static_cast<DType>(attrs.as<Attrs>().dtype); }
  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    return {pointwise_result(in, target(attrs), "cast")};
  }
  static PointwiseProgram program(const percept::Attrs& attrs, Specs in) {
    return single_row(Row::cast, {in[0].dtype}, target(attrs));
  }
  static Grads backward(const BackwardContext& c) { return {cast(c.grad(), c.input_spec(0).dtype)}; }
  static std::vector<Sample> samples() {
    auto to = [](DType dtype) { return percept::Attrs::of(Attrs{static_cast<int>(dtype)}); };
    return {{.attrs = to(DType::i64), .inputs = {{{3}, {1.9, -1.9, 0.5}}}, .expect = {1, -1, 0}},
            {.attrs = to(DType::boolean), .inputs = {{{2}, {0, 0.5}}}, .expect = {0, 1}},
            {.attrs = to(DType::f32), .inputs = {{{3}, {0, 128, 255}, DType::u8}}, .expect = {0, 128, 255}},
            {.attrs = to(DType::bf16),
             .inputs = {{{2}, {1.00390625, 1.01171875}}},
             .expect = {1, 1.015625}},  // ties to even
            {.attrs = to(DType::f16),
             .inputs = {{{2}, {65504, 1e6}}},
             .expect = {65504, std::numeric_limits<double>::infinity()}},
            {.attrs = to(DType::f64), .inputs = {{{2, 3}}}},
            {.attrs = to(DType::f32), .inputs = {{{0, 3}, {}, DType::u8}}}};
  }
};

}  // namespace

Tensor where(Arg condition, Arg a, Arg b) {
  DType dtype;
  if (a.is_number() && b.is_number())
    dtype = promote(a.tensor().dtype(), b.tensor().dtype());
  else if (a.is_number())
    dtype = promote_with_number(b.tensor().dtype(), a.number().floating);
  else if (b.is_number())
    dtype = promote_with_number(a.tensor().dtype(), b.number().floating);
  else
    dtype = promote(a.tensor().dtype(), b.tensor().dtype());
  const CallSite site = condition.site();
  auto ready = [&](const Arg& x) { return cast(Arg(x.tensor(dtype), site.file, site.line), dtype); };
  return apply_one<Where>({}, {condition.tensor(), ready(a), ready(b)}, site);
}

Tensor cast(Arg x, DType dtype) {
  Tensor input = x.tensor(dtype);
  if (input.defined() && input.dtype() == dtype) return input;
  return apply_one<Cast>({static_cast<int>(dtype)}, {input}, x.site());
}

std::vector<const Op*> ops_where() { return {&op_of<Where>(), &op_of<Cast>()}; }

}  // namespace percept
