// sort.cpp - the elements along an axis in order, or the largest few of them, with where they came from.
#include "percept/ops/reduce/sort.h"

#include <memory>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// Every line of x along `axis`, gathered; order(line, n, indices) says which `kept` elements the result has.
template <class F>
void order_lines(const Call& call, std::int64_t wanted_axis, std::int64_t kept, F order) {
  const Spec& x = call.inputs[0];
  const auto axis = static_cast<std::size_t>(checked_axis(wanted_axis, x.rank(), "sort"));
  const std::int64_t n = x.shape[axis];
  if (call.results[0].numel() == 0) return;
  Shape lines = x.shape;
  lines[axis] = 1;
  visit_dtype(x.dtype, [&]<class T>(T) {
    const std::unique_ptr<T[]> line(new T[static_cast<std::size_t>(n)]);
    std::vector<std::int64_t> indices(static_cast<std::size_t>(n));
    for (std::int64_t i = 0, count = x.numel() / n; i < count; ++i) {
      const T* from = &View<const T>{call.buffers.in<T>(0), lines, x.strides}.flat(i);
      T* values = &View<T>{call.buffers.out<T>(0), lines, call.results[0].strides}.flat(i);
      std::int64_t* places =
          &View<std::int64_t>{call.buffers.out<std::int64_t>(1), lines, call.results[1].strides}.flat(i);
      for (std::int64_t j = 0; j < n; ++j) line[static_cast<std::size_t>(j)] = from[j * x.strides[axis]];
      order(static_cast<const T*>(line.get()), n, indices.data());
      for (std::int64_t j = 0; j < kept; ++j) {
        const std::int64_t place = indices[static_cast<std::size_t>(j)];
        values[j * call.results[0].strides[axis]] = line[static_cast<std::size_t>(place)];
        places[j * call.results[1].strides[axis]] = place;
      }
    }
  });
}

// Each gradient goes back to where its element came from.
Tensor sent_back(const BackwardContext& c, std::int64_t axis) {
  const Shape& shape = c.input_spec(0).shape;
  return scatter_add(c.result(1), c.grad(), checked_axis(axis, shape.rank(), "sort"), shape);
}

struct Sort {
  using Attrs = SortAttrs;
  static constexpr std::string_view name = "sort";
  static constexpr std::string_view doc =
      "The elements along `axis` in rising order (falling with descending), and their indices there (i64). Equal ones\n"
      "keep their order; NaN counts as the largest: last, or first with descending. Any dtype. As PyTorch's with "
      "stable.";
  static constexpr int arity = 1;
  static constexpr int results = 2;
  static constexpr std::uint32_t saves_results = 0b10;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    checked_axis(attrs.as<Attrs>().axis, in[0].rank(), "sort");
    return {contiguous_spec(in[0].dtype, in[0].shape, in[0].device),
            contiguous_spec(DType::i64, in[0].shape, in[0].device)};
  }
  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const std::int64_t kept =
        call.inputs[0].shape[static_cast<std::size_t>(checked_axis(a.axis, call.inputs[0].rank(), "sort"))];
    order_lines(call, a.axis, kept, [&]<class T>(const T* line, std::int64_t n, std::int64_t* indices) {
      sort_line(line, n, a.descending, indices);
    });
  }
  static Grads backward(const BackwardContext& c) { return {sent_back(c, c.attrs<Attrs>().axis)}; }
  static std::vector<Sample> samples() {
    auto along = [](std::int64_t axis, bool descending = false) { return percept::Attrs::of(Attrs{axis, descending}); };
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    return {{.attrs = along(-1),
             .inputs = {{{2, 3}, {3, 1, 2, 5, 5, 4}}},
             .expect = {1, 2, 3, 4, 5, 5},
             .more = {{1, 2, 0, 2, 0, 1}}},
            {.attrs = along(0, true), .inputs = {{{4}, {1, 3, 1, 2}}}, .expect = {3, 2, 1, 1}, .more = {{1, 3, 0, 2}}},
            {.attrs = along(0),
             .inputs = {{{5}, {nan, inf, 0, nan, -inf}}},
             .expect = {-inf, 0, inf, nan, nan},
             .more = {{4, 2, 1, 0, 3}}},
            {.attrs = along(0, true), .inputs = {{{3}, {1, nan, 2}}}, .expect = {nan, 2, 1}, .more = {{1, 2, 0}}},
            {.attrs = along(0), .inputs = {{{3, 2}}}},
            {.attrs = along(1, true), .inputs = {{{2, 5, 3}}}},
            {.attrs = along(-1), .inputs = {{{3, 70}}}},
            {.attrs = along(0), .inputs = {{{4}, {3, 1, 2, 1}, DType::i64}}},
            {.attrs = along(0), .inputs = {{{3}, {1, 0, 1}, DType::boolean}}},
            {.attrs = along(1), .inputs = {{{2, 0}}}},
            {.attrs = along(2), .inputs = {{{2, 3}}}, .error = "axis 2 is out of range"},
            {.attrs = along(-3), .inputs = {{{2, 3}}}, .error = "axis -3 is out of range"}};
  }
};

