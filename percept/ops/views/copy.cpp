// copy.cpp - fresh memory: copies in an order asked for.
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/views/copies.h"

namespace percept {
namespace {

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
  static void forward(const Call& call) {
    copy_elements(call, 0, call.inputs[0].strides, 0, call.results[0].strides, 0);
  }
  static std::optional<Region> part(const percept::Attrs&, Specs, Specs, const Region& of_input) { return of_input; }
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

std::vector<const Op*> ops_copy() { return {&op_of<Copy>()}; }

}  // namespace percept
