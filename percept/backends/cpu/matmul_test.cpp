// matmul_test.cpp - products of small integers are exact, of any strides; a row's bits do not depend on the others.
#include "percept/ops/linalg/matmul.h"

#include "percept/backends/cpu/_kernel_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_matmul();
}

namespace percept::cpu {
namespace {

Block integers(Spec spec, std::uint32_t seed) {
  Block block(std::move(spec));
  std::mt19937 engine(seed);
  for (std::int64_t i = 0; i < block.elements(); ++i)
    block.f32()[i] = static_cast<float>(static_cast<int>(engine() % 9) - 4);
  return block;
}

Spec matrix(std::int64_t rows, std::int64_t columns, bool transposed) {
  Spec spec = contiguous_spec(DType::f32, {rows, columns});
  if (transposed) spec.strides = {1, rows};
  return spec;
}

void check(std::int64_t m, std::int64_t k, std::int64_t n, bool a_transposed, bool b_transposed) {
  SCOPED_TRACE(std::to_string(m) + " x " + std::to_string(k) + " x " + std::to_string(n));
  Block a = integers(matrix(m, k, a_transposed), 1), b = integers(matrix(k, n, b_transposed), 2),
        y(matrix(m, n, false));
  ASSERT_TRUE(run_kernel(kernels_cpu_matmul()[0], Attrs::of(MatmulAttrs{}), {&a, &b}, {&y}));
  const Strides &sa = a.spec().strides, &sb = b.spec().strides;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t l = 0; l < k; ++l)
        sum += static_cast<double>(a.f32()[i * sa[0] + l * sa[1]]) * b.f32()[l * sb[0] + j * sb[1]];
      ASSERT_EQ(y.f32()[i * n + j], sum) << i << " " << j;
    }
}

TEST(Matmul, IsExactOnSmallIntegers) {
  for_each_target([] {
    for (const bool a : {false, true})
      for (const bool b : {false, true}) {
        for (const std::int64_t m : {1, 2, 5, 8, 13})
          for (const std::int64_t n : {1, 3, 10, 16, 17, 32, 33, 70}) check(m, 19, n, a, b);
        check(300, 260, 520, a, b);
        check(70, 1, 5, a, b);
        check(3, 0, 4, a, b);
        check(0, 3, 4, a, b);
        check(3, 4, 0, a, b);
      }
  });
}

TEST(Matmul, ARowsBitsDoNotDependOnTheNumberOfRows) {
  for_each_target([] {
    const std::int64_t k = 300, n = 70;
    Block b = random_block(matrix(k, n, true), 1), all = random_block(matrix(300, k, false), 2),
          y(matrix(300, n, false));
    ASSERT_TRUE(run_kernel(kernels_cpu_matmul()[0], {}, {&all, &b}, {&y}));
    for (const std::int64_t m : {1, 2, 3, 17, 64}) {
      Block a(matrix(m, k, false)), of_a(matrix(m, n, false));
      std::copy_n(all.f32(), m * k, a.f32());
      ASSERT_TRUE(run_kernel(kernels_cpu_matmul()[0], {}, {&a, &b}, {&of_a}));
      EXPECT_EQ(std::memcmp(of_a.f32(), y.f32(), static_cast<std::size_t>(m * n) * 4), 0) << m;
    }
  });
}

}  // namespace
}  // namespace percept::cpu
