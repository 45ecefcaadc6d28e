// take.cpp - whole rows looked up by index, as embeddings are, and the gradient that adds them up again.

#include "percept/ops/apply.h"
#include "percept/ops/index/each_index.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// f(position in index, index) for every index in range; the others are reported and skipped.
template <class F>
void for_each_row(const Call& call, const char* who, std::size_t index_input, std::int64_t size, F&& f) {
  const Shape& shape = call.inputs[index_input].shape;
  visit_dtype(call.inputs[index_input].dtype, [&]<class I>(I) {
    const auto index = call.in<I>(index_input);
    for (std::int64_t i = 0, count = call.inputs[index_input].numel(); i < count; ++i) {
      const auto value = static_cast<std::int64_t>(index.flat(i));
      if (value < 0 || value >= size)
        report_index(call.buffers, who, value, i, shape, size);
      else
        f(i, value);
    }
  });
}

void take_rows(const Call& call, const char* who, std::size_t x_input, std::size_t index_input, int axis) {
  const TakeSizes s = take_sizes(call.inputs[x_input].shape, call.inputs[index_input].shape, axis);
  visit_dtype(call.inputs[x_input].dtype, [&]<class T>(T) {
    const auto x = call.in<T>(x_input);
    const auto y = call.out<T>();
    for_each_row(call, who, index_input, s.size, [&](std::int64_t to, std::int64_t from) {
      for (std::int64_t o = 0; o < s.outer; ++o)
        for (std::int64_t i = 0; i < s.inner; ++i)
          y.flat((o * s.count + to) * s.inner + i) = x.flat((o * s.size + from) * s.inner + i);
    });
  });
}

// --- take ---

struct Take {
  using Attrs = TakeAttrs;
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 0b10;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "take";
  static constexpr std::string_view doc =
      "The entries of x along `axis` that index names: y[i, p, q, k] = x[i, index[p, q], k] for axis 1 and an index "
      "of\n"
      "rank 2; index's axes stand where `axis` was. x: rank >= 1, any dtype. index: any shape, u8, i32 or i64.\n"
      "Result: dtype of x, row-major. Errors: an axis out of range, an index that is no integer; in every build, an\n"
      "index outside 0..size-1 (negative ones too). Source: NumPy's take, PyTorch's index_select.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const int axis = checked_axis(attrs.as<Attrs>().axis, in[0].rank(), "take");
    check_index_dtype("take", "index", in[1].dtype);
    Shape shape;
    for (int i = 0; i < axis; ++i) shape.push_back(in[0].shape[static_cast<std::size_t>(i)]);
    for (std::int64_t size : in[1].shape) shape.push_back(size);
    for (int i = axis + 1; i < in[0].rank(); ++i) shape.push_back(in[0].shape[static_cast<std::size_t>(i)]);
    return {contiguous_spec(in[0].dtype, shape, in[0].device)};
  }
  static void forward(const Call& call) {
    take_rows(call, "take", 0, 1, checked_axis(call.attrs.as<Attrs>().axis, call.inputs[0].rank(), "take"));
  }
  static Grads backward(const BackwardContext& c) {
    const Shape& x = c.input_spec(0).shape;
    const int axis = checked_axis(c.attrs<Attrs>().axis, x.rank(), "take");
    return {take_grad(c.input(1), c.grad(), axis, x[static_cast<std::size_t>(axis)]), {}};
  }
  static std::vector<Sample> samples() {
    const auto along = [](std::int64_t axis) { return percept::Attrs::of(Attrs{axis}); };
    const SampleInput table{.shape = {3, 2}};  // 0..5
    constexpr double kLowest = -9223372036854775808.0;
    return {
        {.attrs = along(0), .inputs = {table, indices({3}, {2, 0, 2})}, .expect = {4, 5, 0, 1, 4, 5}},
        {.attrs = along(1), .inputs = {table, indices({1}, {1}, DType::u8)}, .expect = {1, 3, 5}},
        {.attrs = along(-1),
         .inputs = {table, indices({2, 1}, {1, 0}, DType::i32)},
         .expect = {1, 0, 3, 2, 5, 4}},  // [3, 2, 1]
        {.attrs = along(0), .inputs = {table, indices({}, {1})}, .expect = {2, 3}},
        {.attrs = along(0), .inputs = {{.shape = {2}, .dtype = DType::i64}, indices({1, 1}, {1})}, .expect = {1}},
        {.attrs = along(1), .inputs = {{.shape = {2, 4, 3}}, indices({2, 3}, {0, 3, 3, 1, 0, 3})}},
        {.attrs = along(0), .inputs = {{.shape = {5, 20}}, indices({4}, {4, 4, 1, 0})}},
        {.attrs = along(0), .inputs = {table, indices({0}, {})}},
        {.attrs = along(0), .inputs = {{.shape = {3, 0}}, indices({2}, {2, 1})}},
        {.attrs = along(0), .inputs = {table, indices({2}, {0, 3})}, .error = "take: index 3 at [1] is out of range"},
        {.attrs = along(0), .inputs = {table, indices({2, 1}, {-1, 3})}, .error = "take: index -1 at [0, 0]"},
        {.attrs = along(0), .inputs = {table, indices({1}, {kLowest})}, .error = "index -9223372036854775808 at [0]"},
        {.attrs = along(0), .inputs = {{.shape = {3, 0}}, indices({1}, {3})}, .error = "take: index 3 at [0]"},
        {.attrs = along(0), .inputs = {{.shape = {0, 2}}, indices({1}, {0})}, .error = "the axis has size 0"},
        {.attrs = along(2), .inputs = {table, indices({1}, {0})}, .error = "take: axis 2 is out of range"},
        {.attrs = along(0), .inputs = {{.shape = {}}, indices({1}, {0})}, .error = "out of range for rank 0"},
        {.attrs = along(0), .inputs = {table, {.shape = {1}}}, .error = "take: index is"},
    };
  }
};

