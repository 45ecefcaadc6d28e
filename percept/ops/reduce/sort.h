// sort.h - attributes of sort and top_k, and how one line is put in order: the same for every kernel, so that equal
// elements and NaN land in the same place.
#pragma once
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <type_traits>

namespace percept {

struct SortAttrs {
  std::int64_t axis = -1;
  bool descending = false;
};
struct TopKAttrs {
  std::int64_t k = 1;
  std::int64_t axis = -1;
};

// Whether element i stands before element j. NaN counts as the largest; equal elements keep their order.
template <class T>
struct Before {
  const T* x;
  bool descending;

  static bool less(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
      return a < b;
    } else {
      const auto u = static_cast<double>(a), v = static_cast<double>(b);
      return u < v || (v != v && u == u);
    }
  }
  bool operator()(std::int64_t i, std::int64_t j) const {
    const T a = x[descending ? j : i], b = x[descending ? i : j];
    if (less(a, b)) return true;
    return !less(b, a) && i < j;
  }
};

// The order of x[0 .. n) as indices; the order is total, so an unstable sort gives the stable one.
template <class T>
void sort_line(const T* x, std::int64_t n, bool descending, std::int64_t* indices) {
  std::iota(indices, indices + n, std::int64_t{0});
  std::sort(indices, indices + n, Before<T>{x, descending});
}

// The k largest of x[0 .. n), largest first, k <= n: a heap of the best so far, the worst of them on top.
template <class T>
void top_k_line(const T* x, std::int64_t n, std::int64_t k, std::int64_t* indices) {
  if (k == 0) return;
  const Before<T> before{x, true};
  std::iota(indices, indices + k, std::int64_t{0});
  std::make_heap(indices, indices + k, before);
  for (std::int64_t i = k; i < n; ++i) {
    if (!before(i, indices[0])) continue;
    std::pop_heap(indices, indices + k, before);
    indices[k - 1] = i;
    std::push_heap(indices, indices + k, before);
  }
  std::sort_heap(indices, indices + k, before);
}

}  // namespace percept
