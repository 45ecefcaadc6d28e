// register_test.cpp - ops of a user's own: found, applied, checked, differentiated; incomplete records refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "percept/autograd/autograd.h"
#include "percept/ops/apply.h"
#include "percept/ops/check_op.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

struct Cube {
  static constexpr std::string_view name = "test_cube";
  static constexpr std::string_view doc = "x^3.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::pointwise;
  static constexpr std::uint32_t saves_inputs = 1;

  static std::vector<Spec> infer(const Attrs&, Specs in) {
    return {contiguous_spec(in[0].dtype, in[0].shape, in[0].device)};
  }
  static PointwiseProgram program(const Attrs&, Specs in) {
    PointwiseProgram program;
    program.inputs = {in[0].dtype};
    const ProgramLane x(program, 0);
    program.results = {(x * x * x).slot()};
    return program;
  }
  static Grads backward(const BackwardContext& c) { return {c.grad() * 3 * square(c.input(0))}; }
  static std::vector<Sample> samples() { return {{.inputs = {{{3}}}, .expect = {0, 1, 8}}}; }
};

Op record(std::string_view name) {
  Op op = op_of<Cube>();
  op.name = name;
  return op;
}

std::string refusal(const Op& op) {
  try {
    register_op(op);
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

TEST(RegisterOp, AddsAnOpThatIsAsTheOthers) {
  const std::vector<const Op*> before = all_ops();
  const Op* op = nullptr;
  {
    const std::string name = "test_cube", doc = "x^3, told by a text that goes away.";
    Op mine = record(name);
    mine.doc = doc;
    op = &register_op(mine);
  }
  EXPECT_EQ(find_op("test_cube"), op);
  EXPECT_EQ(op->doc, "x^3, told by a text that goes away.");
  const std::vector<const Op*> after = all_ops();
  EXPECT_EQ(after.size(), before.size() + 1);
  EXPECT_TRUE(std::is_sorted(after.begin(), after.end(), [](auto a, auto b) { return a->name < b->name; }));

  const Function f = [&](const std::vector<Tensor>& in) { return sum(apply(*op, {}, {in[0]}, {})[0]); };
  const Tensor x = tensor({1., -2.}, DType::f64);
  EXPECT_EQ(f({x}).item(), -7);
  EXPECT_EQ(grad(f)({x})[0].to_vector<double>(), (std::vector<double>{3, 12}));
  const OpCheck check = check_kernels(*op);
  EXPECT_TRUE(check.failures.empty());
  EXPECT_EQ(check.kernels[0], "pointwise");
}

TEST(RegisterOp, RefusesNamesThatAreTakenOrNone) {
  EXPECT_NE(refusal(record("relu")).find("op 'relu': the name is taken"), std::string::npos);
  register_op(record("test_cube_again"));
  EXPECT_NE(refusal(record("test_cube_again")).find("the name is taken"), std::string::npos);
  for (const char* name : {"", "My Op", "x-y", "Cube"})
    EXPECT_NE(refusal(record(name)).find("its name is not one"), std::string::npos) << name;
}

TEST(RegisterOp, RefusesIncompleteRecords) {
  auto without = [](void (*change)(Op&)) {
    Op op = record("test_incomplete");
    change(op);
    return refusal(op);
  };
  EXPECT_NE(without([](Op& op) { op.doc = {}; }).find("it has no doc"), std::string::npos);
  EXPECT_NE(without([](Op& op) { op.infer = nullptr; }).find("it has no infer"), std::string::npos);
  EXPECT_NE(without([](Op& op) { op.program = nullptr; }).find("it has no program"), std::string::npos);
  EXPECT_NE(without([](Op& op) { op.op_class = OpClass::opaque; }).find("it has no forward"), std::string::npos);
  EXPECT_NE(without([](Op& op) { op.op_class = OpClass::composed; }).find("it has no compose"), std::string::npos);
  EXPECT_NE(without([](Op& op) { op.backward = nullptr; }).find("it has no backward"), std::string::npos);
  EXPECT_NE(without([](Op& op) { op.min_inputs = 2; }).find("it takes 2 to 1 inputs"), std::string::npos);
  EXPECT_NE(without([](Op& op) { op.min_inputs = -1; }).find("it takes -1 to 1 inputs"), std::string::npos);
  EXPECT_NE(without([](Op& op) { op.results = 9; }).find("it has 9 results"), std::string::npos);
  EXPECT_NE(without([](Op& op) { op.results = 0; }).find("it has 0 results"), std::string::npos);
  EXPECT_EQ(find_op("test_incomplete"), nullptr);
}

TEST(RegisterOp, MayHappenWhileOthersRead) {
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("test_thread_" + std::to_string(i));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < names.size(); i += 2) register_op(record(names[i]));
    });
  for (int i = 0; i < 200; ++i) {
    std::size_t letters = 0;
    for (const Op* op : all_ops()) letters += op->name.size();
    EXPECT_GT(letters, 0u);
    EXPECT_NE(find_op("relu"), nullptr);
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& name : names) EXPECT_NE(find_op(name), nullptr);
}

}  // namespace
}  // namespace percept