// --- take_grad ---

struct TakeGrad {
  using Attrs = TakeGradAttrs;
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 0b01;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "take_grad";
  static constexpr std::string_view doc =
      "take's gradient: zeros with `size` entries along `axis`, to whose entry index[p, q] values[i, p, q, k] is "
      "added, in\n"
      "row-major order of the index. index: u8, i32 or i64. values: take's result, any dtype but bool; its axes from\n"
      "`axis` on begin with index's. Work is that of zeros and values, whatever the index. Errors: as take's.";

  static Shape result_shape(const Attrs& a, const Shape& index, const Shape& values) {
    const int rank = values.rank() - index.rank() + 1;
    const int axis = checked_axis(a.axis, std::max(rank, 0), "take_grad");
    const auto first = static_cast<std::size_t>(axis);
    for (std::size_t i = 0; i < index.size(); ++i)
      if (values[first + i] != index[i])
        throw ShapeError("take_grad: index is " + str(index) + ", values are " + str(values),
                         "values must have index's axes at axis " + std::to_string(axis));
    Shape shape;
    for (std::size_t i = 0; i < first; ++i) shape.push_back(values[i]);
    shape.push_back(a.size);
    for (std::size_t i = first + index.size(); i < values.size(); ++i) shape.push_back(values[i]);
    return shape;
  }
  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    check_index_dtype("take_grad", "index", in[0].dtype);
    if (in[1].dtype == DType::boolean)
      throw DTypeError("take_grad: values are bool", "booleans do not add; cast them to a number type");
    return {contiguous_spec(in[1].dtype, result_shape(attrs.as<Attrs>(), in[0].shape, in[1].shape), in[1].device)};
  }
  static void forward(const Call& call) {
    const Shape& y_shape = call.results[0].shape;
    const int axis = checked_axis(call.attrs.as<Attrs>().axis, y_shape.rank(), "take_grad");
    const TakeSizes s = take_sizes(y_shape, call.inputs[0].shape, axis);
    visit_dtype(call.inputs[1].dtype, [&]<class T>(T) {
      const auto values = call.in<T>(1);
      std::vector<Accumulator<T>> sums(static_cast<std::size_t>(call.results[0].numel()));
      for_each_row(call, "take_grad", 0, s.size, [&](std::int64_t from, std::int64_t to) {
        for (std::int64_t o = 0; o < s.outer; ++o)
          for (std::int64_t i = 0; i < s.inner; ++i)
            sums[static_cast<std::size_t>((o * s.size + to) * s.inner + i)] +=
                static_cast<Accumulator<T>>(values.flat((o * s.count + from) * s.inner + i));
      });
      T* y = call.buffers.out<T>(0);
      for (std::size_t i = 0; i < sums.size(); ++i) {
        if constexpr (std::is_integral_v<T>)
          y[i] = static_cast<T>(sums[i]);
        else
          y[i] = rounded_to<T>(sums[i]);
      }
    });
  }
  static Grads backward(const BackwardContext& c) {
    return {{}, take(c.grad(), c.input(0), static_cast<int>(c.attrs<Attrs>().axis))};
  }
  static std::vector<Sample> samples() {
    const auto into = [](std::int64_t size, std::int64_t axis) { return percept::Attrs::of(Attrs{axis, size}); };
    const SampleInput three{.shape = {3, 2}, .values = {1, 2, 3, 4, 5, 6}};
    return {
        {.attrs = into(3, 0), .inputs = {indices({3}, {2, 0, 2}), three}, .expect = {3, 4, 0, 0, 6, 8}},
        {.attrs = into(3, 1),
         .inputs = {indices({2}, {2, 2}, DType::u8), {.shape = {1, 2}, .values = {1, 2}}},
         .expect = {0, 0, 3}},
        {.attrs = into(2, 0), .inputs = {indices({}, {1}, DType::i32), {.shape = {2}}}, .expect = {0, 0, 0, 1}},
        {.attrs = into(4, 1), .inputs = {indices({2, 2}, {3, 0, 3, 3}), {.shape = {2, 2, 2, 3}}}},
        {.attrs = into(4, 0), .inputs = {indices({6}, {3, 0, 3, 3, 1, 0}), {.shape = {6, 70}}}},
        {.attrs = into(2, 0), .inputs = {indices({0}, {}), {.shape = {0, 2}}}, .expect = {0, 0, 0, 0}},
        {.attrs = into(0, 0), .inputs = {indices({0}, {}), {.shape = {0, 2}}}},
        {.attrs = into(2, 0), .inputs = {indices({3}, {0, 1, 2}), three}, .error = "take_grad: index 2 at [2]"},
        {.attrs = into(3, 0), .inputs = {indices({2}, {0, 1}), three}, .error = "index is [2], values are [3, 2]"},
        {.attrs = into(-1, 0), .inputs = {indices({3}, {0, 0, 0}), three}, .error = "-1"},
        {.attrs = into(3, 2), .inputs = {indices({3}, {0, 0, 0}), three}, .error = "take_grad: axis 2 is out of range"},
        {.attrs = into(3, 0),
         .inputs = {indices({3, 2, 1}, {0, 0, 0, 0, 0, 0}), three},
         .error = "out of range for rank 0"},
        {.attrs = into(3, 0),
         .inputs = {indices({1}, {0}), {.shape = {1}, .dtype = DType::boolean}},
         .error = "values are bool"},
    };
  }
};

