// _run_kernel.h - for tests: runs a prepared kernel's stages on the pool, without the door in front of it.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "percept/base/thread_pool.h"
#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept::onednn {

struct FreeBlock {
  void operator()(std::byte* block) const { std::free(block); }
};
using Block = std::unique_ptr<std::byte, FreeBlock>;
inline Block make_block(std::size_t bytes) {
  Block block(static_cast<std::byte*>(std::aligned_alloc(64, (bytes + 127) / 64 * 64)));
  std::fill_n(block.get(), bytes, std::byte{0x7f});  // stale memory must not shine through
  return block;
}

inline void run_stages(const Prepared& prepared, std::span<const void* const> in, std::span<void* const> out,
                       std::byte* workspace) {
  const Buffers buffers{.inputs = in, .results = out, .workspace = workspace};
  for (const Stage& stage : prepared.stages)
    parallel_for(stage.pieces, [&](std::int64_t piece) { stage.run(piece, buffers); });
}
inline void run_kernel(const Prepared& prepared, std::vector<const void*> in, std::vector<void*> out) {
  const Block workspace = make_block(prepared.workspace_bytes);
  run_stages(prepared, in, out, workspace.get());
}

// Reals in [-1, 1) or small integers, whose sums are exact in any order.
inline std::vector<float> filled(std::int64_t count, unsigned seed, bool integers = false) {
  std::mt19937 bits(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    const auto raw = bits();
    value = integers ? static_cast<float>(raw % 7) - 3.0F : static_cast<float>(raw >> 8) * 0x1p-23F - 1.0F;
  }
  return values;
}

// What arithmetic would change where a value is only moved: denormals, signs of zero, NaNs with something in them.
inline void put_special_values(std::vector<float>& values) {
  constexpr std::uint32_t kBits[] = {0x00000001, 0x807FFFFF, 0x80000000, 0x7FC12345,
                                     0x7F812345, 0xFF800000, 0x00400000};
  for (std::size_t i = 0; i < values.size(); i += 5) std::memcpy(&values[i], &kBits[i / 5 % 7], sizeof(float));
}

}  // namespace percept::onednn
