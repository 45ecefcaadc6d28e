// matmul_test.cpp - products against plain loops, and the promises about bits.
#include "percept/ops/linalg/matmul.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "percept/backends/onednn/_run_kernel.h"
#include "percept/backends/onednn/door.h"

namespace percept {
std::vector<Kernel> kernels_onednn_matmul();
std::vector<Kernel> kernels_onednn_matmul_bf16();
namespace {

using namespace onednn;

// Each test in f32, and with operands rounded to bf16 where the processor has the instructions.
PrepareKernel prepare_product = nullptr;
class OnednnMatmul : public ::testing::TestWithParam<Operands> {
 protected:
  void SetUp() override {
    const auto kernels = GetParam() == Operands::bf16 ? kernels_onednn_matmul_bf16() : kernels_onednn_matmul();
    if (kernels.empty()) GTEST_SKIP() << "no bf16 instructions";
    prepare_product = kernels[0].prepare;
  }
};
INSTANTIATE_TEST_SUITE_P(All, OnednnMatmul, ::testing::Values(Operands::f32, Operands::bf16),
                         [](const auto& info) { return info.param == Operands::bf16 ? "bf16" : "f32"; });

struct Case {
  std::int64_t m, k, n;
};

// A matrix in memory: row-major, transposed, or either with gaps.
enum class Order { rows, turned, rows_apart, turned_apart, none };
struct Matrix {
  Spec spec;
  std::vector<float> memory;
  float& at(std::int64_t i, std::int64_t j) {
    return memory[static_cast<std::size_t>(i * spec.strides[0] + j * spec.strides[1])];
  }
};
Matrix matrix(std::int64_t rows, std::int64_t columns, const std::vector<float>& values, Order order) {
  Matrix result{contiguous_spec(DType::f32, {rows, columns}), {}};
  const std::int64_t gap = order == Order::rows_apart || order == Order::turned_apart ? 5 : 0;
  if (order == Order::rows || order == Order::rows_apart)
    result.spec.strides = {columns + gap, 1};
  else if (order == Order::none)
    result.spec.strides = {2 * columns + 1, 2};
  else
    result.spec.strides = {1, rows + gap};
  result.memory.assign(static_cast<std::size_t>((2 * rows + 6) * (2 * columns + 6)), NAN);
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) result.at(i, j) = values[static_cast<std::size_t>(i * columns + j)];
  return result;
}

std::vector<float> product(const Matrix& a, const Matrix& b) {
  const Spec inputs[] = {a.spec, b.spec};
  const Spec results[] = {contiguous_spec(DType::f32, {a.spec.shape[0], b.spec.shape[1]})};
  const auto prepared = prepare_product({}, Specs(inputs, 2), Specs(results, 1), {});
  EXPECT_TRUE(prepared.has_value());
  std::vector<float> y(static_cast<std::size_t>(results[0].numel()), NAN);
  run_kernel(*prepared, {a.memory.data(), b.memory.data()}, {y.data()});
  return y;
}

constexpr Order kOrders[] = {Order::rows, Order::turned, Order::rows_apart, Order::turned_apart, Order::none};
// Linear layers' products (one row, few and many), their gradients', cuts of rows, of columns, of both, and odd sizes.
const Case kCases[] = {{1, 1, 1},     {1, 7, 3},      {2, 5, 1},      {5, 33, 17},   {17, 100, 10},
                       {64, 784, 10}, {50, 400, 300}, {300, 20, 130}, {784, 50, 30}, {289, 300, 530},
                       {257, 257, 1}, {3, 900, 1100}, {1, 2100, 40},  {1, 1030, 16}};

TEST_P(OnednnMatmul, IntegersAreExactInEveryOrder) {
  for (const Case& c : kCases) {
    const auto a = filled(c.m * c.k, 1, true), b = filled(c.k * c.n, 2, true);
    std::vector<float> expect(static_cast<std::size_t>(c.m * c.n));
    for (std::int64_t i = 0; i < c.m; ++i)
      for (std::int64_t k = 0; k < c.k; ++k)
        for (std::int64_t j = 0; j < c.n; ++j)
          expect[static_cast<std::size_t>(i * c.n + j)] +=
              a[static_cast<std::size_t>(i * c.k + k)] * b[static_cast<std::size_t>(k * c.n + j)];
    for (const Order of_a : kOrders)
      for (const Order of_b : kOrders)
        EXPECT_EQ(product(matrix(c.m, c.k, a, of_a), matrix(c.k, c.n, b, of_b)), expect)
            << c.m << " x " << c.k << " x " << c.n << " orders " << static_cast<int>(of_a) << static_cast<int>(of_b);
  }
}

TEST_P(OnednnMatmul, BitsDoNotDependOnTheOrderInMemory) {
  for (const Case& c : kCases) {
    const auto a = filled(c.m * c.k, 3), b = filled(c.k * c.n, 4);
    const auto expect = product(matrix(c.m, c.k, a, Order::rows), matrix(c.k, c.n, b, Order::rows));
    for (const Order of_a : kOrders)
      for (const Order of_b : kOrders)
        EXPECT_EQ(product(matrix(c.m, c.k, a, of_a), matrix(c.k, c.n, b, of_b)), expect)
            << c.m << " x " << c.k << " x " << c.n << " orders " << static_cast<int>(of_a) << static_cast<int>(of_b);
  }
}

// Every row is the same row, so every row of every product must be the same row, to the bit.
TEST_P(OnednnMatmul, ARowDoesNotDependOnHowManyShareTheCall) {
  const std::pair<std::int64_t, std::int64_t> sizes[] = {{7, 3},      {33, 17},    {84, 10},   {100, 1},    {400, 120},
                                                         {500, 65},   {784, 200},  {784, 10},  {1024, 530}, {3136, 257},
                                                         {20000, 10}, {257, 1100}, {2053, 40}, {25088, 16}, {1025, 17}};
  for (const auto& [k, n] : sizes) {
    const auto one = filled(k, 5), b = filled(k * n, 6);
    for (const Order order : {Order::rows, Order::turned}) {
      std::vector<float> expect;
      for (const std::int64_t m :
           {1, 2, 3, 4, 5, 6, 7, 8, 13, 16, 17, 31, 33, 48, 50, 64, 65, 128, 255, 256, 300, 521}) {
        if (m * k > 600'000) continue;
        std::vector<float> rows;
        for (std::int64_t i = 0; i < m; ++i) rows.insert(rows.end(), one.begin(), one.end());
        const auto y = product(matrix(m, k, rows, Order::rows), matrix(k, n, b, order));
        if (expect.empty()) expect = y;
        for (std::int64_t i = 0; i < m; ++i)
          ASSERT_EQ(std::memcmp(y.data() + i * n, expect.data(), static_cast<std::size_t>(n) * 4), 0)
              << m << " x " << k << " x " << n << ", row " << i << ", b's order " << static_cast<int>(order);
      }
    }
  }
}

TEST_P(OnednnMatmul, AnyNumberOfThreadsGivesTheSameBits) {
  const int before = num_threads();
  for (const Case& c : {Case{128, 784, 500}, Case{784, 128, 500}, Case{300, 300, 600}}) {
    const auto a = matrix(c.m, c.k, filled(c.m * c.k, 7), Order::turned);
    const auto b = matrix(c.k, c.n, filled(c.k * c.n, 8), Order::rows);
    set_num_threads(1);
    const auto expect = product(a, b);
    for (const int threads : {2, 3, 4}) {
      set_num_threads(threads);
      EXPECT_EQ(product(a, b), expect) << threads << " threads";
    }
  }
  set_num_threads(before);
}

TEST_P(OnednnMatmul, DeclinesWhatItDoesNotDo) {
  const auto declines = [&](DType dtype, std::int64_t m, std::int64_t k, std::int64_t n,
                            const PointwiseProgram& epilogue) {
    const Spec inputs[] = {contiguous_spec(dtype, {m, k}), contiguous_spec(dtype, {k, n})};
    const Spec results[] = {contiguous_spec(dtype, {m, n})};
    return !prepare_product({}, Specs(inputs, 2), Specs(results, 1), epilogue);
  };
  EXPECT_FALSE(declines(DType::f32, 2, 3, 4, {}));
  EXPECT_TRUE(declines(DType::f64, 2, 3, 4, {}));
  EXPECT_TRUE(declines(DType::f32, 0, 3, 4, {}));
  EXPECT_TRUE(declines(DType::f32, 2, 0, 4, {}));
  PointwiseProgram epilogue;
  epilogue.code.emplace_back();
  EXPECT_TRUE(declines(DType::f32, 2, 3, 4, epilogue));
}

// It has no workspace, and 16 columns a piece. Where oneDNN's sums are others, it must not be taken.
TEST(OnednnRowProduct, IsTakenForOneRowOfManyTerms) {
  const auto prepared = [](std::int64_t m, std::int64_t k, std::int64_t n) {
    Spec b = contiguous_spec(DType::f32, {k, n});
    b.strides = {1, k};
    const Spec inputs[] = {contiguous_spec(DType::f32, {m, k}), b}, results[] = {contiguous_spec(DType::f32, {m, n})};
    return *kernels_onednn_matmul()[0].prepare({}, Specs(inputs, 2), Specs(results, 1), {});
  };
  if (dnnl::get_effective_cpu_isa() < dnnl::cpu_isa::avx512_core) GTEST_SKIP() << "no AVX-512";
  EXPECT_EQ(prepared(1, 2100, 40).workspace_bytes, 0u);
  EXPECT_EQ(prepared(1, 2100, 40).stages[0].pieces, 3);
  EXPECT_NE(prepared(2, 2100, 40).workspace_bytes, 0u);
  EXPECT_NE(prepared(1, 1024, 40).workspace_bytes, 0u);
}

// To nearest even, as BFloat16 does; and the sums of reals are those of f32.
TEST_P(OnednnMatmul, RoundsOperandsToBf16) {
  if (GetParam() == Operands::f32) return;
  for (const Case& c : kCases) {
    auto a = filled(c.m * c.k, 9), b = filled(c.k * c.n, 10);
    for (std::size_t i = 0; i < a.size(); i += 3) a[i] = 1 + static_cast<float>(i % 512) * 0x1p-8F;  // ties among them
    auto rounded_a = a, rounded_b = b;
    for (auto* values : {&rounded_a, &rounded_b})
      for (float& value : *values) value = static_cast<float>(BFloat16(value));
    const auto y = product(matrix(c.m, c.k, a, Order::turned), matrix(c.k, c.n, b, Order::rows));
    EXPECT_EQ(y, product(matrix(c.m, c.k, rounded_a, Order::rows), matrix(c.k, c.n, rounded_b, Order::turned)));
    for (std::int64_t i = 0; i < c.m; i += 7)
      for (std::int64_t j = 0; j < c.n; j += 5) {
        double sum = 0, size = 0;
        for (std::int64_t k = 0; k < c.k; ++k) {
          const double term = static_cast<double>(rounded_a[static_cast<std::size_t>(i * c.k + k)]) *
                              static_cast<double>(rounded_b[static_cast<std::size_t>(k * c.n + j)]);
          sum += term, size += std::abs(term);
        }
        ASSERT_NEAR(y[static_cast<std::size_t>(i * c.n + j)], sum, 1e-6 * size) << c.m << " x " << c.k << " x " << c.n;
      }
  }
}

// b in oneDNN's order beforehand: the same bits, however many rows there are and in whatever order b came.
TEST_P(OnednnMatmul, PrepackedKeepsTheBits) {
  for (const Case& c : {Case{1, 3136, 1024}, Case{3, 784, 200}, Case{16, 900, 1100}, Case{50, 3136, 130},
                        Case{300, 512, 70}, Case{600, 600, 600}, Case{1, 7, 3}, Case{5, 33, 17}}) {
    const auto a = matrix(c.m, c.k, filled(c.m * c.k, 1), Order::rows);
    const auto values = filled(c.k * c.n, 2);
    const std::vector<float> wanted = product(a, matrix(c.k, c.n, values, Order::rows));
    for (const Order order : {Order::rows, Order::turned}) {
      const Matrix b = matrix(c.k, c.n, values, order);
      const Spec inputs[] = {a.spec, b.spec}, results[] = {contiguous_spec(DType::f32, {c.m, c.n})};
      const auto prepared = prepare_product({}, Specs(inputs, 2), Specs(results, 1), {});
      const auto packed = prepared->prepack();
      if (packed == nullptr) continue;  // another kind of product than AVX-512's
      const Block block = make_block(packed->bytes);
      run_kernel({.stages = packed->pack}, {b.memory.data()}, {block.get()});
      if (packed->unpack) {                                                       // what is rounded has no way back
        std::vector<float> came(b.memory.begin(), b.memory.begin() + c.k * c.n);  // without what is behind it
        std::vector<float> back(came.size(), 7);
        put_special_values(came);
        const Block other = make_block(packed->bytes);
        run_kernel({.stages = packed->pack}, {came.data()}, {other.get()});
        run_kernel({.stages = packed->unpack()}, {other.get()}, {back.data()});
        EXPECT_EQ(std::memcmp(back.data(), came.data(), came.size() * sizeof(float)), 0)
            << c.m << " x " << c.k << " x " << c.n << (order == Order::turned ? ", turned" : "");
      }
      std::vector<float> y(static_cast<std::size_t>(c.m * c.n), NAN);
      run_kernel(packed->then, {a.memory.data(), block.get()}, {y.data()});
      EXPECT_EQ(y, wanted) << c.m << " x " << c.k << " x " << c.n;
    }
  }
}

}  // namespace
}  // namespace percept
