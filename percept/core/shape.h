// shape.h - lists of sizes and strides: small ones live in the handle, larger ranks on the heap.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

namespace percept {

// Up to 32 sizes (or strides, or axes). Sizes are checked where tensors are made, not here.
class Dims {
 public:
  Dims() = default;
  Dims(std::initializer_list<std::int64_t> values) : Dims(std::span(values.begin(), values.size())) {}
  explicit Dims(std::span<const std::int64_t> values);
  Dims(std::size_t count, std::int64_t value);
  // Inline, and all of inline_ at once: every call of an op copies a dozen of them.
  Dims(const Dims& other) : inline_(other.inline_), size_(other.size_) {
    if (other.heap_) copy_heap(other);
  }
  Dims(Dims&&) noexcept = default;
  Dims& operator=(const Dims& other) { return *this = Dims(other); }
  Dims& operator=(Dims&&) noexcept = default;

  int rank() const { return static_cast<int>(size_); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::int64_t* data() { return heap_ ? heap_.get() : inline_.data(); }
  const std::int64_t* data() const { return heap_ ? heap_.get() : inline_.data(); }
  std::int64_t& operator[](std::size_t i) { return data()[i]; }
  std::int64_t operator[](std::size_t i) const { return data()[i]; }
  std::int64_t* begin() { return data(); }
  std::int64_t* end() { return data() + size_; }
  const std::int64_t* begin() const { return data(); }
  const std::int64_t* end() const { return data() + size_; }
  std::int64_t back() const { return data()[size_ - 1]; }
  operator std::span<const std::int64_t>() const { return {data(), size_}; }

  void push_back(std::int64_t value) { insert(size_, value); }
  void insert(std::size_t position, std::int64_t value);  // ShapeError above rank 32
  void erase(std::size_t position);

  friend bool operator==(const Dims& a, const Dims& b) {
    if (a.size_ != b.size_) return false;
    const std::int64_t *const x = a.data(), *const y = b.data();
    for (std::size_t i = 0; i < a.size_; ++i)
      if (x[i] != y[i]) return false;
    return true;
  }

 private:
  void copy_heap(const Dims& other);
  static constexpr std::size_t kInline = 5;  // images with one axis to spare
  std::array<std::int64_t, kInline> inline_{};
  std::size_t size_ = 0;
  std::unique_ptr<std::int64_t[]> heap_;  // room for 32 when the rank is above kInline
};

using Shape = Dims;
using Strides = Dims;  // in elements

std::string str(const Dims& dims);  // "[1, 3]"

Strides contiguous_strides(const Shape& shape);     // row-major
Strides channels_last_strides(const Shape& shape);  // [B, C, H, W] stored as B, H, W, C
// Whether the strides address `shape` row-major, sizes of 1 ignored.
bool is_contiguous(const Shape& shape, const Strides& strides);
bool is_channels_last(const Shape& shape, const Strides& strides);
// Whether the elements fill one block without gaps or overlap, in any axis order.
bool is_dense(const Shape& shape, const Strides& strides);
// Dense strides of `shape` in the memory order that `like` has; row-major where that says nothing.
Strides dense_strides_like(const Shape& shape, const Strides& like);

// The common shape of two under NumPy's broadcasting; ShapeError naming both, prefixed by `who`.
Shape broadcast(const Shape& a, const Shape& b, const char* who);
// Strides that read a tensor of `shape`/`strides` as the larger shape `to` (0 along repeated axes).
Strides broadcast_strides(const Shape& shape, const Strides& strides, const Shape& to);

}  // namespace percept
