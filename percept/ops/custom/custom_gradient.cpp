// custom_gradient.cpp - a user's own forward and backward as one recorded call.
#include <memory>

#include "percept/core/mode.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {

// A user's backward as an attribute: equal only to itself.
struct GradientRule {
  std::shared_ptr<const CustomBackward> call;
  friend bool operator==(const GradientRule&, const GradientRule&) = default;
};
static std::size_t hash_value(const GradientRule& rule) { return std::hash<const void*>{}(rule.call.get()); }
static Value to_value(const GradientRule&) { return Value("a function"); }

namespace {

struct CustomGradient {
  struct Attrs {
    GradientRule rule;
  };
  static constexpr std::string_view name = "custom_gradient";
  static constexpr std::string_view doc =
      "The first input, unchanged; its gradient is what `backward` makes of the other inputs, the result and the\n"
      "result's gradient: one tensor per input, of its shape and dtype, or an undefined one for none. The public\n"
      "function custom_gradient(inputs, forward, backward) runs forward(inputs) unrecorded to get the first input.\n"
      "Where backward consists of ops, the gradient can be differentiated again.";
  static constexpr int min_arity = 1, arity = kMany;
  static constexpr OpClass op_class = OpClass::view;
  static constexpr std::uint32_t saves_inputs = ~1u;  // bit 31 stands for all from 31 on
  static constexpr std::uint32_t saves_results = 1;
  static constexpr bool twice = true;

  static std::vector<Spec> infer(const percept::Attrs&, Specs in) {
    if (!is_floating(in[0].dtype))
      throw DTypeError("custom_gradient: forward gave " + std::string(name_of(in[0].dtype)),
                       "only floating results have gradients: cast it, or call forward under NoGrad instead");
    return {in[0]};
  }

  static Grads backward(const BackwardContext& c) {
    std::vector<Tensor> inputs;
    for (std::size_t i = 1; i < c.input_count(); ++i) inputs.push_back(c.input(i));
    const std::vector<Tensor> given = (*c.attrs<Attrs>().rule.call)(inputs, c.result(), c.grad());
    if (given.size() != inputs.size())
      throw ValueError("the given backward returned " + std::to_string(given.size()) + " gradients for " +
                           std::to_string(inputs.size()) + " inputs",
                       "return one tensor per input, an undefined Tensor() where there is no gradient");
    Grads grads(1);  // the first input: none
    for (std::size_t i = 0; i < given.size(); ++i) {
      check_gradient(given[i], inputs[i], i);
      grads.push_back(given[i]);
    }
    return grads;
  }
  static void check_gradient(const Tensor& grad, const Tensor& input, std::size_t i) {
    if (!grad.defined()) return;
    const std::string which = "the given backward returned gradient " + std::to_string(i) + " of ";
    if (grad.shape() != input.shape())
      throw ShapeError(
          which + "shape " + str(grad.shape()) + ", input " + std::to_string(i) + " has shape " + str(input.shape()),
          "a gradient has the shape of its input: sum over the axes that were broadcast");
    if (is_floating(input.dtype()) && grad.dtype() != input.dtype())
      throw DTypeError(which + "dtype " + std::string(name_of(grad.dtype())) + ", input " + std::to_string(i) + " is " +
                           std::string(name_of(input.dtype())),
                       "cast the gradient to the dtype of its input");
  }

  static std::vector<Sample> samples() {
    const auto twofold = std::make_shared<const CustomBackward>(
        [](const std::vector<Tensor>&, const Tensor&, const Tensor& grad) { return std::vector<Tensor>{grad * 2}; });
    const auto attrs = percept::Attrs::of(Attrs{{twofold}});
    return {{.attrs = attrs, .inputs = {{{3}}, {{3}}}, .expect = {0, 1, 2}},
            {.attrs = attrs, .inputs = {{{}, {4}}, {{2, 2}}}, .expect = {4}},
            {.attrs = attrs, .inputs = {{{2}, {}, DType::i64}, {{2}}}, .error = "forward gave i64"}};
  }
};

}  // namespace

Tensor custom_gradient(const std::vector<Tensor>& inputs, CustomForward forward, CustomBackward backward,
                       const char* file, int line) {
  auto refuse = [&](const std::string& what, std::string fix) {
    ValueError error("custom_gradient: " + what, std::move(fix));
    error.set_where({file, line});
    throw error;
  };
  if (!forward || !backward) refuse("forward or backward is empty", "give a function for each");
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (!inputs[i].defined())
      refuse("input " + std::to_string(i) + " is undefined", "assign a value to every tensor first");
  std::vector<Tensor> all(1);
  {
    const NoGrad off;
    all[0] = forward(inputs);
  }
  if (!all[0].defined()) refuse("forward returned an undefined tensor", "return the result of the computation");
  all[0] = all[0].detach();
  all.insert(all.end(), inputs.begin(), inputs.end());
  return apply_one<CustomGradient>({{std::make_shared<const CustomBackward>(std::move(backward))}}, std::move(all),
                                   {file, line});
}

std::vector<const Op*> ops_custom_gradient() { return {&op_of<CustomGradient>()}; }

}  // namespace percept
