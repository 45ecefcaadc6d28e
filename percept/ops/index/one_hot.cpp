// one_hot.cpp - class numbers as rows with a single one.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/index/index.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct OneHot {
  using Attrs = OneHotAttrs;
  static constexpr int arity = 1;
  static constexpr std::string_view no_gradient = "labels are whole numbers";
  static constexpr std::string_view name = "one_hot";
  static constexpr std::string_view doc =
      "y[..., k] = 1 where labels[...] is k, else 0.\n"
      "labels: any shape, u8, i32 or i64. Result: [..., classes] of `dtype` (f32 unless said), row-major.\n"
      "Errors: classes below 1, labels that are no integers; in every build, a label outside 0..classes-1: its value,\n"
      "place and the range are named.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    check_index_dtype("one_hot", "labels", in[0].dtype);
    if (a.classes < 1) throw ValueError("one_hot: classes is " + std::to_string(a.classes), "use at least 1");
    Shape shape = in[0].shape;
    shape.push_back(a.classes);
    return {contiguous_spec(a.dtype, std::move(shape), in[0].device)};
  }

  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const std::int64_t count = call.inputs[0].numel();
    visit_dtype(call.inputs[0].dtype, [&]<class I>(I) {
      const auto labels = call.in<I>(0);
      visit_dtype(a.dtype, [&]<class T>(T) {
        T* row = call.buffers.out<T>(0);
        for (std::int64_t position = 0; position < count; ++position, row += a.classes) {
          const auto label = static_cast<std::int64_t>(labels.flat(position));
          for (std::int64_t k = 0; k < a.classes; ++k) row[k] = static_cast<T>(k == label ? 1.0f : 0.0f);
          if (label < 0 || label >= a.classes)
            report_index(call.buffers, "one_hot", label, position, call.inputs[0].shape, a.classes);
        }
      });
    });
  }

  static std::vector<Sample> samples() {
    const auto of = [](std::int64_t classes, DType dtype = DType::f32) {
      return percept::Attrs::of(Attrs{.classes = classes, .dtype = dtype});
    };
    const SampleInput labels{.shape = {2}, .values = {2, 0}, .dtype = DType::i64};
    return {
        {.attrs = of(3), .inputs = {labels}, .expect = {0, 0, 1, 1, 0, 0}},
        {.attrs = of(4, DType::f64),
         .inputs = {{.shape = {1, 1}, .values = {3}, .dtype = DType::u8}},
         .expect = {0, 0, 0, 1}},
        {.attrs = of(2, DType::boolean),
         .inputs = {{.shape = {}, .values = {1}, .dtype = DType::i32}},
         .expect = {0, 1}},
        {.attrs = of(1, DType::i64),
         .inputs = {{.shape = {2}, .values = {0, 0}, .dtype = DType::u8}},
         .expect = {1, 1}},
        {.attrs = of(3), .inputs = {{.shape = {0}, .dtype = DType::i64}}},
        {.attrs = of(2), .inputs = {labels}, .error = "one_hot: index 2 at [0] is out of range"},
        {.attrs = of(3),
         .inputs = {{.shape = {2, 2}, .values = {0, 1, 2, -5}, .dtype = DType::i32}},
         .error = "index -5 at [1, 1]"},
        {.attrs = of(0), .inputs = {labels}, .error = "one_hot: classes is 0"},
        {.attrs = of(3), .inputs = {{.shape = {2}}}, .error = "one_hot: labels is"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_one_hot() { return {&op_of<OneHot>()}; }

Tensor one_hot(Arg labels, std::int64_t classes, DType dtype) {
  return apply_one<OneHot>({.classes = classes, .dtype = dtype}, {labels.tensor()}, labels.site());
}

}  // namespace percept