struct TopK {
  using Attrs = TopKAttrs;
  static constexpr std::string_view name = "top_k";
  static constexpr std::string_view doc =
      "The k largest elements along `axis`, largest first, and their indices there (i64); of equal ones the first "
      "come\n"
      "first, NaN counts as the largest. 0 <= k <= the axis' size. Any dtype.";
  static constexpr int arity = 1;
  static constexpr int results = 2;
  static constexpr std::uint32_t saves_results = 0b10;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    Shape shape = in[0].shape;
    const auto axis = static_cast<std::size_t>(checked_axis(a.axis, in[0].rank(), "top_k"));
    if (a.k < 0 || a.k > shape[axis])
      throw ShapeError("top_k: k is " + std::to_string(a.k) + ", axis " + std::to_string(a.axis) + " of " + str(shape) +
                           " has " + std::to_string(shape[axis]) + " elements",
                       "k must be between 0 and the size of the axis");
    shape[axis] = a.k;
    return {contiguous_spec(in[0].dtype, shape, in[0].device), contiguous_spec(DType::i64, shape, in[0].device)};
  }
  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    order_lines(call, a.axis, a.k, [&]<class T>(const T* line, std::int64_t n, std::int64_t* indices) {
      top_k_line(line, n, a.k, indices);
    });
  }
  static Grads backward(const BackwardContext& c) { return {sent_back(c, c.attrs<Attrs>().axis)}; }
  static std::vector<Sample> samples() {
    auto of = [](std::int64_t k, std::int64_t axis) { return percept::Attrs::of(Attrs{k, axis}); };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {{.attrs = of(2, -1),
             .inputs = {{{2, 4}, {1, 7, 3, 7, 0, -1, -1, -2}}},
             .expect = {7, 7, 0, -1},
             .more = {{1, 3, 0, 1}}},
            {.attrs = of(2, 0), .inputs = {{{3}, {1, nan, 2}}}, .expect = {nan, 2}, .more = {{1, 2}}},
            {.attrs = of(2, 0), .inputs = {{{3, 2}}}},
            {.attrs = of(4, 1), .inputs = {{{2, 40}}}},
            {.attrs = of(3, 1), .inputs = {{{2, 5, 3}}}},
            {.attrs = of(3, 0), .inputs = {{{3}, {2, 2, 5}, DType::i64}}},
            {.attrs = of(0, 0), .inputs = {{{3}}}},
            {.attrs = of(1, 1), .inputs = {{{0, 3}}}},
            {.attrs = of(4, 0), .inputs = {{{3}}}, .error = "k is 4"},
            {.attrs = of(-1, 0), .inputs = {{{3}}}, .error = "k is -1"},
            {.attrs = of(1, 2), .inputs = {{{2, 3}}}, .error = "axis 2 is out of range"}};
  }
};

template <class T>
Sorted sorted(typename T::Attrs attrs, const Arg& x) {
  auto both = apply_all<T>(attrs, {x.tensor()}, x.site());
  return {std::move(both[0]), std::move(both[1])};
}

}  // namespace

Sorted sort(Arg x, int axis, bool descending) { return sorted<Sort>({axis, descending}, x); }
Sorted top_k(Arg x, std::int64_t k, int axis) { return sorted<TopK>({k, axis}, x); }

std::vector<const Op*> ops_sort() { return {&op_of<Sort>(), &op_of<TopK>()}; }

}  // namespace percept
