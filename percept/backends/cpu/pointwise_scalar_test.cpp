// pointwise_scalar_test.cpp - every row and dtype, to the bit, against the reference's interpreter.
#include "percept/backends/cpu/_kernel_test.h"
#include "percept/ops/op.h"
#include "percept/ops/reference_pointwise.h"

namespace percept {
std::vector<Kernel> kernels_cpu_pointwise_scalar();
}

namespace percept::cpu {
namespace {

Block values(Spec spec, std::uint32_t seed) {
  Block block(std::move(spec));
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> real(-3, 3);
  visit_dtype(block.spec().dtype, [&]<class T>(T) {
    for (std::int64_t i = 0; i < block.elements(); ++i) {
      if constexpr (std::is_same_v<T, bool>)
        block.as<T>()[i] = engine() % 2 == 0;
      else if constexpr (std::is_integral_v<T>)
        block.as<T>()[i] = static_cast<T>(engine() % 7);
      else
        block.as<T>()[i] = rounded_to<T>(real(engine));
    }
  });
  return block;
}

void expect_reference(const PointwiseProgram& program, const std::vector<Spec>& inputs, const Spec& result) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    blocks.push_back(values(inputs[i], static_cast<std::uint32_t>(i + 1)));
  std::vector<Block*> given;
  std::vector<const void*> from;
  for (Block& block : blocks) {
    given.push_back(&block);
    from.push_back(block.data());
  }
  Block y(result), wanted(result);
  ASSERT_TRUE(run_kernel(kernels_cpu_pointwise_scalar()[0], {}, given, {&y}, program));
  void* to[] = {wanted.data()};
  reference_pointwise(program, inputs, {result}).run(0, {.inputs = from, .results = to});
  EXPECT_EQ(std::memcmp(y.data(), wanted.data(), static_cast<std::size_t>(y.elements()) * size_of(result.dtype)), 0);
}

TEST(PointwiseScalar, EveryRowIsTheReferences) {
  for (int i = 0; i < static_cast<int>(Row::constant); ++i) {
    const Row row = static_cast<Row>(i);
    for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64, DType::i32, DType::u8}) {
      SCOPED_TRACE(std::string(name_of(row)) + " of " + std::string(name_of(dtype)));
      if (row == Row::reciprocal && !is_floating(dtype)) continue;
      std::vector<DType> inputs(static_cast<std::size_t>(arity_of(row)), dtype);
      if (row == Row::where) inputs[0] = DType::boolean;
      const DType result = is_predicate(row) ? DType::boolean : dtype;
      std::vector<Spec> specs;
      for (const DType input : inputs) specs.push_back(contiguous_spec(input, {3, 50}));
      expect_reference(single_row(row, inputs, result), specs, contiguous_spec(result, {3, 50}));
    }
  }
}

TEST(PointwiseScalar, CastsBetweenAllDtypes) {
  for (const DType from : {DType::f64, DType::f32, DType::f16, DType::i64, DType::i8, DType::boolean})
    for (const DType to : {DType::f64, DType::f32, DType::bf16, DType::i64, DType::u8, DType::boolean})
      expect_reference(single_row(Row::cast, {from}, to), {contiguous_spec(from, {40})}, contiguous_spec(to, {40}));
}

// (a - b) * a + 0.3 with b repeated, transposed, and of every number of elements around a tile and a piece.
TEST(PointwiseScalar, ReadsInputsOfAnyStrides) {
  PointwiseProgram program;
  program.inputs = {DType::f64, DType::f64};
  const ProgramLane a(program, 0), b(program, 1);
  program.results = {((a - b) * a + 0.3).slot()};
  for (const std::int64_t n : {0, 1, 127, 128, 129, 8191, 8192, 8193, 20000}) {
    const Spec line = contiguous_spec(DType::f64, {n});
    expect_reference(program, {line, line}, line);
    expect_reference(program, {line, contiguous_spec(DType::f64, {1})}, line);
  }
  const Spec square = contiguous_spec(DType::f64, {90, 100});
  expect_reference(program, {square, contiguous_spec(DType::f64, {90, 1})}, square);
  expect_reference(program, {square, {DType::f64, {90, 100}, {1, 90}, 0, {}}}, square);
  const Spec image = channels_last_spec(DType::f64, {2, 3, 7, 5});
  expect_reference(program, {image, contiguous_spec(DType::f64, {3, 1, 1})}, image);
  expect_reference(program, {contiguous_spec(DType::f64, {2, 3, 7, 5}), image}, image);
}

}  // namespace
}  // namespace percept::cpu
