// norm_rows_test.cpp - normalised rows and their gradient against plain loops in double.
#include "percept/ops/norm/norm_rows.h"

#include "percept/backends/cpu/_kernel_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_norm_rows();
}

namespace percept::cpu {
namespace {

const Kernel& kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = kernels_cpu_norm_rows();
  return kernel_of(kernels, op);
}
Spec spec(Shape shape) { return contiguous_spec(DType::f32, std::move(shape)); }
Attrs attrs(bool centre) { return Attrs::of(NormRowsAttrs{.eps = 1e-3, .centre = centre}); }

TEST(NormRows, AgreesWithDouble) {
  for_each_target([] {
    for (const std::int64_t n : {1, 3, 16, 17, 70, 768, 3001})
      for (const double offset : {0.0, 1000.0})
        for (const bool centre : {true, false}) {
          const std::int64_t rows = 7;
          Block x = random_block(spec({rows, n}), 1, offset - 1, offset + 1), weight = random_block(spec({n}), 2);
          Block bias = random_block(spec({n}), 3), y(x.spec()), mean(spec({rows})), rstd(spec({rows}));
          ASSERT_TRUE(run_kernel(kernel("norm_rows"), attrs(centre), {&x, &weight, &bias}, {&y, &mean, &rstd}));
          for (std::int64_t r = 0; r < rows; ++r) {
            const float* row = x.f32() + r * n;
            double m = 0, squares = 0;
            for (std::int64_t c = 0; centre && c < n; ++c) m += row[c] / static_cast<double>(n);
            for (std::int64_t c = 0; c < n; ++c) squares += (row[c] - m) * (row[c] - m);
            const double scale = 1 / std::sqrt(squares / static_cast<double>(n) + 1e-3);
            ASSERT_NEAR(mean.f32()[r], m, 3e-7 * (1 + offset));
            ASSERT_NEAR(rstd.f32()[r], scale, 2e-6 * scale);
            for (std::int64_t c = 0; c < n; ++c)
              ASSERT_NEAR(y.f32()[r * n + c], (row[c] - m) * scale * weight.f32()[c] + bias.f32()[c],
                          3e-6 + 1e-6 * (1 + offset) * scale)
                  << n;
          }
        }
  });
}

TEST(NormRows, ItsGradientAgreesWithDouble) {
  for_each_target([] {
    for (const std::int64_t n : {1, 3, 16, 17, 70, 768})
      for (const std::int64_t rows : {1, 2, 300})
        for (const bool centre : {true, false}) {
          Block dy = random_block(spec({rows, n}), 1), x = random_block(spec({rows, n}), 2);
          Block mean = random_block(spec({rows}), 3, -0.1, 0.1), rstd = random_block(spec({rows}), 4, 0.5, 2);
          Block dmean = random_block(spec({rows}), 5), drstd = random_block(spec({rows}), 6);
          Block weight = random_block(spec({n}), 7), dx(x.spec()), dweight(weight.spec()), dbias(weight.spec());
          ASSERT_TRUE(run_kernel(kernel("norm_rows_grad"), attrs(centre),
                                 {&dy, &x, &mean, &rstd, &dmean, &drstd, &weight}, {&dx, &dweight, &dbias}));
          std::vector<double> columns(static_cast<std::size_t>(n)), totals(columns.size());
          const auto width = static_cast<double>(n);
          for (std::int64_t r = 0; r < rows; ++r) {
            const auto g = [&](std::int64_t c) { return static_cast<double>(dy.f32()[r * n + c]) * weight.f32()[c]; };
            const double s = rstd.f32()[r];
            const auto xhat = [&](std::int64_t c) {
              return (static_cast<double>(x.f32()[r * n + c]) - mean.f32()[r]) * s;
            };
            double sums = 0, products = 0;
            for (std::int64_t c = 0; c < n; ++c) {
              sums += centre ? g(c) : 0;
              products += g(c) * xhat(c);
              columns[static_cast<std::size_t>(c)] += dy.f32()[r * n + c] * xhat(c);
              totals[static_cast<std::size_t>(c)] += dy.f32()[r * n + c];
            }
            for (std::int64_t c = 0; c < n; ++c) {
              const double wanted = s * (g(c) - sums / width - xhat(c) * products / width) +
                                    (centre ? dmean.f32()[r] / width : 0) - drstd.f32()[r] * s * s * xhat(c) / width;
              ASSERT_NEAR(dx.f32()[r * n + c], wanted, 2e-5) << rows << " x " << n;
            }
          }
          for (std::int64_t c = 0; c < n; ++c) {
            ASSERT_NEAR(dweight.f32()[c], columns[static_cast<std::size_t>(c)], 1e-4);
            ASSERT_NEAR(dbias.f32()[c], totals[static_cast<std::size_t>(c)], 1e-4);
          }
        }
  });
}

}  // namespace
}  // namespace percept::cpu