// --- embedding ---

struct Embedding {
  using Attrs = EmbeddingAttrs;
  static constexpr int arity = 2;
  static constexpr std::uint32_t saves_inputs = 0b01;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "embedding";
  static constexpr std::string_view doc =
      "y[..., d] = weight[ids[...], d]. ids: any shape, u8, i32 or i64. weight: [V, D], any dtype. Result: [..., D].\n"
      "The row padding_index (-1: none) gets no gradient. Errors: weight of another rank, padding_index outside\n"
      "-1..V-1; in every build, an id outside 0..V-1: its value, place and the range are named.\n"
      "Source: PyTorch's embedding.";

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    check_index_dtype("embedding", "ids", in[0].dtype);
    if (in[1].rank() != 2)
      throw ShapeError("embedding: weight is " + str(in[1].shape), "weight must be [words, features]");
    const std::int64_t padding = attrs.as<Attrs>().padding_index;
    if (padding < -1 || padding >= in[1].shape[0])
      throw ValueError("embedding: padding_index is " + std::to_string(padding) + ", weight is " + str(in[1].shape),
                       "name a row of weight, or -1 for none");
    Shape shape = in[0].shape;
    shape.push_back(in[1].shape[1]);
    return {contiguous_spec(in[1].dtype, shape, in[1].device)};
  }
  static void forward(const Call& call) { take_rows(call, "embedding", 1, 0, 0); }
  static Grads backward(const BackwardContext& c) {
    const std::int64_t padding = c.attrs<Attrs>().padding_index;
    Tensor dy = c.grad();
    if (padding >= 0) {
      const Tensor ids = cast(c.input(0), counting_dtype(c.input_spec(1).shape[0]));
      dy = where(unsqueeze(ids != padding, -1), dy, zeros({}, dy.dtype()));
    }
    return {{}, take_grad(c.input(0), dy, 0, c.input_spec(1).shape[0])};
  }
  static std::vector<Sample> samples();
};

