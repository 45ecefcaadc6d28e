// copy_test.cpp - every element arrives, from any strides, for every width.
#include "percept/backends/cpu/_kernel_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_copy();
}

namespace percept::cpu {
namespace {

template <class T>
void check(const Spec& x_spec, const Spec& y_spec) {
  SCOPED_TRACE(str(x_spec.shape) + " " + str(x_spec.strides) + " to " + str(y_spec.strides));
  Block x(x_spec), y(y_spec);
  for (std::int64_t i = 0; i < x.elements(); ++i) x.as<T>()[i] = static_cast<T>(i * 7 + 1);
  ASSERT_TRUE(run_kernel(kernels_cpu_copy()[0], {}, {&x}, {&y}));
  for (std::int64_t i = 0; i < x_spec.numel(); ++i) ASSERT_EQ(y.as<T>()[y.place(i)], x.as<T>()[x.place(i)]) << i;
}

template <class T>
void check_all(DType dtype) {
  auto strided = [&](Shape shape, Strides strides) {
    return Spec{.dtype = dtype, .shape = shape, .strides = strides, .offset = 0, .device = {}};
  };
  auto plain = [&](Shape shape) { return contiguous_spec(dtype, std::move(shape)); };
  auto image = [&](Shape shape) { return channels_last_spec(dtype, std::move(shape)); };
  check<T>(plain({}), plain({}));
  check<T>(plain({0, 3}), plain({0, 3}));
  check<T>(plain({70001}), plain({70001}));
  check<T>(strided({1000}, {3}), plain({1000}));
  check<T>(strided({33, 70}, {1, 33}), plain({33, 70}));
  check<T>(strided({300, 513}, {1, 300}), plain({300, 513}));
  check<T>(strided({5, 33, 70}, {70 * 40, 1, 40}), plain({5, 33, 70}));  // with gaps
  check<T>(strided({20, 30}, {0, 1}), plain({20, 30}));
  check<T>(strided({20, 30}, {1, 0}), plain({20, 30}));
  check<T>(strided({7, 9, 11}, {200, 20, 1}), plain({7, 9, 11}));
  check<T>(strided({7, 9, 11}, {2, 30, 300}), plain({7, 9, 11}));
  for (const std::int64_t c : {1, 3, 16, 40}) {
    check<T>(plain({3, c, 17, 19}), image({3, c, 17, 19}));
    check<T>(image({3, c, 17, 19}), plain({3, c, 17, 19}));
    check<T>(image({500, c, 2, 2}), plain({500, c, 2, 2}));
  }
}

TEST(Copy, BringsEveryElement) {
  check_all<float>(DType::f32);
  check_all<double>(DType::f64);
  check_all<std::uint16_t>(DType::bf16);
  check_all<std::uint8_t>(DType::u8);
  check_all<std::int64_t>(DType::i64);
}

}  // namespace
}  // namespace percept::cpu
