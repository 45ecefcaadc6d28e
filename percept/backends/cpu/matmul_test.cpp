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

// Batches: every matrix as it is alone, whatever is repeated, transposed or merged.
TEST(Matmul, GivesAMatrixTheSameBitsInAnyBatch) {
  for_each_target([] {
    struct Case {
      std::int64_t batch, m, k, n;
    };
    for (const Case& c : {Case{50, 7, 9, 5}, Case{5, 300, 33, 17}, Case{3, 30, 200, 700}, Case{2, 3, 0, 4}})
      for (const bool transposed : {false, true})
        for (const bool shared : {false, true}) {
          SCOPED_TRACE(str(Shape{c.batch, c.m, c.k, c.n}));
          auto batch_of = [&](std::int64_t rows, std::int64_t columns) {
            Spec spec = contiguous_spec(DType::f32, {c.batch, rows, columns});
            if (transposed) spec.strides = {rows * columns, 1, rows};
            return spec;
          };
          Block a = random_block(batch_of(c.m, c.k), 1),
                b = random_block(shared ? matrix(c.k, c.n, transposed) : batch_of(c.k, c.n), 2),
                y(contiguous_spec(DType::f32, {c.batch, c.m, c.n}));
          ASSERT_TRUE(run_kernel(kernels_cpu_matmul()[0], {}, {&a, &b}, {&y}));
          for (std::int64_t i = 0; i < c.batch; ++i) {
            Block one_a(matrix(c.m, c.k, transposed)), one_b(matrix(c.k, c.n, transposed)),
                one(matrix(c.m, c.n, false));
            std::copy_n(a.f32() + i * c.m * c.k, c.m * c.k, one_a.f32());
            std::copy_n(b.f32() + (shared ? 0 : i * c.k * c.n), c.k * c.n, one_b.f32());
            ASSERT_TRUE(run_kernel(kernels_cpu_matmul()[0], {}, {&one_a, &one_b}, {&one}));
            ASSERT_EQ(std::memcmp(one.f32(), y.f32() + i * c.m * c.n, static_cast<std::size_t>(c.m * c.n) * 4), 0) << i;
          }
        }
  });
}

}  // namespace
}  // namespace percept::cpu
