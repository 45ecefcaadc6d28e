// rows_test.cpp - accuracy and special values of every row, on every instruction set.
#include "percept/backends/cpu/_kernel_test.h"
#include "percept/backends/cpu/_rows.h"

namespace percept::cpu {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();

std::vector<float> specials() {
  return {0.0f,
          -0.0f,
          1.0f,
          -1.0f,
          0.5f,
          -0.5f,
          1.5f,
          2.5f,
          -2.5f,
          2.0f,
          -2.0f,
          3.0f,
          -3.0f,
          1e-45f,
          -1e-45f,
          1e-39f,
          1.17549435e-38f,
          3.4e38f,
          -3.4e38f,
          88.7f,
          88.8f,
          -87.3f,
          -103.9f,
          -104.5f,
          200.0f,
          -200.0f,
          1e10f,
          -1e10f,
          16777217.0f,
          16777215.0f,
          8388609.0f,
          0.99999994f,
          1.0000001f,
          kInf,
          -kInf,
          kNaN};
}

std::vector<float> values_of(Row row, const std::vector<float>& a, const std::vector<float>& b = {}) {
  std::vector<float> y(a.size());
  row_loop(row, 0)(y.data(), a.data(), b.data(), nullptr, static_cast<std::int64_t>(a.size()));
  return y;
}

struct Accuracy {
  Row row;
  double (*exact)(double);
  double low, high;
  double ulps;
};
// The table of promises: ULP against double. Sigmoid and tanh lose a little by their quotient.
const Accuracy kAccuracy[] = {
    {Row::exp, [](double x) { return std::exp(x); }, -103, 88.7, 1.1},
    {Row::log, [](double x) { return std::log(x); }, 1e-44, 3e38, 1.1},
    {Row::log, [](double x) { return std::log(x); }, 0.5, 2, 1.1},
    {Row::tanh, [](double x) { return std::tanh(x); }, -10, 10, 3.5},
    {Row::tanh, [](double x) { return std::tanh(x); }, -1e-3, 1e-3, 3.5},
    {Row::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -87, 30, 3},
    {Row::sin, [](double x) { return std::sin(x); }, -100, 100, 3},
    {Row::cos, [](double x) { return std::cos(x); }, -100, 100, 3},
    {Row::sin, [](double x) { return std::sin(x); }, -3e38, 3e38, 1},
    {Row::cos, [](double x) { return std::cos(x); }, -3e6, 3e6, 3},
    {Row::tan, [](double x) { return std::tan(x); }, -100, 100, 5},
    {Row::tan, [](double x) { return std::tan(x); }, -3e38, 3e38, 3},
    {Row::atan, [](double x) { return std::atan(x); }, -10, 10, 3},
    {Row::atan, [](double x) { return std::atan(x); }, -1e-3, 1e-3, 3},
    {Row::atan, [](double x) { return std::atan(x); }, -3e38, 3e38, 1},
    {Row::sinh, [](double x) { return std::sinh(x); }, -89.4, 89.4, 4},
    {Row::sinh, [](double x) { return std::sinh(x); }, -1, 1, 4},
    {Row::sinh, [](double x) { return std::sinh(x); }, 1e-44, 1e-3, 4},
    {Row::cosh, [](double x) { return std::cosh(x); }, -89.4, 89.4, 3},
    {Row::cosh, [](double x) { return std::cosh(x); }, -1, 1, 3},
    {Row::erf, [](double x) { return std::erf(x); }, -5, 5, 2},
    {Row::erf, [](double x) { return std::erf(x); }, 1e-37, 1, 2},
    {Row::log1p, [](double x) { return std::log1p(x); }, -0.999, 10, 3},
    {Row::log1p, [](double x) { return std::log1p(x); }, 1e-44, 3e38, 3},
    {Row::log1p, [](double x) { return std::log1p(x); }, -1e-3, 1e-3, 3},
    {Row::expm1, [](double x) { return std::expm1(x); }, -20, 88.7, 4},
    {Row::expm1, [](double x) { return std::expm1(x); }, -1, 1, 4},
    {Row::expm1, [](double x) { return std::expm1(x); }, 1e-44, 1e-3, 4},
    {Row::sqrt, [](double x) { return std::sqrt(x); }, 0, 3e38, 0.51},
};

TEST(Rows, AreAsAccurateAsTheTableSays) {
  for_each_target([] {
    for (const Accuracy& a : kAccuracy) {
      std::mt19937 engine(7);
      std::uniform_real_distribution<double> even(a.low, a.high);
      std::vector<float> x(100003);
      for (float& value : x) value = static_cast<float>(even(engine));
      if (a.low > 0)  // over the exponents, not the numbers
        for (float& value : x)
          value = static_cast<float>(a.low * std::pow(a.high / a.low, (even(engine) - a.low) / (a.high - a.low)));
      const std::vector<float> y = values_of(a.row, x);
      double worst = 0;
      float where = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        if (const double error = ulps(y[i], a.exact(x[i])); error > worst) worst = error, where = x[i];
      EXPECT_LE(worst, a.ulps) << name_of(a.row) << " at " << where;
    }
  });
}

TEST(Rows, TreatSpecialsAsTheStandardLibraryDoes) {
  const std::pair<Row, float (*)(float)> rows[] = {
      {Row::exp, [](float x) { return std::exp(x); }},
      {Row::log, [](float x) { return std::log(x); }},
      {Row::tanh, [](float x) { return std::tanh(x); }},
      {Row::sqrt, [](float x) { return std::sqrt(x); }},
      {Row::sin, [](float x) { return std::sin(x); }},
      {Row::cos, [](float x) { return std::cos(x); }},
      {Row::tan, [](float x) { return std::tan(x); }},
      {Row::atan, [](float x) { return std::atan(x); }},
      {Row::sinh, [](float x) { return std::sinh(x); }},
      {Row::cosh, [](float x) { return std::cosh(x); }},
      {Row::erf, [](float x) { return std::erf(x); }},
      {Row::log1p, [](float x) { return std::log1p(x); }},
      {Row::expm1, [](float x) { return std::expm1(x); }},
      {Row::step, [](float x) { return std::isnan(x) ? x
                                       : x > 0       ? 1.0f
                                                     : 0.0f; }},
      {Row::floor, [](float x) { return std::floor(x); }},
      {Row::ceil, [](float x) { return std::ceil(x); }},
      {Row::round, [](float x) { return std::nearbyint(x); }},
      {Row::abs, [](float x) { return std::abs(x); }},
      {Row::neg, [](float x) { return -x; }},
      {Row::reciprocal, [](float x) { return 1 / x; }},
      {Row::relu, [](float x) { return x <= 0 ? 0 : x; }},
      {Row::is_nan, [](float x) { return std::isnan(x) ? 1.0f : 0.0f; }},
      {Row::is_finite, [](float x) { return std::isfinite(x) ? 1.0f : 0.0f; }},
      {Row::logical_not, [](float x) { return x == 0 ? 1.0f : 0.0f; }},
  };
  for_each_target([&] {
    const std::vector<float> x = specials();
    for (const auto& [row, exact] : rows) {
      const std::vector<float> y = values_of(row, x);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const float wanted = exact(x[i]);
        EXPECT_LE(ulps(y[i], wanted), 4) << name_of(row) << "(" << x[i] << ") = " << y[i] << ", not " << wanted;
        const bool zero_of_any_sign = y[i] == 0 && (row == Row::round || row == Row::ceil || row == Row::relu);
        EXPECT_TRUE(std::isnan(wanted) || zero_of_any_sign || std::signbit(y[i]) == std::signbit(wanted))
            << name_of(row) << "(" << x[i] << ")";
      }
    }
  });
}

