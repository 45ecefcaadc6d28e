// permute.cpp - views that only change strides: permute, expand, slice.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/pointwise/rows.h"

namespace percept {
namespace {

struct Permute {
  struct Attrs {
    Dims axes;
  };
  static constexpr std::string_view name = "permute";
  static constexpr std::string_view doc =
      "x with its axes in another order: result axis i is axis axes[i] of x. A view. transpose(x) swaps the last two.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::view;
  static constexpr bool twice = true;

  static Dims settled(const percept::Attrs& attrs, int rank) {
    Dims axes = attrs.as<Attrs>().axes;
    std::uint64_t seen = 0;
    for (std::int64_t& axis : axes) {
      axis = checked_axis(axis, rank, "permute");
      seen |= std::uint64_t{1} << axis;
    }
    if (axes.rank() != rank || seen != (std::uint64_t{1} << rank) - 1)
      throw ShapeError("permute: axes " + str(attrs.as<Attrs>().axes) + " for a tensor of rank " + std::to_string(rank),
                       "name each axis exactly once");
    return axes;
  }
  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    Spec result = in[0];
    const Dims axes = settled(attrs, in[0].rank());
    for (std::size_t i = 0; i < axes.size(); ++i) {
      result.shape[i] = in[0].shape[static_cast<std::size_t>(axes[i])];
      result.strides[i] = in[0].strides[static_cast<std::size_t>(axes[i])];
    }
    return {result};
  }
  static Grads backward(const BackwardContext& c) {
    const Dims& axes = c.attrs<Attrs>().axes;
    Dims inverse(axes.size(), 0);
    for (std::size_t i = 0; i < axes.size(); ++i)
      inverse[static_cast<std::size_t>(checked_axis(axes[i], axes.rank(), "permute"))] = static_cast<std::int64_t>(i);
    return {permute(c.grad(), inverse)};
  }
  static std::vector<Sample> samples() {
    auto order = [](Dims axes) { return percept::Attrs::of(Attrs{std::move(axes)}); };
    return {{.attrs = order({1, 0}), .inputs = {{{2, 3}}}, .expect = {0, 3, 1, 4, 2, 5}},
            {.attrs = order({0, 2, 3, 1}), .inputs = {{{2, 2, 1, 3}}}},
            {.attrs = order({}), .inputs = {{{}}}},
            {.attrs = order({-1, 0}), .inputs = {{{0, 3}}}},
            {.attrs = order({0, 0}), .inputs = {{{2, 3}}}, .error = "each axis exactly once"},
            {.attrs = order({0, 2}), .inputs = {{{2, 3}}}, .error = "axis 2 is out of range"}};
  }
};

struct Expand {
  struct Attrs {
    Dims shape;
  };
  static constexpr std::string_view name = "expand";
  static constexpr std::string_view doc =
      "x repeated along axes of size 1 (and new leading axes) to a larger shape, without copying: the repeated axes "
      "have\n"
      "stride 0. The gradient is summed over them.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::view;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const Shape& to = attrs.as<Attrs>().shape;
    checked_numel(to);
    if (to.size() < in[0].shape.size() || broadcast(in[0].shape, to, "expand") != to)
      throw ShapeError("expand: " + str(in[0].shape) + " cannot become " + str(to),
                       "only axes of size 1 can be repeated");
    return {{in[0].dtype, to, broadcast_strides(in[0].shape, in[0].strides, to), in[0].offset, in[0].device}};
  }
  static Grads backward(const BackwardContext& c) { return {unbroadcast(c.grad(), c.input_spec(0).shape)}; }
  static std::vector<Sample> samples() {
    auto to = [](Dims shape) { return percept::Attrs::of(Attrs{std::move(shape)}); };
    return {{.attrs = to({2, 3}), .inputs = {{{3}}}, .expect = {0, 1, 2, 0, 1, 2}},
            {.attrs = to({2, 3}), .inputs = {{{2, 1}}}},
            {.attrs = to({4}), .inputs = {{{}}}},
            {.attrs = to({0, 3}), .inputs = {{{1, 3}}}},
            {.attrs = to({2}), .inputs = {{{3}}}, .error = "expand"},
            {.attrs = to({3}), .inputs = {{{2, 3}}}, .error = "cannot become"}};
  }
};

