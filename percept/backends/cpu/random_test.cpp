// random_test.cpp - masks against the definition, word by word.
#include "percept/ops/random/random.h"
#include "percept/backends/cpu/_kernel_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_random();
}

namespace percept::cpu {
namespace {

void check(const DropoutMaskAttrs& a, std::int64_t step_value) {
  Block step(contiguous_spec(DType::i64, {}));
  *step.as<std::int64_t>() = step_value;
  Block y(a.shape.rank() == 4 ? channels_last_spec(DType::f32, a.shape) : contiguous_spec(DType::f32, a.shape));
  ASSERT_TRUE(run_kernel(kernels_cpu_random()[0], Attrs::of(a), {&step}, {&y}));
  const std::int64_t rows = a.shape.empty() ? 1 : a.shape[0], size = rows == 0 ? 0 : y.elements() / rows;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t i = 0; i < size; ++i) {
      const auto words =
          philox(random_counter(i / 4, a.first_sample + row, step_value, a.call), philox_key({a.seed, a.stream}));
      const bool kept = uniform_from(words[static_cast<std::size_t>(i % 4)]) >= static_cast<float>(a.rate);
      ASSERT_EQ(y.f32()[row * size + i], kept ? static_cast<float>(1 / (1 - a.rate)) : 0.0f) << row << " " << i;
    }
}

TEST(DropoutMask, HasTheBitsOfItsDefinition) {
  for_each_target([] {
    for (const double rate : {0.0, 0.1, 0.25, 0.5, 0.9, 0.999999})
      for (const Shape& shape :
           {Shape{}, Shape{0, 3}, Shape{3}, Shape{5, 7}, Shape{64, 100}, Shape{2, 3, 5, 7}, Shape{3, 20001}})
        check(
            {.shape = shape, .rate = rate, .seed = 7, .stream = std::uint64_t{1} << 63, .call = 3, .first_sample = 40},
            123456789);
  });
}

}  // namespace
}  // namespace percept::cpu