TEST(Rows, PowIsAsTheStandardLibrarys) {
  for_each_target([] {
    std::vector<float> a, b;
    for (const float x : specials())
      for (const float y : specials()) a.push_back(x), b.push_back(y);
    std::mt19937 engine(3);
    std::uniform_real_distribution<float> base(0, 20), exponent(-20, 20);
    for (int i = 0; i < 20000; ++i) a.push_back(base(engine)), b.push_back(exponent(engine));
    for (int i = 0; i < 2000; ++i) a.push_back(-base(engine)), b.push_back(std::round(exponent(engine)));
    const std::vector<float> y = values_of(Row::pow, a, b);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double wanted = std::pow(static_cast<double>(a[i]), static_cast<double>(b[i]));
      EXPECT_LE(ulps(y[i], wanted), 0.51) << a[i] << " ^ " << b[i] << " = " << y[i] << ", not " << wanted;
      EXPECT_TRUE(std::isnan(wanted) || std::signbit(y[i]) == std::signbit(wanted)) << a[i] << " ^ " << b[i];
    }
  });
}

TEST(Rows, BinaryRowsFollowIeee) {
  const std::pair<Row, float (*)(float, float)> rows[] = {
      {Row::add, [](float a, float b) { return a + b; }},
      {Row::sub, [](float a, float b) { return a - b; }},
      {Row::mul, [](float a, float b) { return a * b; }},
      {Row::div, [](float a, float b) { return a / b; }},
      {Row::maximum, [](float a, float b) { return a != a   ? a
                                                   : b != b ? b
                                                   : a > b  ? a
                                                            : b; }},
      {Row::minimum, [](float a, float b) { return a != a   ? a
                                                   : b != b ? b
                                                   : a < b  ? a
                                                            : b; }},
      {Row::equal, [](float a, float b) { return a == b ? 1.0f : 0.0f; }},
      {Row::not_equal, [](float a, float b) { return a != b ? 1.0f : 0.0f; }},
      {Row::less, [](float a, float b) { return a < b ? 1.0f : 0.0f; }},
      {Row::less_equal, [](float a, float b) { return a <= b ? 1.0f : 0.0f; }},
      {Row::greater, [](float a, float b) { return a > b ? 1.0f : 0.0f; }},
      {Row::greater_equal, [](float a, float b) { return a >= b ? 1.0f : 0.0f; }},
      {Row::logical_and, [](float a, float b) { return a != 0 && b != 0 ? 1.0f : 0.0f; }},
      {Row::logical_or, [](float a, float b) { return a != 0 || b != 0 ? 1.0f : 0.0f; }},
  };
  for_each_target([&] {
    std::vector<float> a, b;
    for (const float x : specials())
      for (const float y : specials()) a.push_back(x), b.push_back(y);
    for (const auto& [row, exact] : rows) {
      const std::vector<float> y = values_of(row, a, b);
      for (std::size_t i = 0; i < a.size(); ++i)
        EXPECT_EQ(ulps(y[i], exact(a[i], b[i])), 0) << name_of(row) << "(" << a[i] << ", " << b[i] << ") = " << y[i];
    }
  });
}

