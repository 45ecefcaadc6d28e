// _column_stats.cpp - sums down the columns of matrices and what is done with them; vectors of columns at a time.
#include "percept/backends/cpu/_column_stats.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/_column_stats.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

// Matrices narrower than a vector are read kLanes rows at a time, as rows of kLanes * width.
constexpr std::int64_t kNarrow = kLanes * kLanes;

// --- what is added up: `add` joins the vector at element `at`, in column c, to the accumulators ---

struct Values {
  static constexpr int kSums = 1;
  const float* x;
  HWY_INLINE void add(Vector* sums, std::int64_t at, std::int64_t) const { sums[0] = (Lane(sums[0]) + load(x + at)).v; }
};

// Differences from the mean, and their squares.
struct Differences {
  static constexpr int kSums = 2;
  const float *x, *mean;
  HWY_INLINE void add(Vector* sums, std::int64_t at, std::int64_t c) const {
    const Lane d = load(x + at) - load(mean + c);
    sums[0] = (Lane(sums[0]) + d).v;
    sums[1] = fused(d, d, Lane(sums[1])).v;
  }
};

struct Gradients {
  static constexpr int kSums = 2;
  const float *dy, *x, *mean;
  HWY_INLINE void add(Vector* sums, std::int64_t at, std::int64_t c) const {
    const Lane g = load(dy + at);
    sums[0] = (Lane(sums[0]) + g).v;
    sums[1] = fused(g, load(x + at) - load(mean + c), Lane(sums[1])).v;
  }
};

// Columns c .. c + kVectors * kLanes: 4 accumulators each time, over kRows rows or neighbouring vectors, so that
// additions wait for each other less. to[k]: the k-th sum of each column.
template <int kVectors, class What>
HWY_INLINE void add_strip(const What& what, std::int64_t rows, std::int64_t width, std::int64_t c, float* const* to) {
  constexpr int kRows = 4 / kVectors, kSums = What::kSums;
  Vector sums[kRows][kVectors][kSums];
  for (auto& row : sums)
    for (auto& vector : row)
      for (Vector& sum : vector) sum = hn::Zero(F32());
  std::int64_t r = 0;
  for (; r + kRows <= rows; r += kRows)
    for (int k = 0; k < kRows; ++k)
      for (int v = 0; v < kVectors; ++v) what.add(sums[k][v], (r + k) * width + c + v * kLanes, c + v * kLanes);
  for (; r < rows; ++r)
    for (int v = 0; v < kVectors; ++v) what.add(sums[0][v], r * width + c + v * kLanes, c + v * kLanes);
  for (int v = 0; v < kVectors; ++v)
    for (int s = 0; s < kSums; ++s) {
      Lane sum(sums[0][v][s]);
      if constexpr (kRows == 4) sum = (sum + Lane(sums[1][v][s])) + (Lane(sums[2][v][s]) + Lane(sums[3][v][s]));
      store(sum, to[s] + c + v * kLanes);
    }
}

// At least kLanes columns.
template <class What>
HWY_INLINE void add_columns(const What& what, std::int64_t rows, std::int64_t width, float* const* to) {
  std::int64_t c = 0;
  for (; c + 4 * kLanes <= width; c += 4 * kLanes) add_strip<4>(what, rows, width, c, to);
  for (; c + kLanes <= width; c += kLanes) add_strip<1>(what, rows, width, c, to);
  if (c < width) add_strip<1>(what, rows, width, width - kLanes, to);  // overlaps its neighbour: the same sums again
}

// The `count` values of a row repeated kLanes times.
HWY_INLINE void repeat(const float* values, std::int64_t count, float* to) {
  for (std::int64_t k = 0; k < kLanes; ++k) std::copy_n(values, count, to + k * count);
}

// sums[c] = sum over the kLanes rows that a long row of kLanes * width stands for, in a tree.
HWY_INLINE void fold(float* sums, std::int64_t width) {
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2)
    for (std::int64_t i = 0; i < half * width; ++i) sums[i] += sums[half * width + i];
}

// --- loops ---

// From the sums of differences and of their squares.
void settle(std::int64_t rows, std::int64_t width, float* away, float* squares) {
  for (std::int64_t c = 0; c < width; ++c) {
    const float total = away[c];
    away[c] = total / static_cast<float>(rows);
    squares[c] = std::max(squares[c] - total * away[c], 0.0f);
  }
}

void narrow_statistics(const float* x, std::int64_t rows, std::int64_t width, float* mean, float* away,
                       float* squares) {
  HWY_ALIGN float sums[2 * kNarrow], means[kNarrow];
  float* const to[] = {sums, sums + kNarrow};
  const std::int64_t many = rows / kLanes, done = many * kLanes;
  std::fill_n(sums, kNarrow, 0.0f);
  if (many > 0) add_columns(Values{x}, many, width * kLanes, to);
  fold(sums, width);
  for (std::int64_t i = done * width; i < rows * width; ++i) sums[i % width] += x[i];
  for (std::int64_t c = 0; c < width; ++c) mean[c] = sums[c] / static_cast<float>(rows);
  repeat(mean, width, means);
  std::fill_n(sums, 2 * kNarrow, 0.0f);
  if (many > 0) add_columns(Differences{x, means}, many, width * kLanes, to);
  fold(to[0], width);
  fold(to[1], width);
  for (std::int64_t i = done * width; i < rows * width; ++i) {
    const float d = x[i] - mean[i % width];
    to[0][i % width] += d;
    to[1][i % width] += d * d;
  }
  std::copy_n(to[0], width, away);
  std::copy_n(to[1], width, squares);
  settle(rows, width, away, squares);
}

