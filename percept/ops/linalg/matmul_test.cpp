// matmul_test.cpp - batches against single products, to the bit; what the record's samples are too small for.
#include <gtest/gtest.h>

#include <cstring>

#include "percept/autograd/autograd.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/products.h"

namespace percept {
namespace {

void expect_same_bits(const Tensor& a, const Tensor& b) {
  ASSERT_EQ(a.shape(), b.shape());
  const Tensor x = contiguous(a), y = contiguous(b);
  EXPECT_EQ(std::memcmp(x.raw_data(), y.raw_data(), static_cast<std::size_t>(x.numel()) * size_of(x.dtype())), 0);
}

Tensor reals(const Shape& shape, std::uint64_t seed) { return uniform(shape, -1, 1, {seed, 0}); }

// Sizes on both sides of every cut: small matrices grouped, rows cut, columns cut, both cut.
class MatmulBatch : public ::testing::TestWithParam<ProductPrecision> {};
INSTANTIATE_TEST_SUITE_P(All, MatmulBatch, ::testing::Values(ProductPrecision::f32, sample_precision()),
                         [](const auto& info) { return std::string(enum_name(info.param)); });

TEST_P(MatmulBatch, GivesAMatrixTheSameBitsInAnyBatch) {
  const PrecisionScope scope(GetParam());
  struct Case {
    std::int64_t batch, m, k, n;
  };
  for (const Case& c : {Case{50, 7, 9, 5}, Case{3, 1, 64, 10}, Case{5, 300, 33, 17}, Case{4, 30, 200, 700},
                        Case{2, 530, 260, 520}, Case{3, 64, 64, 1}}) {
    SCOPED_TRACE(str(Shape{c.batch, c.m, c.k, c.n}));
    const Tensor a = reals({c.batch, c.m, c.k}, 1), b = reals({c.batch, c.k, c.n}, 2);
    const Tensor at = contiguous(transpose(a)), bt = contiguous(transpose(b));  // the same in other orders
    const Tensor y = matmul(a, b), y_at = matmul(transpose(at), b), y_bt = matmul(a, transpose(bt));
    const Tensor shared = matmul(a, b[0]), left = matmul(a[0], b), shared_at = matmul(transpose(at), b[0]);
    for (std::int64_t i = 0; i < c.batch; ++i) {
      expect_same_bits(y[i], matmul(a[i], b[i]));
      expect_same_bits(y_at[i], matmul(transpose(at[i]), b[i]));
      expect_same_bits(y_bt[i], matmul(a[i], transpose(bt[i])));
      expect_same_bits(shared[i], matmul(a[i], b[0]));
      expect_same_bits(left[i], matmul(a[0], b[i]));
      expect_same_bits(shared_at[i], matmul(a[i], b[0]));
    }
  }
}

TEST(Matmul, HasKernelsThatAgreeWithTheReferenceOnLargeBatches) {
  set_kernel_choice(KernelChoice::check);
  const Tensor heads = permute(reals({2, 37, 4, 24}, 3), {0, 2, 1, 3});  // [B, H, T, D] of [B, T, H, D]
  EXPECT_NO_THROW(matmul(heads, transpose(heads)));
  EXPECT_NO_THROW(matmul(reals({3, 1, 40, 20}, 4), reals({2, 20, 30}, 5)));
  EXPECT_NO_THROW(matmul(reals({5, 300, 40}, 6), slice(reals({40, 90}, 7), 1, 3, 70)));
  EXPECT_NO_THROW(matmul(expand(reals({1, 6, 8}, 8), {4, 6, 8}), reals({8, 5}, 9)));
  EXPECT_NO_THROW(matmul(transpose(reals({3, 300, 70}, 10)), reals({3, 300, 50}, 11)));
  set_kernel_choice(KernelChoice::best);
}

TEST(Matmul, TakesVectorsAsPyTorchDoes) {
  const Tensor v = tensor({1., 2., 3.}), m = reshape(arange(0, 6), {3, 2});
  EXPECT_EQ(matmul(v, v).shape(), Shape{});
  EXPECT_EQ(matmul(v, v).item(), 14);
  EXPECT_EQ(matmul(v, m).to_vector<float>(), (std::vector<float>{16, 22}));
  EXPECT_EQ(matmul(transpose(m), v).to_vector<float>(), (std::vector<float>{16, 22}));
  EXPECT_EQ(matmul(zeros({4, 5, 2, 3}), v).shape(), (Shape{4, 5, 2}));
  EXPECT_EQ(matmul(v, zeros({4, 3, 2})).shape(), (Shape{4, 2}));
}

TEST(Einsum, AgreesWithWhatItAbbreviates) {
  const Tensor a = reals({3, 4, 5}, 1), b = reals({3, 5, 6}, 2);
  expect_same_bits(einsum("bij,bjk->bik", {a, b}), matmul(a, b));
  expect_same_bits(einsum("bij,bjk->ibk", {a, b}), permute(matmul(a, b), {1, 0, 2}));
  const Tensor far = einsum("bij,bjk,bk->b", {a, b, reals({3, 6}, 3)});
  const Tensor near = sum(matmul(a, b) * unsqueeze(reals({3, 6}, 3), 1), {.axes = {1, 2}});
  for (std::int64_t i = 0; i < 3; ++i) EXPECT_NEAR(far[i].item(), near[i].item(), 1e-5);
}

}  // namespace
}  // namespace percept
