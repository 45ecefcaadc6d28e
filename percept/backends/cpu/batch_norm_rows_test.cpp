// batch_norm_rows_test.cpp - statistics and gradients of columns against plain loops in double.
#include "percept/ops/norm/batch_norm_rows.h"

#include "percept/backends/cpu/_kernel_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_batch_norm_rows();
}

namespace percept::cpu {
namespace {

const Kernel& kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_batch_norm_rows();
  return kernel_of(kernels, op);
}

Spec spec(Shape shape) { return contiguous_spec(DType::f32, std::move(shape)); }
const Attrs kAttrs = Attrs::of(BatchNormRowsAttrs{.eps = 1e-3});

struct Statistics {
  double mean = 0, var = 0;
};
Statistics statistics(Block& x, std::int64_t rows, std::int64_t width, std::int64_t c) {
  Statistics s;
  for (std::int64_t r = 0; r < rows; ++r) s.mean += x.f32()[r * width + c];
  s.mean /= static_cast<double>(rows);
  for (std::int64_t r = 0; r < rows; ++r) s.var += std::pow(x.f32()[r * width + c] - s.mean, 2);
  s.var /= static_cast<double>(rows);
  return s;
}

TEST(BatchNormRows, AgreesWithDouble) {
  for_each_target([] {
    for (const std::int64_t width : {1, 3, 6, 15, 16, 17, 64, 70, 600})
      for (const std::int64_t rows : {1, 2, 31, 257, 1500}) {
        for (const double offset : {0.0, 3000.0}) {
          Block x = random_block(spec({rows, width}), 1, offset - 1, offset + 1),
                weight = random_block(spec({width}), 2);
          Block bias = random_block(spec({width}), 3), y(x.spec()), mean(weight.spec()), var(weight.spec());
          ASSERT_TRUE(run_kernel(kernel("batch_norm_rows"), kAttrs, {&x, &weight, &bias}, {&y, &mean, &var}));
          const double slack = 1e-6 * (1 + offset);  // x and the mean have digits of that size
          for (std::int64_t c = 0; c < width; ++c) {
            const Statistics s = statistics(x, rows, width, c);
            ASSERT_NEAR(mean.f32()[c], s.mean, 2e-7 * (1 + offset)) << rows << " x " << width;
            ASSERT_NEAR(var.f32()[c], s.var, 3e-6 * s.var + 1e-12) << rows << " x " << width;
            const double scale = weight.f32()[c] / std::sqrt(s.var + 1e-3);
            for (std::int64_t r = 0; r < rows; ++r)
              ASSERT_NEAR(y.f32()[r * width + c], (x.f32()[r * width + c] - s.mean) * scale + bias.f32()[c],
                          slack * (1 + std::abs(scale)));
          }
        }
      }
  });
}

TEST(BatchNormRows, ItsGradientAgreesWithDouble) {
  for_each_target([] {
    for (const std::int64_t width : {1, 3, 15, 16, 17, 70, 600})
      for (const std::int64_t rows : {1, 2, 31, 257, 1500}) {
        Block dy = random_block(spec({rows, width}), 1), x = random_block(spec({rows, width}), 2);
        Block weight = random_block(spec({width}), 3), mean = random_block(spec({width}), 4, -0.1, 0.1);
        Block var = random_block(spec({width}), 5, 0.5, 2), dmean = random_block(spec({width}), 6);
        Block dvar = random_block(spec({width}), 7), dx(x.spec()), dweight(weight.spec()), dbias(weight.spec());
        ASSERT_TRUE(run_kernel(kernel("batch_norm_rows_grad"), kAttrs, {&dy, &x, &weight, &mean, &var, &dmean, &dvar},
                               {&dx, &dweight, &dbias}));
        const auto n = static_cast<double>(rows);
        for (std::int64_t c = 0; c < width; ++c) {
          const double r = 1 / std::sqrt(var.f32()[c] + 1e-3), m = mean.f32()[c];
          double sums = 0, products = 0;
          for (std::int64_t k = 0; k < rows; ++k) {
            sums += dy.f32()[k * width + c];
            products += dy.f32()[k * width + c] * (x.f32()[k * width + c] - m) * r;
          }
          ASSERT_NEAR(dbias.f32()[c], sums, 1e-6 * std::sqrt(n) * 4);
          ASSERT_NEAR(dweight.f32()[c], products, 1e-6 * std::sqrt(n) * 4);
          for (std::int64_t k = 0; k < rows; ++k) {
            const double centred = x.f32()[k * width + c] - m;
            const double wanted =
                weight.f32()[c] * r * (dy.f32()[k * width + c] - (sums + centred * r * products) / n) +
                (dmean.f32()[c] + 2 * centred * dvar.f32()[c]) / n;
            ASSERT_NEAR(dx.f32()[k * width + c], wanted, 1e-5) << rows << " x " << width;
          }
        }
      }
  });
}

}  // namespace
}  // namespace percept::cpu