void statistics(const float* x, std::int64_t rows, std::int64_t width, float* mean, float* away, float* squares) {
  if (width < kLanes) return narrow_statistics(x, rows, width, mean, away, squares);
  float* const to[] = {away, squares};
  add_columns(Values{x}, rows, width, &mean);
  for (std::int64_t c = 0; c < width; ++c) mean[c] /= static_cast<float>(rows);
  add_columns(Differences{x, mean}, rows, width, to);
  settle(rows, width, away, squares);
}

void gradient_sums(const float* dy, const float* x, const float* mean, std::int64_t rows, std::int64_t width,
                   float* sums, float* products) {
  if (width >= kLanes) {
    float* const to[] = {sums, products};
    return add_columns(Gradients{dy, x, mean}, rows, width, to);
  }
  HWY_ALIGN float room[2 * kNarrow], means[kNarrow];
  float* const to[] = {room, room + kNarrow};
  const std::int64_t many = rows / kLanes, done = many * kLanes;
  repeat(mean, width, means);
  std::fill_n(room, 2 * kNarrow, 0.0f);
  if (many > 0) add_columns(Gradients{dy, x, means}, many, width * kLanes, to);
  fold(to[0], width);
  fold(to[1], width);
  for (std::int64_t i = done * width; i < rows * width; ++i) {
    const std::int64_t c = i % width;
    room[c] += dy[i];
    room[kNarrow + c] += dy[i] * (x[i] - mean[c]);
  }
  std::copy_n(to[0], width, sums);
  std::copy_n(to[1], width, products);
}

// y[r, c] = f(element, column) in whole vectors; the last of a row overlaps its neighbour and says the same again.
template <class F>
HWY_INLINE void map_rows(std::int64_t rows, std::int64_t width, float* y, const F& f) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::int64_t row = r * width;
    std::int64_t c = 0;
    for (; c + kLanes <= width; c += kLanes) store(f(row + c, c), y + row + c);
    if (c < width) store(f(row + width - kLanes, width - kLanes), y + row + width - kLanes);
  }
}

struct Scaled {
  const float *x, *mean, *scale, *shift;
  HWY_INLINE Lane operator()(std::int64_t i, std::int64_t c, std::int64_t n = kLanes) const {
    return fused(load(x + i, n) - load(mean + c), load(scale + c), load(shift + c));
  }
};

struct Gradient {
  const float *dy, *x, *mean, *a, *b, *c;
  HWY_INLINE Lane operator()(std::int64_t i, std::int64_t at, std::int64_t n = kLanes) const {
    const Lane of_x = fused(load(x + i, n) - load(mean + at), load(b + at), load(c + at));
    return fused(load(dy + i, n), load(a + at), of_x);
  }
};

// Matrices narrower than a vector: straight through memory, columns' values repeated to whole vectors beforehand.
template <class F>
HWY_INLINE void map_narrow(std::int64_t n, std::int64_t period, float* y, const F& f) {
  std::int64_t i = 0, c = 0;
  for (; i + kLanes <= n; i += kLanes, c = c + kLanes == period ? 0 : c + kLanes) store(f(i, c), y + i);
  if (i < n) store_first(f(i, c, n - i).v, y + i, n - i);
}

void scale(const float* x, const float* mean, const float* scale, const float* shift, float* y, std::int64_t rows,
           std::int64_t width) {
  if (width >= kLanes) return map_rows(rows, width, y, Scaled{x, mean, scale, shift});
  HWY_ALIGN float values[3][kNarrow];
  repeat(mean, width, values[0]);
  repeat(scale, width, values[1]);
  repeat(shift, width, values[2]);
  map_narrow(rows * width, width * kLanes, y, Scaled{x, values[0], values[1], values[2]});
}

void gradient(const float* dy, const float* x, const float* mean, const float* a, const float* b, const float* c,
              float* dx, std::int64_t rows, std::int64_t width) {
  if (width >= kLanes) return map_rows(rows, width, dx, Gradient{dy, x, mean, a, b, c});
  HWY_ALIGN float values[4][kNarrow];
  repeat(mean, width, values[0]);
  repeat(a, width, values[1]);
  repeat(b, width, values[2]);
  repeat(c, width, values[3]);
  map_narrow(rows * width, width * kLanes, dx, Gradient{dy, x, values[0], values[1], values[2], values[3]});
}

}  // namespace

ColumnLoops find_column_loops() { return {statistics, gradient_sums, scale, gradient}; }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept::cpu {
HWY_EXPORT(find_column_loops);
ColumnLoops column_loops() { return HWY_DYNAMIC_DISPATCH(find_column_loops)(); }
}  // namespace percept::cpu
#endif
