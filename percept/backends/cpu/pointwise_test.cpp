// pointwise_test.cpp - programs over broadcast, strided, converted and aliased inputs against plain loops.
#include "percept/backends/cpu/_kernel_test.h"

namespace percept {
std::vector<Kernel> kernels_cpu_pointwise();
}

namespace percept::cpu {
namespace {

const Kernel& kernel() {
  static const std::vector<Kernel> kernels = kernels_cpu_pointwise();
  return kernels[0];
}

Spec strided(Shape shape, Strides strides, DType dtype = DType::f32) {
  return {.dtype = dtype, .shape = std::move(shape), .strides = std::move(strides), .offset = 0, .device = {}};
}

// y = a * b - b over whatever memory.
void check_two(const Spec& a_spec, const Spec& b_spec, const Spec& y_spec) {
  PointwiseProgram program;
  program.inputs = {DType::f32, DType::f32};
  const ProgramLane a(program, 0), b(program, 1);
  program.results = {(a * b - b).slot()};
  Block x = random_block(a_spec, 1), z = random_block(b_spec, 2), y(y_spec);
  ASSERT_TRUE(run_kernel(kernel(), {}, {&x, &z}, {&y}, program));
  const Strides sx = broadcast_strides(a_spec.shape, a_spec.strides, y_spec.shape);
  const Strides sz = broadcast_strides(b_spec.shape, b_spec.strides, y_spec.shape);
  for (std::int64_t i = 0; i < y_spec.numel(); ++i) {
    std::int64_t rest = i, px = 0, pz = 0;
    for (std::size_t axis = y_spec.shape.size(); axis-- > 0; rest /= y_spec.shape[axis]) {
      px += rest % y_spec.shape[axis] * sx[axis];
      pz += rest % y_spec.shape[axis] * sz[axis];
    }
    const float product = x.f32()[px] * z.f32()[pz], wanted = product - z.f32()[pz];
    ASSERT_EQ(y.at(i), wanted) << "element " << i << " of " << str(y_spec.shape);
  }
}

TEST(Pointwise, ReadsInputsOfAnyStrides) {
  for_each_target([] {
    for (const std::int64_t n : {1, 2, 7, 16, 17, 511, 513, 1030, 16384, 40001}) {
      check_two(contiguous_spec(DType::f32, {n}), contiguous_spec(DType::f32, {n}), contiguous_spec(DType::f32, {n}));
      check_two(contiguous_spec(DType::f32, {n}), contiguous_spec(DType::f32, {}), contiguous_spec(DType::f32, {n}));
      check_two(contiguous_spec(DType::f32, {1}), contiguous_spec(DType::f32, {n}), contiguous_spec(DType::f32, {n}));
      check_two(strided({n}, {3}), strided({n}, {0}), contiguous_spec(DType::f32, {n}));
    }
    for (const std::int64_t c : {1, 3, 10, 16, 64, 1000, 1100}) {  // biases, also over channels-last images
      check_two(contiguous_spec(DType::f32, {70, c}), contiguous_spec(DType::f32, {c}),
                contiguous_spec(DType::f32, {70, c}));
      check_two(contiguous_spec(DType::f32, {70, c}), contiguous_spec(DType::f32, {70, 1}),
                contiguous_spec(DType::f32, {70, c}));
      check_two(channels_last_spec(DType::f32, {3, c, 5, 7}), contiguous_spec(DType::f32, {c, 1, 1}),
                channels_last_spec(DType::f32, {3, c, 5, 7}));
      check_two(contiguous_spec(DType::f32, {3, c, 5, 7}), contiguous_spec(DType::f32, {1, c, 1, 1}),
                channels_last_spec(DType::f32, {3, c, 5, 7}));
    }
    check_two(strided({40, 30}, {1, 40}), contiguous_spec(DType::f32, {40, 30}), contiguous_spec(DType::f32, {40, 30}));
    check_two(contiguous_spec(DType::f32, {6, 1, 5}), contiguous_spec(DType::f32, {4, 1}),
              contiguous_spec(DType::f32, {6, 4, 5}));
    check_two(contiguous_spec(DType::f32, {0, 5}), contiguous_spec(DType::f32, {5}),
              contiguous_spec(DType::f32, {0, 5}));
    check_two(contiguous_spec(DType::f32, {}), contiguous_spec(DType::f32, {}), contiguous_spec(DType::f32, {}));
    check_two(strided({200, 70}, {0, 0}), strided({200, 70}, {0, 0}), contiguous_spec(DType::f32, {200, 70}));
  });
}

// Momentum as an optimizer runs it: both states replaced in their own memory.
TEST(Pointwise, ReplacesStatesInPlace) {
  for_each_target([] {
    for (const std::int64_t n : {1, 5, 700, 20000}) {
      PointwiseProgram program;
      program.inputs = {DType::f32, DType::f32, DType::f32, DType::f32};
      const ProgramLane p(program, 0), v(program, 1), g(program, 2), rate(program, 3);
      const ProgramLane next_v = 0.9 * v + g;
      const ProgramLane next_p = p - rate * (v + next_v);  // v is read after next_v is there
      program.results = {next_p.slot(), next_v.slot()};
      const Spec spec = contiguous_spec(DType::f32, {n});
      Block x = random_block(spec, 1), y = random_block(spec, 2), z = random_block(spec, 3);
      Block r = random_block(contiguous_spec(DType::f32, {}), 4);
      const Block x0 = x, y0 = y;
      ASSERT_TRUE(run_kernel(kernel(), {}, {&x, &y, &z, &r}, {&x, &y}, program));
      Block before = x0, velocity = y0;
      for (std::int64_t i = 0; i < n; ++i) {
        const float decayed = 0.9f * velocity.f32()[i], moved = decayed + z.f32()[i];
        const float both = velocity.f32()[i] + moved, step = r.f32()[0] * both;
        ASSERT_EQ(y.f32()[i], moved);
        ASSERT_EQ(x.f32()[i], before.f32()[i] - step);
      }
    }
  });
}

TEST(Pointwise, AnswersAndCastsBooleansAndIntegers) {
  for_each_target([] {
    const std::int64_t n = 1300;
    const Spec f = contiguous_spec(DType::f32, {n}), truth = contiguous_spec(DType::boolean, {n});
    Block a = random_block(f, 1), b = random_block(f, 2), y(truth), chosen(f), number(f);
    a.f32()[5] = b.f32()[5];
    ASSERT_TRUE(run_kernel(kernel(), {}, {&a, &b}, {&y},
                           single_row(Row::less_equal, {DType::f32, DType::f32}, DType::boolean)));
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(y.as<std::uint8_t>()[i], a.f32()[i] <= b.f32()[i] ? 1 : 0);
    ASSERT_TRUE(run_kernel(kernel(), {}, {&y, &a, &b}, {&chosen},
                           single_row(Row::where, {DType::boolean, DType::f32, DType::f32}, DType::f32)));
    ASSERT_TRUE(run_kernel(kernel(), {}, {&y}, {&number}, single_row(Row::cast, {DType::boolean}, DType::f32)));
    for (std::int64_t i = 0; i < n; ++i) {
      ASSERT_EQ(chosen.f32()[i], std::min(a.f32()[i], b.f32()[i]));
      ASSERT_EQ(number.f32()[i], static_cast<float>(y.as<std::uint8_t>()[i]));
    }
    Block bytes(contiguous_spec(DType::u8, {n})), longs(strided({n}, {2}, DType::i64)), back(truth);
    for (std::int64_t i = 0; i < n; ++i)
      bytes.as<std::uint8_t>()[i] = static_cast<std::uint8_t>(i), longs.as<std::int64_t>()[2 * i] = 3 * i - 900;
    longs.as<std::int64_t>()[0] = std::numeric_limits<std::int64_t>::max();
    ASSERT_TRUE(run_kernel(kernel(), {}, {&bytes}, {&number}, single_row(Row::cast, {DType::u8}, DType::f32)));
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(number.f32()[i], static_cast<float>(i % 256));
    ASSERT_TRUE(run_kernel(kernel(), {}, {&longs}, {&number}, single_row(Row::cast, {DType::i64}, DType::f32)));
    for (std::int64_t i = 0; i < n; ++i)
      ASSERT_EQ(number.f32()[i], static_cast<float>(longs.as<std::int64_t>()[2 * i]));
    number.f32()[7] = -0.0f;
    ASSERT_TRUE(run_kernel(kernel(), {}, {&number}, {&back}, single_row(Row::cast, {DType::f32}, DType::boolean)));
    for (std::int64_t i = 0; i < n; ++i) ASSERT_EQ(back.as<std::uint8_t>()[i], number.f32()[i] != 0 ? 1 : 0);
  });
}

TEST(Pointwise, DeclinesWhatItCannotCompute) {
  const Spec f64 = contiguous_spec(DType::f64, {3}), i64 = contiguous_spec(DType::i64, {3}),
             f16 = contiguous_spec(DType::f16, {3});
  const Spec truth = contiguous_spec(DType::boolean, {3}), f32 = contiguous_spec(DType::f32, {3});
  Block a(f64), b(i64), y(truth), h(f16), f(f32);
  EXPECT_FALSE(run_kernel(kernel(), {}, {&a, &a}, {&a}, single_row(Row::add, {DType::f64, DType::f64}, DType::f64)));
  EXPECT_FALSE(
      run_kernel(kernel(), {}, {&b, &b}, {&y}, single_row(Row::equal, {DType::i64, DType::i64}, DType::boolean)));
  EXPECT_FALSE(run_kernel(kernel(), {}, {&h}, {&f}, single_row(Row::cast, {DType::f16}, DType::f32)));
  EXPECT_FALSE(run_kernel(kernel(), {}, {&a}, {&y}, single_row(Row::cast, {DType::f64}, DType::boolean)));
  EXPECT_FALSE(run_kernel(kernel(), {}, {&f}, {&b}, single_row(Row::cast, {DType::f32}, DType::i64)));
  EXPECT_FALSE(run_kernel(kernel(), {}, {&f}, {&f}, {}));
}

// Every row in a program of its own and in a longer one gives the same bits.
TEST(Pointwise, LongProgramsHaveTheBitsOfTheirRows) {
  for_each_target([] {
    const Spec spec = contiguous_spec(DType::f32, {777});
    Block a = random_block(spec, 1, 0.1, 2), whole(spec), first(spec), second(spec);
    PointwiseProgram program;
    program.inputs = {DType::f32};
    program.results = {sqrt(ProgramLane(program, 0)).row(Row::tanh).slot()};
    ASSERT_TRUE(run_kernel(kernel(), {}, {&a}, {&whole}, program));
    ASSERT_TRUE(run_kernel(kernel(), {}, {&a}, {&first}, single_row(Row::sqrt, {DType::f32}, DType::f32)));
    ASSERT_TRUE(run_kernel(kernel(), {}, {&first}, {&second}, single_row(Row::tanh, {DType::f32}, DType::f32)));
    EXPECT_EQ(std::memcmp(whole.f32(), second.f32(), 777 * 4), 0);
  });
}

TEST(Pointwise, ConstantsAndInputsMayBeResults) {
  for_each_target([] {
    const Spec spec = contiguous_spec(DType::f32, {600});
    Block a = random_block(spec, 1), y0(spec), y1(spec), y2(spec);
    PointwiseProgram program;
    program.inputs = {DType::f32};
    const std::uint16_t constant = ProgramLane(program, 0).constant(2.5).slot();
    program.results = {constant, 0, constant};
    ASSERT_TRUE(run_kernel(kernel(), {}, {&a}, {&y0, &y1, &y2}, program));
    for (std::int64_t i = 0; i < 600; ++i) {
      ASSERT_EQ(y0.f32()[i], 2.5f);
      ASSERT_EQ(y1.f32()[i], a.f32()[i]);
      ASSERT_EQ(y2.f32()[i], 2.5f);
    }
  });
}

}  // namespace
}  // namespace percept::cpu