std::vector<Sample> Embedding::samples() {
  const auto padded = [](std::int64_t index) { return percept::Attrs::of(Attrs{index}); };
  const SampleInput weight{.shape = {3, 2}};  // 0..5
  constexpr double kLowest = -9223372036854775808.0;
  return {
      {.attrs = padded(-1), .inputs = {indices({3}, {2, 0, 2}), weight}, .expect = {4, 5, 0, 1, 4, 5}},
      {.attrs = padded(0), .inputs = {indices({1, 2}, {0, 1}, DType::u8), weight}, .expect = {0, 1, 2, 3}},
      {.attrs = padded(-1), .inputs = {indices({}, {1}, DType::i32), weight}, .expect = {2, 3}},
      {.attrs = padded(-1), .inputs = {indices({2, 3}, {0, 4, 4, 1, 0, 3}), {.shape = {5, 4}}}},
      {.attrs = padded(-1), .inputs = {indices({0}, {}), weight}},
      {.attrs = padded(-1), .inputs = {indices({2}, {0, 3}), weight}, .error = "embedding: index 3 at [1]"},
      {.attrs = padded(-1), .inputs = {indices({1, 2}, {0, -1}), weight}, .error = "embedding: index -1 at [0, 1]"},
      {.attrs = padded(-1), .inputs = {indices({1}, {kLowest}), weight}, .error = "index -9223372036854775808 at [0]"},
      {.attrs = padded(3), .inputs = {indices({1}, {0}), weight}, .error = "padding_index is 3, weight is [3, 2]"},
      {.attrs = padded(-2), .inputs = {indices({1}, {0}), weight}, .error = "padding_index is -2"},
      {.attrs = padded(-1), .inputs = {indices({1}, {0}), {.shape = {3}}}, .error = "embedding: weight is [3]"},
      {.attrs = padded(-1), .inputs = {{.shape = {1}}, weight}, .error = "embedding: ids is"},
  };
}

}  // namespace

Tensor take(Arg x, Arg index, int axis) { return apply_one<Take>({axis}, {x.tensor(), index.tensor()}, x.site()); }
Tensor take_grad(const Tensor& index, const Tensor& values, int axis, std::int64_t size) {
  return apply_one<TakeGrad>({axis, size}, {index, values}, {});
}
Tensor embedding(Arg ids, Arg weight, std::int64_t padding_index) {
  return apply_one<Embedding>({padding_index}, {ids.tensor(), weight.tensor()}, ids.site());
}

std::vector<const Op*> ops_take() { return {&op_of<Take>(), &op_of<TakeGrad>(), &op_of<Embedding>()}; }

}  // namespace percept
