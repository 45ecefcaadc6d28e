// custom_op.cpp - two ways to an op of one's own: a full record that is registered, as the library's own are, and a
// gradient of one's own for a computation that has none.
#include <percept/ops/apply.h>
#include <percept/percept.h>
#include <iostream>

using namespace percept;

// y = x^3: what it gives, how it is computed, how it is differentiated.
struct Cube {
  static constexpr std::string_view name = "cube";
  static constexpr std::string_view doc = "x^3. x: any shape, floating; the result likewise.";
  static constexpr int arity = 1;
  static constexpr std::uint32_t saves_inputs = 1;  // backward reads input 0
  static std::vector<Spec> infer(const Attrs&, Specs in) {
    if (!is_floating(in[0].dtype)) throw DTypeError("cube: x is not floating", "cast it first");
    return {contiguous_spec(in[0].dtype, in[0].shape)};
  }
  static void forward(const Call& call) {
    visit_floating(call.inputs[0].dtype, [&]<class T>(T) {
      for (std::int64_t i = 0, count = call.inputs[0].numel(); i < count; ++i) {
        const auto x = static_cast<double>(call.in<T>(0).flat(i));
        call.out<T>().flat(i) = rounded_to<T>(x * x * x);
      }
    });
  }
  static Grads backward(const BackwardContext& c) { return {c.grad() * 3 * square(c.input(0))}; }
};
Tensor cube(const Arg& x) {
  static const Op& op = register_op(op_of<Cube>());
  return apply(op, {}, {x.tensor()}, x.site())[0];
}

// round, whose derivative is 0 wherever there is one, trained as if it were the identity (straight through).
Tensor round_through(const Tensor& x) {
  return custom_gradient(
      {x}, [](const auto& in) { return round(in[0]); },
      [](const auto&, const Tensor&, const Tensor& grad) { return std::vector<Tensor>{grad}; });
}

int main() {
  const Tensor x = tensor({1., 2., -3.});
  const Function f = [](const auto& in) { return sum(cube(in[0])); };
  const Function slope = [&](const auto& in) { return sum(grad(f)(in)[0]); };
  const Tensor y = cube(x), first = grad(f)({x})[0], second = grad(slope)({x})[0];
  std::cout << "x^3 " << str(y) << "\nderivative " << str(first) << "\nsecond " << str(second) << "\n"
            << find_op("cube")->name << ": " << find_op("cube")->doc << "\n";
  bool right =
      all(y == tensor({1., 8., -27.})).item() && all(first == 3 * square(x)).item() && all(second == 6 * x).item();

  const Function quantised = [](const auto& in) { return sum(square(round_through(in[0]))); };
  const Tensor g = grad(quantised)({tensor({0.75, 2.25})})[0];  // 2 round(x)
  std::cout << "through round " << str(g) << "\n";
  right = right && all(g == tensor({2., 4.})).item();
  return right ? 0 : 1;
}