struct Slice {
  struct Attrs {
    std::int64_t axis = 0, start = 0, stop = 0, step = 1;  // start and stop settled: 0 <= start <= stop <= size
  };
  static constexpr std::string_view name = "slice";
  static constexpr std::string_view doc =
      "Entries start, start + step, ... below stop along one axis, as Python's x[start:stop:step] with step >= 1; "
      "negative\n"
      "start and stop count from the end, and both are clipped to the axis. A view.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::view;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const auto axis = static_cast<std::size_t>(checked_axis(a.axis, in[0].rank(), "slice"));
    if (a.step < 1) throw ValueError("slice: step is " + std::to_string(a.step), "the step must be >= 1");
    Spec result = in[0];
    const std::int64_t size = in[0].shape[axis];
    auto settle = [&](std::int64_t i) {
      return std::clamp<std::int64_t>(i < 0 ? std::max<std::int64_t>(i, -size) + size : i, 0, size);
    };
    const std::int64_t start = settle(a.start), stop = std::max(start, settle(a.stop));
    result.shape[axis] = (stop - start) / a.step + ((stop - start) % a.step != 0);
    if (result.shape[axis] != 0) result.offset += start * result.strides[axis];
    if (result.shape[axis] > 1) result.strides[axis] *= a.step;
    return {result};
  }
  static Grads backward(const BackwardContext& c) {
    const auto& a = c.attrs<Attrs>();
    const Shape& shape = c.input_spec(0).shape;
    const auto axis = static_cast<std::size_t>(checked_axis(a.axis, shape.rank(), "slice"));
    const std::int64_t size = shape[axis];
    const std::int64_t start = std::clamp<std::int64_t>(a.start < 0 ? a.start + size : a.start, 0, size);
    Tensor grad = c.grad();
    if (a.step > 1 && grad.shape()[axis] > 0) {
      // Zeros between the entries: [n] -> [n, 1] -> [n, step] -> [n * step]
      Shape wide = grad.shape(), flat = grad.shape();
      wide.insert(axis + 1, 1);
      grad = reshape(grad, wide);
      wide[axis + 1] = a.step;
      grad = pad_to(grad, wide, Dims(wide.size(), 0));
      flat[axis] *= a.step;
      grad = slice(reshape(grad, flat), static_cast<int>(axis), 0, size - start);
    }
    Dims offset(shape.size(), 0);
    offset[axis] = grad.shape()[axis] == 0 ? 0 : start;
    return {pad_to(grad, shape, offset)};
  }
  static std::vector<Sample> samples() {
    auto cut = [](Attrs a) { return percept::Attrs::of(a); };
    return {{.attrs = cut({1, 1, 3, 1}), .inputs = {{{2, 3}}}, .expect = {1, 2, 4, 5}},
            {.attrs = cut({0, 0, 5, 2}), .inputs = {{{5}}}, .expect = {0, 2, 4}},
            {.attrs = cut({0, 1, 6, 3}), .inputs = {{{7, 2}}}},
            {.attrs = cut({-1, -2, 100, 1}), .inputs = {{{2, 3}}}},
            {.attrs = cut({0, 2, 1, 1}), .inputs = {{{3}}}},
            {.attrs = cut({0, 0, 1, 1}), .inputs = {{{0, 2}}}},
            {.attrs = cut({0, 0, 1, 0}), .inputs = {{{3}}}, .error = "step is 0"},
            {.attrs = cut({1, 0, 1, 1}), .inputs = {{{3}}}, .error = "axis 1 is out of range"},
            {.attrs = cut({std::numeric_limits<std::int64_t>::min(), 0, 1, 1}),
             .inputs = {{{3}}},
             .error = "out of range"}};
  }
};

}  // namespace

Tensor permute(Arg x, const Dims& axes) { return apply_one<Permute>({axes}, {x.tensor()}, x.site()); }

Tensor transpose(Arg x, int axis0, int axis1) {
  const int rank = x.tensor().rank();
  Dims axes;
  for (int i = 0; i < rank; ++i) axes.push_back(i);
  std::swap(axes[static_cast<std::size_t>(checked_axis(axis0, rank, "transpose"))],
            axes[static_cast<std::size_t>(checked_axis(axis1, rank, "transpose"))]);
  return permute(x, axes);
}

Tensor expand(Arg x, const Shape& shape) { return apply_one<Expand>({shape}, {x.tensor()}, x.site()); }

Tensor slice(Arg x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  return apply_one<Slice>({axis, start, stop, step}, {x.tensor()}, x.site());
}

Tensor select(Arg x, int axis, std::int64_t index) {
  const Shape shape = x.tensor().shape();
  const int at = checked_axis(axis, shape.rank(), "select");
  const std::int64_t size = shape[static_cast<std::size_t>(at)];
  if (index < -size || index >= size)
    throw ValueError("select: index " + std::to_string(index) + " is out of range for axis " + std::to_string(axis) +
                         " of " + str(shape),
                     "use an index from " + std::to_string(-size) + " to " + std::to_string(size - 1));
  if (index < 0) index += size;
  const Tensor row = slice(x, at, index, index + 1);
  return squeeze(Arg(row, x.site().file, x.site().line), at);
}

Tensor Tensor::operator[](std::int64_t index) const { return select(*this, 0, index); }

std::vector<const Op*> ops_permute() { return {&op_of<Permute>(), &op_of<Expand>(), &op_of<Slice>()}; }

}  // namespace percept
