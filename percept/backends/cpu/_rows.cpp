// _rows.cpp - every row of ops/pointwise_rows.h as a vector loop.
#include "percept/backends/cpu/_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_rows.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane_math.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

using L = Lane;  // as the expressions call it
#define PERCEPT_UNARY(name, expression)                                  \
  struct Row_##name {                                                    \
    static HWY_INLINE Lane of(Lane a, Lane, Lane) { return expression; } \
  };
#define PERCEPT_BINARY(name, expression)                                   \
  struct Row_##name {                                                      \
    static HWY_INLINE Lane of(Lane a, Lane b, Lane) { return expression; } \
  };
#define PERCEPT_TERNARY(name, expression)                                    \
  struct Row_##name {                                                        \
    static HWY_INLINE Lane of(Lane a, Lane b, Lane c) { return expression; } \
  };
PERCEPT_UNARY_ROWS(PERCEPT_UNARY)
PERCEPT_BINARY_ROWS(PERCEPT_BINARY)
PERCEPT_TERNARY_ROWS(PERCEPT_TERNARY)
#undef PERCEPT_UNARY
#undef PERCEPT_BINARY
#undef PERCEPT_TERNARY

// Tails go through the same vector code, so that an element's bits do not depend on its place.
template <class R, int kArity, unsigned kSingle>
void loop(float* d, const float* a, const float* b, const float* c, std::int64_t n) {
  constexpr bool kLoads[] = {kArity > 0 && !(kSingle & 1), kArity > 1 && !(kSingle & 2), kArity > 2 && !(kSingle & 4)};
  Lane x(0), y(0), z(0);
  if constexpr (kSingle & 1) x = Lane(hn::Set(F32(), *a));
  if constexpr (kSingle & 2) y = Lane(hn::Set(F32(), *b));
  if constexpr (kSingle & 4) z = Lane(hn::Set(F32(), *c));
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    if constexpr (kLoads[0]) x = load(a + i);
    if constexpr (kLoads[1]) y = load(b + i);
    if constexpr (kLoads[2]) z = load(c + i);
    store(R::of(x, y, z), d + i);
  }
  if (i == n) return;
  if constexpr (kLoads[0]) x = load_first(a + i, n - i);
  if constexpr (kLoads[1]) y = load_first(b + i, n - i);
  if constexpr (kLoads[2]) z = load_first(c + i, n - i);
  store_first(R::of(x, y, z).v, d + i, n - i);
}

template <class R>
RowLoop unary(unsigned single) {
  return single & 1 ? nullptr : loop<R, 1, 0>;
}
template <class R>
RowLoop binary(unsigned single) {
  static constexpr RowLoop kLoops[] = {loop<R, 2, 0>, loop<R, 2, 1>, loop<R, 2, 2>, nullptr};
  return kLoops[single & 3];
}
template <class R>
RowLoop ternary(unsigned single) {
  static constexpr RowLoop kLoops[] = {loop<R, 3, 0>, loop<R, 3, 1>, loop<R, 3, 2>, loop<R, 3, 3>,
                                       loop<R, 3, 4>, loop<R, 3, 5>, loop<R, 3, 6>, nullptr};
  return kLoops[single & 7];
}

template <class T>
void convert(float* to, const void* from, std::int64_t n) {
  const T* values = static_cast<const T*>(from);
  for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<float>(values[i]);
}

void convert_to_boolean(void* to, const float* from, std::int64_t n) {
  auto* bytes = static_cast<std::uint8_t*>(to);
  for (std::int64_t i = 0; i < n; ++i) bytes[i] = from[i] != 0.0f;
}

}  // namespace

RowLoop find_row_loop(Row row, unsigned single) {
  if (row == Row::cast && single == 1) return loop<Row_cast, 1, 1>;  // repeats one value
  switch (row) {
#define PERCEPT_UNARY(name, expression) \
  case Row::name:                       \
    return unary<Row_##name>(single);
#define PERCEPT_BINARY(name, expression) \
  case Row::name:                        \
    return binary<Row_##name>(single);
#define PERCEPT_TERNARY(name, expression) \
  case Row::name:                         \
    return ternary<Row_##name>(single);
    PERCEPT_UNARY_ROWS(PERCEPT_UNARY)
    PERCEPT_BINARY_ROWS(PERCEPT_BINARY)
    PERCEPT_TERNARY_ROWS(PERCEPT_TERNARY)
#undef PERCEPT_UNARY
#undef PERCEPT_BINARY
#undef PERCEPT_TERNARY
    case Row::constant:
      break;
  }
  return nullptr;
}

ToFloat find_to_float(DType dtype) {
  switch (dtype) {
    case DType::boolean:
    case DType::u8:
      return convert<std::uint8_t>;
    case DType::i8:
      return convert<std::int8_t>;
    case DType::i32:
      return convert<std::int32_t>;
    case DType::i64:
      return convert<std::int64_t>;
    case DType::f64:
      return convert<double>;
    default:
      return nullptr;
  }
}

ToBoolean find_to_boolean() { return convert_to_boolean; }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept::cpu {
HWY_EXPORT(find_row_loop);
HWY_EXPORT(find_to_float);
HWY_EXPORT(find_to_boolean);

RowLoop row_loop(Row row, unsigned single) { return HWY_DYNAMIC_DISPATCH(find_row_loop)(row, single); }
ToFloat to_float(DType dtype) { return HWY_DYNAMIC_DISPATCH(find_to_float)(dtype); }
ToBoolean to_boolean() { return HWY_DYNAMIC_DISPATCH(find_to_boolean)(); }

}  // namespace percept::cpu
#endif
