// pool_test.cpp - pooling and its gradients against plain loops: sizes, strides, padding, channels, bad indices.
#include "percept/backends/cpu/_kernel_test.h"
#include "percept/base/error.h"
#include "percept/ops/pool/pool2d.h"

namespace percept {
std::vector<Kernel> kernels_cpu_max_pool2d();
std::vector<Kernel> kernels_cpu_avg_pool2d();
}  // namespace percept

namespace percept::cpu {
namespace {

const Kernel& kernel(std::string_view op) {
  static const std::vector<Kernel> kernels = [] {
    std::vector<Kernel> all = kernels_cpu_max_pool2d();
    for (const Kernel& k : kernels_cpu_avg_pool2d()) all.push_back(k);
    return all;
  }();
  return kernel_of(kernels, op);
}

struct Plain {
  std::vector<float> max, avg;
  std::vector<std::int32_t> indices;
  std::vector<double> max_dx, avg_dx;  // in the memory order of x
};

// dy is read in the memory order of the results.
Plain pool_plainly(const PoolSizes& s, const float* x, const float* dy) {
  Plain p;
  const auto out = static_cast<std::size_t>(s.batch * s.output.h * s.output.w * s.channels);
  const auto in = static_cast<std::size_t>(s.batch * s.input.h * s.input.w * s.channels);
  p.max.resize(out), p.avg.resize(out), p.indices.resize(out), p.max_dx.resize(in), p.avg_dx.resize(in);
  std::size_t at = 0;
  for (std::int64_t b = 0; b < s.batch; ++b)
    for (std::int64_t i = 0; i < s.output.h; ++i)
      for (std::int64_t j = 0; j < s.output.w; ++j)
        for (std::int64_t c = 0; c < s.channels; ++c, ++at) {
          std::vector<std::int64_t> pixels;
          for (std::int64_t k = 0; k < s.kernel.h; ++k)
            for (std::int64_t l = 0; l < s.kernel.w; ++l) {
              const std::int64_t row = i * s.stride.h - s.pads.top + k, column = j * s.stride.w - s.pads.left + l;
              if (row >= 0 && row < s.input.h && column >= 0 && column < s.input.w)
                pixels.push_back(row * s.input.w + column);
            }
          auto place = [&](std::int64_t pixel) {
            return static_cast<std::size_t>((b * s.input.h * s.input.w + pixel) * s.channels + c);
          };
          std::int64_t best = pixels[0];
          double sum = 0;
          for (const std::int64_t pixel : pixels) {
            const float value = x[place(pixel)], top = x[place(best)];
            if (value > top || (std::isnan(value) && !std::isnan(top))) best = pixel;
            sum += value;
          }
          const double count = static_cast<double>(s.count_include_pad ? s.kernel.h * s.kernel.w
                                                                       : static_cast<std::int64_t>(pixels.size()));
          p.max[at] = x[place(best)], p.indices[at] = static_cast<std::int32_t>(best),
          p.avg[at] = static_cast<float>(sum / count);
          p.max_dx[place(best)] += dy[at];
          for (const std::int64_t pixel : pixels) p.avg_dx[place(pixel)] += dy[at] / count;
        }
  return p;
}

void check(const Shape& shape, const Pool2dAttrs& attrs) {
  SCOPED_TRACE(str(shape));
  const PoolSizes s = pool_sizes(shape, attrs, "test");
  const Shape pooled{s.batch, s.channels, s.output.h, s.output.w};
  Block x = random_block(channels_last_spec(DType::f32, shape), 1),
        dy = random_block(channels_last_spec(DType::f32, pooled), 2);
  if (x.elements() > 40)
    x.f32()[3] = std::numeric_limits<float>::quiet_NaN(), x.f32()[20] = std::numeric_limits<float>::infinity();
  for (std::int64_t i = 30; i < x.elements(); i += 2) x.f32()[i] = x.f32()[i - 1];  // ties
  const Plain plain = pool_plainly(s, x.f32(), dy.f32());
  Block y(dy.spec()), indices(channels_last_spec(DType::i32, pooled)), dx(x.spec());
  const Attrs grad_attrs = Attrs::of(Pool2dGradAttrs{attrs, shape});
  ASSERT_TRUE(run_kernel(kernel("max_pool2d"), Attrs::of(attrs), {&x}, {&y, &indices}));
  for (std::int64_t i = 0; i < y.elements(); ++i) {
    ASSERT_EQ(indices.as<std::int32_t>()[i], plain.indices[static_cast<std::size_t>(i)]) << i;
    ASSERT_EQ(ulps(y.f32()[i], plain.max[static_cast<std::size_t>(i)]), 0) << i;
  }
  ASSERT_TRUE(run_kernel(kernel("max_pool2d_grad"), grad_attrs, {&dy, &indices}, {&dx}));
  for (std::int64_t i = 0; i < x.elements(); ++i)
    ASSERT_NEAR(dx.f32()[i], plain.max_dx[static_cast<std::size_t>(i)], 1e-5) << i;
  ASSERT_TRUE(run_kernel(kernel("avg_pool2d"), Attrs::of(attrs), {&x}, {&y}));
  for (std::int64_t i = 0; i < y.elements(); ++i) {
    const float wanted = plain.avg[static_cast<std::size_t>(i)];
    ASSERT_TRUE(ulps(y.f32()[i], wanted) == 0 || std::abs(y.f32()[i] - wanted) < 1e-6) << i;
  }
  ASSERT_TRUE(run_kernel(kernel("avg_pool2d_grad"), grad_attrs, {&dy}, {&dx}));
  for (std::int64_t i = 0; i < x.elements(); ++i)
    ASSERT_NEAR(dx.f32()[i], plain.avg_dx[static_cast<std::size_t>(i)], 1e-5) << i;
}

TEST(Pool, AgreesWithPlainLoops) {
  for_each_target([] {
    for (const std::int64_t c : {1, 2, 6, 16, 17, 33}) {
      check({2, c, 8, 8}, {});
      check({2, c, 9, 7}, {.kernel_size = 3, .stride = 2});
      check({1, c, 7, 9}, {.kernel_size = 3, .stride = 1, .padding = 1});
      check({2, c, 5, 6}, {.kernel_size = {2, 3}, .stride = {1, 2}, .padding = {1, 0}, .count_include_pad = false});
      check({1, c, 5, 5}, {.kernel_size = 2, .padding = "same"});
      check({2, c, 9, 9}, {.kernel_size = 2, .stride = 3});  // pixels that no window sees
    }
    check({2, 32, 40, 40}, {});
    check({1, 1, 1, 1}, {.kernel_size = 1});
    check({0, 3, 4, 4}, {});
  });
}

TEST(Pool, IndicesOutsideTheirWindowAreFollowedOrReported) {
  for_each_target([] {
    const Shape shape{1, 1, 4, 4};
    Block dy(channels_last_spec(DType::f32, {1, 1, 2, 2})), indices(channels_last_spec(DType::i32, {1, 1, 2, 2}));
    Block dx(channels_last_spec(DType::f32, shape));
    const std::int32_t places[] = {15, 2, 8, 0};
    for (int i = 0; i < 4; ++i) dy.f32()[i] = static_cast<float>(i + 1), indices.as<std::int32_t>()[i] = places[i];
    const Attrs attrs = Attrs::of(Pool2dGradAttrs{{}, shape});
    ASSERT_TRUE(run_kernel(kernel("max_pool2d_grad"), attrs, {&dy, &indices}, {&dx}));
    EXPECT_EQ(dx.f32()[15], 1);
    EXPECT_EQ(dx.f32()[2], 2);
    EXPECT_EQ(dx.f32()[0], 4);
    indices.as<std::int32_t>()[1] = 16;
    indices.as<std::int32_t>()[2] = -1;
    ValueReport report;
    ASSERT_TRUE(run_kernel(kernel("max_pool2d_grad"), attrs, {&dy, &indices}, {&dx}, {}, &report));
    try {
      report.throw_if_any();
      ADD_FAILURE() << "nothing reported";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("index 16 at element 1"), std::string::npos) << error.what();
    }
  });
}

}  // namespace
}  // namespace percept::cpu
