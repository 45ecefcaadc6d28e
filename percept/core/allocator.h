// allocator.h - the CPU's caching allocator: size classes, free lists, huge pages for large blocks.
#pragma once
#include <array>
#include <mutex>
#include <vector>

#include "percept/core/device.h"

namespace percept {

// Why it exists: a training step that goes to malloc for its activations pays page faults every time.
class CpuMemory final : public DeviceMemory {
 public:
  ~CpuMemory() override;
  void* allocate(std::size_t bytes) override;
  void free(void* block, std::size_t bytes) noexcept override;
  void discard(void* block, std::size_t bytes) noexcept override;
  MemoryStats stats() const override;
  void reset_peak() override;
  void set_limit(std::size_t bytes) override;
  void release_cached() override;

  static std::size_t rounded(std::size_t bytes);  // the size of the class that serves `bytes`

 private:
  static constexpr int kClasses = 256;
  static int class_of(std::size_t rounded_bytes);
  void release_cached_locked();
  void* from_system(std::size_t bytes, std::size_t rounded_bytes);

  mutable std::mutex mutex_;
  std::array<std::vector<void*>, kClasses> free_;
  MemoryStats stats_;
  std::size_t limit_ = 0;
};

}  // namespace percept
