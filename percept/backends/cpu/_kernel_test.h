// _kernel_test.h - what the tests of this folder share: guarded memory, running a prepared kernel, every target.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "hwy/aligned_allocator.h"
#include "hwy/targets.h"
#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept::cpu {

// Elements of a spec between guards: writes outside are seen.
class Block {
 public:
  explicit Block(Spec spec) : spec_(std::move(spec)) {
    for (std::size_t i = 0; i < spec_.shape.size(); ++i)
      if (spec_.shape[i] > 0) elements_ += (spec_.shape[i] - 1) * spec_.strides[i];
    for (const std::int64_t size : spec_.shape)
      if (size == 0) elements_ = 0;
    bytes_.assign(2 * kGuard + static_cast<std::size_t>(elements_) * size_of(spec_.dtype), std::byte{0xA5});
  }
  const Spec& spec() const { return spec_; }
  std::int64_t elements() const { return elements_; }
  void* data() { return bytes_.data() + kGuard; }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(data());
  }
  float* f32() { return as<float>(); }
  bool guards_intact() const {
    auto intact = [](auto from, auto to) {
      return std::all_of(from, to, [](std::byte b) { return b == std::byte{0xA5}; });
    };
    return intact(bytes_.begin(), bytes_.begin() + kGuard) && intact(bytes_.end() - kGuard, bytes_.end());
  }
  // Offset of the element with this row-major number.
  std::int64_t place(std::int64_t i) const {
    std::int64_t at = 0;
    for (std::size_t axis = spec_.shape.size(); axis-- > 0; i /= spec_.shape[axis])
      at += i % spec_.shape[axis] * spec_.strides[axis];
    return at;
  }
  float at(std::int64_t i) { return f32()[place(i)]; }

 private:
  static constexpr std::ptrdiff_t kGuard = 64;
  Spec spec_;
  std::int64_t elements_ = 1;
  std::vector<std::byte> bytes_;
};

inline Block random_block(Spec spec, std::uint32_t seed, double low = -1, double high = 1) {
  Block block(std::move(spec));
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> values(low, high);
  for (std::int64_t i = 0; i < block.elements(); ++i) block.f32()[i] = static_cast<float>(values(engine));
  return block;
}

inline const Kernel& kernel_of(const std::vector<Kernel>& kernels, std::string_view op) {
  return *std::find_if(kernels.begin(), kernels.end(), [&](const Kernel& k) { return k.op == op; });
}

// Prepares and runs, the pieces in falling order and the workspace full of NaN; false when the kernel declines.
inline bool run_kernel(const Kernel& kernel, const Attrs& attrs, std::vector<Block*> inputs,
                       std::vector<Block*> results, const PointwiseProgram& program = {},
                       ValueReport* report = nullptr) {
  std::vector<Spec> in, out;
  std::vector<const void*> from;
  std::vector<void*> to;
  for (Block* block : inputs) in.push_back(block->spec()), from.push_back(block->data());
  for (Block* block : results) out.push_back(block->spec()), to.push_back(block->data());
  const auto prepared = kernel.prepare(attrs, in, out, program);
  if (!prepared) return false;
  auto workspace = hwy::AllocateAligned<std::byte>(prepared->workspace_bytes + 64);
  std::fill_n(workspace.get(), prepared->workspace_bytes + 64, std::byte{0xFF});
  const Buffers buffers{from, to, workspace.get(), report};
  for (const Stage& stage : prepared->stages)
    for (std::int64_t piece = stage.pieces; piece-- > 0;) stage.run(piece, buffers);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(workspace[prepared->workspace_bytes + i], std::byte{0xFF});
  for (Block* block : results) EXPECT_TRUE(block->guards_intact());
  return true;
}

// Once per instruction set that this processor has and the kernels were compiled for.
inline void for_each_target(const std::function<void()>& test) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    SCOPED_TRACE(hwy::TargetName(target));
    test();
  }
  hwy::SetSupportedTargetsForTest(0);
}

// How many floats lie between the value and the exact one; 0 for the same special.
inline double ulps(float value, double exact) {
  const auto rounded = static_cast<float>(exact);
  if (std::isnan(rounded) || std::isnan(value)) return std::isnan(rounded) == std::isnan(value) ? 0 : 1e9;
  if (value == rounded) return 0;
  if (std::isinf(rounded) || std::isinf(value)) return 1e9;
  const double unit =
      std::max(std::abs(static_cast<double>(std::nextafter(rounded, std::numeric_limits<float>::infinity())) -
                        static_cast<double>(rounded)),
               0x1p-149);
  return std::abs(static_cast<double>(value) - exact) / unit;
}

}  // namespace percept::cpu
