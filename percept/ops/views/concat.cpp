// concat.cpp - joining tensors along an axis they have or a new one, and taking them apart again.
#include <algorithm>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/views/copies.h"

namespace percept {
namespace {

struct Concat {
  using Attrs = ConcatAttrs;
  static constexpr std::string_view name = "concat";
  static constexpr std::string_view doc =
      "Tensors one after another along an axis; their other sizes and dtypes must be equal. The result is stored in "
      "the\n"
      "order of the largest, so that images stay channels-last.";
  static constexpr int min_arity = 1;
  static constexpr int arity = kMany;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto axis = static_cast<std::size_t>(checked_axis(attrs.as<Attrs>().axis, in[0].rank(), "concat"));
    Shape shape = in[0].shape;
    for (std::size_t i = 1; i < in.size(); ++i) {
      Shape other = in[i].shape;
      const bool same_rank = other.size() == shape.size();
      const std::int64_t size = same_rank ? other[axis] : 0;
      if (same_rank) other[axis] = shape[axis];
      if (other != shape)
        throw ShapeError(
            "concat: part 0 has shape " + str(in[0].shape) + ", part " + std::to_string(i) + " has " + str(in[i].shape),
            "all sizes but that of axis " + std::to_string(axis) + " must be equal");
      if (in[i].dtype != in[0].dtype)
        throw DTypeError("concat: part 0 is " + std::string(name_of(in[0].dtype)) + ", part " + std::to_string(i) +
                             " is " + std::string(name_of(in[i].dtype)),
                         "cast the parts to one dtype");
      shape[axis] = checked_add(shape[axis], size);
    }
    Spec result = contiguous_spec(in[0].dtype, shape, in[0].device);
    const auto largest =
        std::max_element(in.begin(), in.end(), [](const Spec& a, const Spec& b) { return a.numel() < b.numel(); });
    result.strides = dense_strides_like(result.shape, largest->strides);
    return {result};
  }
  static void forward(const Call& call) {
    const Spec& result = call.results[0];
    const auto axis = static_cast<std::size_t>(checked_axis(call.attrs.as<Attrs>().axis, result.rank(), "concat"));
    std::int64_t at = 0;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      copy_elements(call, i, call.inputs[i].strides, 0, result.strides, at * result.strides[axis]);
      at += call.inputs[i].shape[axis];
    }
  }
  static Grads backward(const BackwardContext& c) {
    Grads grads(c.input_count());
    const int axis = checked_axis(c.attrs<Attrs>().axis, c.input_spec(0).rank(), "concat");
    std::int64_t at = 0;
    for (std::size_t i = 0; i < grads.size(); ++i) {
      const std::int64_t size = c.input_spec(i).shape[static_cast<std::size_t>(axis)];
      if (c.needs(i)) grads[i] = slice(c.grad(), axis, at, at + size);
      at += size;
    }
    return grads;
  }
  static std::vector<Sample> samples() {
    auto along = [](std::int64_t axis) { return percept::Attrs::of(Attrs{axis}); };
    return {{.attrs = along(0), .inputs = {{{2}, {1, 2}}, {{1}, {3}}}, .expect = {1, 2, 3}},
            {.attrs = along(1), .inputs = {{{2, 1}, {1, 2}}, {{2, 2}, {3, 4, 5, 6}}}, .expect = {1, 3, 4, 2, 5, 6}},
            {.attrs = along(-1), .inputs = {{{2, 3}}, {{2, 0}}, {{2, 2}}}},
            {.attrs = along(0), .inputs = {{{2, 3}}}},
            {.attrs = along(1), .inputs = {{{2, 2, 3, 3}}, {{2, 1, 3, 3}}, {{2, 4, 3, 3}}}},
            {.attrs = along(0), .inputs = {{{2, 40}}, {{3, 40}}}},
            {.attrs = along(0), .inputs = {{{2, 3}}, {{2, 2}}}, .error = "must be equal"},
            {.attrs = along(2), .inputs = {{{2, 3}}}, .error = "axis 2 is out of range"}};
  }
};

