// copy.cpp - fresh memory: copies in an order asked for, padding with zeros, joining.
#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// Copies element by element between any strides; `from` and `to` have one shape.
void copy_elements(const Call& call, std::size_t input, const Shape& shape, const Strides& to, std::int64_t offset) {
  const Spec& from = call.inputs[input];
  const std::int64_t count = from.numel();
  visit_dtype(from.dtype, [&]<class T>(T) {
    const View<const T> source = call.in<T>(input);
    const View<T> target{call.buffers.out<T>(0) + offset, shape, to};
    for (std::int64_t i = 0; i < count; ++i) target.flat(i) = source.flat(i);
  });
}

struct Copy {
  struct Attrs {
    int order = 0;  // 0: as x where x is dense, 1: row-major, 2: channels-last
  };
  static constexpr std::string_view name = "copy";
  static constexpr std::string_view doc =
      "x in fresh memory without gaps: in x's own order, row-major (contiguous), or as B, H, W, C (channels_last).";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::opaque;
  static constexpr int batch_axis = 0;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const int order = attrs.empty() ? 0 : attrs.as<Attrs>().order;
    Spec result = contiguous_spec(in[0].dtype, in[0].shape, in[0].device);
    if (order == 2) {
      if (in[0].rank() != 4)
        throw ShapeError("channels_last: x has shape " + str(in[0].shape), "only images [B, C, H, W] have that order");
      result.strides = channels_last_strides(result.shape);
    } else if (order == 0) {
      result.strides = dense_strides_like(in[0].shape, in[0].strides);
    }
    return {result};
  }
  static void forward(const Call& call) { copy_elements(call, 0, call.results[0].shape, call.results[0].strides, 0); }
  static Grads backward(const BackwardContext& c) { return {c.grad()}; }
  static std::vector<Sample> samples() {
    auto in_order = [](int order) { return percept::Attrs::of(Attrs{order}); };
    return {{.attrs = in_order(0), .inputs = {{{2, 2}}}, .expect = {0, 1, 2, 3}},
            {.attrs = in_order(1), .inputs = {{{2, 3, 2}}}},
            {.attrs = in_order(2), .inputs = {{{2, 3, 2, 2}}}},
            {.attrs = in_order(1), .inputs = {{{}}}},
            {.attrs = in_order(0), .inputs = {{{0, 2}}}},
            {.attrs = in_order(2), .inputs = {{{2, 3}}}, .error = "only images"}};
  }
};

struct PadTo {
  struct Attrs {
    Dims shape, offset;
  };
  static constexpr std::string_view name = "pad_to";
  static constexpr std::string_view doc =
      "Zeros of a larger shape with x placed at an offset (one per axis): what slice undoes, and its gradient.";
  static constexpr int arity = 1;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs& attrs, Specs in) {
    const auto& a = attrs.as<Attrs>();
    const Shape& x = in[0].shape;
    bool fits = a.shape.size() == x.size() && a.offset.size() == x.size();
    for (std::size_t i = 0; fits && i < x.size(); ++i)
      fits = a.offset[i] >= 0 && checked_add(a.offset[i], x[i]) <= a.shape[i];
    if (!fits)
      throw ShapeError("pad_to: " + str(x) + " at " + str(a.offset) + " does not fit into " + str(a.shape),
                       "every offset must be >= 0 and offset + size at most the new size");
    return {contiguous_spec(in[0].dtype, a.shape, in[0].device)};
  }
  static void forward(const Call& call) {
    const auto& a = call.attrs.as<Attrs>();
    const Spec& result = call.results[0];
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < a.offset.size(); ++i) offset += a.offset[i] * result.strides[i];
    visit_dtype(result.dtype, [&]<class T>(T) { std::fill_n(call.buffers.out<T>(0), result.numel(), T{}); });
    copy_elements(call, 0, call.inputs[0].shape, result.strides, offset);
  }
  static Grads backward(const BackwardContext& c) {
    const auto& a = c.attrs<Attrs>();
    Tensor grad = c.grad();
    for (std::size_t i = 0; i < a.offset.size(); ++i)
      if (a.shape[i] != c.input_spec(0).shape[i])
        grad = slice(grad, static_cast<int>(i), a.offset[i], a.offset[i] + c.input_spec(0).shape[i]);
    return {grad};
  }
  static std::vector<Sample> samples() {
    auto place = [](Dims shape, Dims offset) { return percept::Attrs::of(Attrs{std::move(shape), std::move(offset)}); };
    return {{.attrs = place({4}, {1}), .inputs = {{{2}}}, .expect = {0, 0, 1, 0}},
            {.attrs = place({3, 4}, {1, 0}), .inputs = {{{2, 3}}}},
            {.attrs = place({2, 3}, {0, 0}), .inputs = {{{0, 3}}}},
            {.attrs = place({2}, {1}), .inputs = {{{2}}}, .error = "does not fit"},
            {.attrs = place({3}, {-1}), .inputs = {{{2}}}, .error = "does not fit"}};
  }
};

struct Concat {
  struct Attrs {
    std::int64_t axis = 0;
  };
  static constexpr std::string_view name = "concat";
  static constexpr std::string_view doc =
      "Tensors one after another along an axis; their other sizes and dtypes must be equal.";
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
    return {contiguous_spec(in[0].dtype, shape, in[0].device)};
  }
  static void forward(const Call& call) {
    const Spec& result = call.results[0];
    const auto axis = static_cast<std::size_t>(checked_axis(call.attrs.as<Attrs>().axis, result.rank(), "concat"));
    std::int64_t at = 0;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
      copy_elements(call, i, call.inputs[i].shape, result.strides, at * result.strides[axis]);
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
            {.attrs = along(0), .inputs = {{{2, 3}}, {{2, 2}}}, .error = "must be equal"},
            {.attrs = along(2), .inputs = {{{2, 3}}}, .error = "axis 2 is out of range"}};
  }
};

}  // namespace

Tensor copy(Arg x) { return apply_one<Copy>({0}, {x.tensor()}, x.site()); }

Tensor contiguous(Arg x) {
  const Tensor input = x.tensor();
  return input.defined() && input.is_contiguous() ? input : apply_one<Copy>({1}, {input}, x.site());
}

Tensor channels_last(Arg x) {
  const Tensor input = x.tensor();
  return input.defined() && input.spec().is_channels_last() ? input : apply_one<Copy>({2}, {input}, x.site());
}

Tensor pad_to(Arg x, const Shape& shape, const Dims& offset) {
  if (x.tensor().shape() == shape) return x.tensor();
  return apply_one<PadTo>({shape, offset}, {x.tensor()}, x.site());
}

Tensor concat(const std::vector<Tensor>& parts, int axis, const char* file, int line) {
  return apply_one<Concat>({axis}, parts, {file, line});
}

std::vector<const Op*> ops_copy() { return {&op_of<Copy>(), &op_of<PadTo>(), &op_of<Concat>()}; }

}  // namespace percept