TEST(Rows, AnElementsBitsDoNotDependOnItsPlace) {
  for_each_target([] {
    const std::vector<float> x = {0.3f, -7.25f, 11.5f, 1e-3f, 2.5f, 40000.5f, 0.1f, -0.7f, 5.5f, 6.5f, 7.5f};
    for (const Row row : {Row::exp, Row::log, Row::tanh, Row::sigmoid, Row::sin, Row::cos, Row::tan, Row::atan,
                          Row::sinh, Row::cosh, Row::erf, Row::log1p, Row::expm1, Row::step, Row::rsqrt})
      for (std::size_t place = 0; place < 40; ++place)
        for (const float value : x) {
          std::vector<float> many(place + 1 + place % 19, 1.25f);
          many[place] = value;
          const float alone = values_of(row, {value})[0], among = values_of(row, many)[place];
          EXPECT_EQ(std::memcmp(&alone, &among, 4), 0) << name_of(row) << " of " << value << " at " << place;
        }
  });
}

TEST(Rows, ConvertIntegersAndDoubles) {
  for_each_target([] {
    const std::int64_t i64[] = {
        0, -1, (std::int64_t{1} << 53) + 1, 16777217, std::numeric_limits<std::int64_t>::min(), 5, 6, 7, 8, 9};
    const double f64[] = {0.1, 1e300, -1e300, 1e-50, kNaN, kInf, 16777217, -0.0, 2, 3};
    float y[10];
    to_float(DType::i64)(y, i64, 10);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(y[i], static_cast<float>(i64[i]));
    to_float(DType::f64)(y, f64, 10);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(ulps(y[i], f64[i]), 0);
    const float truth[] = {0, -0.0f, 1, kNaN};
    std::uint8_t answers[4];
    to_boolean()(answers, truth, 4);
    EXPECT_EQ(std::vector<int>(answers, answers + 4), (std::vector<int>{0, 0, 1, 1}));
  });
}

}  // namespace
}  // namespace percept::cpu