struct Stack {
  struct Attrs {
    std::int64_t axis = 0;
  };
  static constexpr std::string_view name = "stack";
  static constexpr std::string_view doc =
      "Tensors of one shape and dtype one after another along a new axis: n of [...] give [.., n, ..]. axis counts in\n"
      "the result: -1 is its last. Composed of concat.";
  static constexpr int min_arity = 1;
  static constexpr int arity = kMany;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const int axis = checked_axis(attrs.as<Attrs>().axis, in[0].rank() + 1, "stack");
    std::vector<Tensor> parts;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i].shape() != in[0].shape())
        throw ShapeError("stack: part 0 has shape " + str(in[0].shape()) + ", part " + std::to_string(i) + " has " +
                             str(in[i].shape()),
                         "all shapes must be equal");
      if (in[i].dtype() != in[0].dtype())
        throw DTypeError("stack: part 0 is " + std::string(name_of(in[0].dtype())) + ", part " + std::to_string(i) +
                             " is " + std::string(name_of(in[i].dtype())),
                         "cast the parts to one dtype");
      parts.push_back(unsqueeze(in[i], axis));
    }
    return {concat(parts, axis)};
  }
  static std::vector<Sample> samples() {
    auto along = [](std::int64_t axis) { return percept::Attrs::of(Attrs{axis}); };
    return {{.attrs = along(0), .inputs = {{{2}, {1, 2}}, {{2}, {3, 4}}}, .expect = {1, 2, 3, 4}},
            {.attrs = along(-1), .inputs = {{{2}, {1, 2}}, {{2}, {3, 4}}}, .expect = {1, 3, 2, 4}},
            {.attrs = along(0), .inputs = {{{}, {7}}, {{}, {8}}}, .expect = {7, 8}},
            {.attrs = along(1), .inputs = {{{2, 3}}, {{2, 3}}, {{2, 3}}}},
            {.attrs = along(0), .inputs = {{{0, 2}}, {{0, 2}}}},
            {.attrs = along(0), .inputs = {{{2}}, {{3}}}, .error = "stack: part 0 has shape [2], part 1 has [3]"},
            {.attrs = along(0), .inputs = {{{2}}, {{2}, {}, DType::i64}}, .error = "part 1 is i64"},
            {.attrs = along(2), .inputs = {{{2}}}, .error = "axis 2 is out of range"},
            {.attrs = along(-3), .inputs = {{{2}}}, .error = "axis -3 is out of range"}};
  }
};

// Runs f with the caller's line in every refusal.
template <class F>
auto with_site(CallSite site, F f) {
  try {
    return f();
  } catch (Error& error) {
    error.set_where(site);
    throw;
  }
}

std::vector<Tensor> parts_of(const Arg& x, int axis, const Dims& sizes) {
  std::vector<Tensor> parts;
  std::int64_t at = 0;
  for (std::int64_t size : sizes) {
    parts.push_back(slice(x, axis, at, at + size));
    at += size;
  }
  return parts;
}

}  // namespace

Tensor concat(const std::vector<Tensor>& parts, int axis, const char* file, int line) {
  return apply_one<Concat>({axis}, parts, {file, line});
}

Tensor stack(const std::vector<Tensor>& parts, int axis, const char* file, int line) {
  return apply_one<Stack>({axis}, parts, {file, line});
}

std::vector<Tensor> split(Arg x, std::int64_t size, int axis) {
  return with_site(x.site(), [&] {
    const Shape shape = x.tensor().shape();
    const int along = checked_axis(axis, shape.rank(), "split");
    if (size < 1) throw ValueError("split: size is " + std::to_string(size), "use parts of at least 1");
    const std::int64_t whole = shape[static_cast<std::size_t>(along)];
    std::vector<Tensor> parts;
    std::int64_t at = 0;
    do {
      const std::int64_t here = std::min(size, whole - at);
      parts.push_back(slice(x, along, at, at + here));
      at += here;
    } while (at < whole);
    return parts;
  });
}

std::vector<Tensor> split(Arg x, const Dims& sizes, int axis) {
  return with_site(x.site(), [&] {
    const Shape shape = x.tensor().shape();
    const int along = checked_axis(axis, shape.rank(), "split");
    std::int64_t whole = 0;
    bool fits = true;
    for (std::int64_t size : sizes) {
      fits = fits && size >= 0;
      if (fits) whole = checked_add(whole, size);
    }
    if (!fits || whole != shape[static_cast<std::size_t>(along)])
      throw ShapeError("split: sizes " + str(sizes) + " along axis " + std::to_string(axis) + " of " + str(shape),
                       "they must be >= 0 and add up to the axis's size");
    return parts_of(x, along, sizes);
  });
}

std::vector<const Op*> ops_concat() { return {&op_of<Concat>(), &op_of<Stack>()}; }

}  // namespace percept
