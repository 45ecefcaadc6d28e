// device.h - where tensors live, and what a device must be able to do with memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace percept {

enum class DeviceKind : std::uint8_t { cpu, cuda };

struct Device {
  DeviceKind kind = DeviceKind::cpu;
  int index = 0;
  static Device cpu() { return {}; }
  static Device cuda(int index = 0) { return {DeviceKind::cuda, index}; }
  friend bool operator==(const Device&, const Device&) = default;
};
std::string str(const Device& device);  // "cpu", "cuda:0"

// Counters of a device's caching allocator; bytes.
struct MemoryStats {
  std::size_t in_use = 0;  // handed out now
  std::size_t cached = 0;  // kept for reuse
  std::size_t peak_in_use = 0;
  std::uint64_t allocations = 0;         // served, from the cache or not
  std::uint64_t system_allocations = 0;  // those that had to ask the system
};

// One per device. Blocks are 64-byte aligned; `bytes` given to free is what was asked of allocate.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  virtual void* allocate(std::size_t bytes) = 0;  // OutOfMemoryError beyond the limit or the system's memory
  virtual void free(void* block, std::size_t bytes) noexcept = 0;
  // The values of a block in use are needed no more: its pages go back to the system until they are written again.
  virtual void discard(void* block, std::size_t bytes) noexcept = 0;
  virtual MemoryStats stats() const = 0;
  virtual void reset_peak() = 0;
  virtual void set_limit(std::size_t bytes) = 0;  // 0: none
  virtual void release_cached() = 0;              // gives cached blocks back to the system
};

// DeviceError when this build or machine has no such device.
DeviceMemory& memory_of(Device device);

}  // namespace percept
