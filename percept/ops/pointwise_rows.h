// pointwise_rows.h - every pointwise row, its expression written once over a lane type L that each backend provides
// (a scalar, a SIMD vector, later a CUDA thread's value). L has + - * / and unary -, comparisons giving a lane of 0
// and 1, L(double), and the functions used below.
#pragma once

// X(name, expression of a)
#define PERCEPT_UNARY_ROWS(X)                \
  X(neg, -a)                                 \
  X(abs, abs(a))                             \
  X(sign, select(a != a, a, (a > L(0)) - (a < L(0)))) \
  X(exp, exp(a))                             \
  X(log, log(a))                             \
  X(sqrt, sqrt(a))                           \
  X(rsqrt, L(1) / sqrt(a))                   \
  X(square, a* a)                            \
  X(reciprocal, L(1) / a)                    \
  X(sigmoid, L(1) / (L(1) + exp(-a)))        \
  X(tanh, tanh(a))                           \
  X(relu, select(a <= L(0), L(0), a))        \
  X(floor, floor(a))                         \
  X(ceil, ceil(a))                           \
  X(round, round(a))                         \
  X(sin, sin(a))                             \
  X(cos, cos(a))                             \
  X(tan, tan(a))                             \
  X(atan, atan(a))                           \
  X(sinh, sinh(a))                           \
  X(cosh, cosh(a))                           \
  X(erf, erf(a))                             \
  X(log1p, log1p(a))                         \
  X(expm1, expm1(a))                         \
  X(step, select(a != a, a, a > L(0)))       \
  X(is_nan, a != a)                          \
  X(is_finite, (a - a) == L(0))              \
  X(logical_not, a == L(0))                  \
  X(cast, a)

// X(name, expression of a and b). maximum and minimum give NaN when either is NaN, as PyTorch's do.
#define PERCEPT_BINARY_ROWS(X)                                          \
  X(add, a + b)                                                         \
  X(sub, a - b)                                                         \
  X(mul, a* b)                                                          \
  X(div, a / b)                                                         \
  X(maximum, select(a != a, a, select(b != b, b, select(a > b, a, b)))) \
  X(minimum, select(a != a, a, select(b != b, b, select(a < b, a, b)))) \
  X(pow, pow(a, b))                                                     \
  X(equal, a == b)                                                      \
  X(not_equal, a != b)                                                  \
  X(less, a < b)                                                        \
  X(less_equal, a <= b)                                                 \
  X(greater, a > b)                                                     \
  X(greater_equal, a >= b)                                              \
  X(logical_and, (a != L(0)) * (b != L(0)))                             \
  X(logical_or, select(a != L(0), L(1), b != L(0)))

// X(name, expression of a, b and c)
#define PERCEPT_TERNARY_ROWS(X) X(where, select(a != L(0), b, c))
