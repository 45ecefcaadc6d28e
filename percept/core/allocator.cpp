// allocator.cpp - the CPU's caching allocator.
#include "percept/core/allocator.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "percept/base/error.h"
#include "percept/core/allocation_budget.h"
#include "percept/core/trace.h"

namespace percept {
namespace {

constexpr std::size_t kAlignment = 64;                   // one cache line, one AVX-512 register
constexpr std::size_t kHugePage = std::size_t{2} << 20;  // from here on blocks begin with huge pages
constexpr std::size_t kLargest = std::size_t{1} << 46;   // 2^40 elements of 8 bytes, and room to spare

}  // namespace

// Four classes per doubling: at most a quarter of a block is unused.
std::size_t CpuMemory::rounded(std::size_t bytes) {
  if (bytes <= 4 * kAlignment) return std::max(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
  const std::size_t step = std::bit_floor(bytes - 1) / 4;
  return (bytes + step - 1) / step * step;
}

int CpuMemory::class_of(std::size_t rounded_bytes) {
  if (rounded_bytes <= 4 * kAlignment) return static_cast<int>(rounded_bytes / kAlignment) - 1;
  const std::size_t base = std::bit_floor(rounded_bytes - 1);
  const auto doubling = std::bit_width(base);
  return static_cast<int>(4 * doubling + (rounded_bytes - base) / (base / 4)) - 4 * 9 + 3;  // 257..320 bytes is class 4
}

// Huge pages only as far as the bytes asked for fill them: what is beyond is touched by nobody while the block is
// fresh, and would cost up to 2 MiB.
void* CpuMemory::from_system(std::size_t bytes, std::size_t rounded_bytes) {
  const bool large = rounded_bytes >= kHugePage;
  void* block = std::aligned_alloc(large ? kHugePage : kAlignment,
                                   large ? (rounded_bytes + kHugePage - 1) / kHugePage * kHugePage : rounded_bytes);
  const std::size_t whole_pages = bytes / kHugePage * kHugePage;
  if (block && whole_pages != 0) madvise(block, whole_pages, MADV_HUGEPAGE);  // advice only: failure costs nothing
  return block;
}

void* CpuMemory::allocate(std::size_t bytes) {
  if (bytes > kLargest)
    throw OutOfMemoryError("a tensor of " + std::to_string(bytes) + " bytes was asked for", "use smaller sizes");
  const std::size_t size = rounded(bytes);
  charge_allocation(size);
  std::lock_guard lock(mutex_);
  if (limit_ != 0 && stats_.in_use + size > limit_)
    throw OutOfMemoryError("out of memory: " + std::to_string(bytes) + " bytes asked for, " +
                               std::to_string(stats_.in_use) + " in use, limit " + std::to_string(limit_),
                           "use a smaller batch_size, or raise the limit");
  auto& list = free_[static_cast<std::size_t>(class_of(size))];
  void* block = nullptr;
  if (!list.empty()) {
    block = list.back();
    list.pop_back();
    stats_.cached -= size;
  } else {
    block = from_system(bytes, size);
    if (!block) {
      release_cached_locked();
      block = from_system(bytes, size);
    }
    if (!block)
      throw OutOfMemoryError("out of memory: the system refused " + std::to_string(bytes) + " bytes with " +
                                 std::to_string(stats_.in_use) + " in use",
                             "use a smaller batch_size or a smaller model");
    ++stats_.system_allocations;
  }
  ++stats_.allocations;
  stats_.in_use += size;
  stats_.peak_in_use = std::max(stats_.peak_in_use, stats_.in_use);
  if (trace() != nullptr) trace()->allocated(block);
  return block;
}

void CpuMemory::free(void* block, std::size_t bytes) noexcept {
  if (!block) return;
  const std::size_t size = rounded(bytes);
  std::lock_guard lock(mutex_);
  stats_.in_use -= size;
  try {
    free_[static_cast<std::size_t>(class_of(size))].push_back(block);
    stats_.cached += size;
  } catch (...) {
    std::free(block);  // no room to remember it
  }
}

void CpuMemory::discard(void* block, std::size_t bytes) noexcept {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE)),
             begin = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t first = (begin + page - 1) / page * page, last = (begin + bytes) / page * page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);  // whole pages only
}

MemoryStats CpuMemory::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

void CpuMemory::reset_peak() {
  std::lock_guard lock(mutex_);
  stats_.peak_in_use = stats_.in_use;
}

void CpuMemory::set_limit(std::size_t bytes) {
  std::lock_guard lock(mutex_);
  limit_ = bytes;
}

void CpuMemory::release_cached() {
  std::lock_guard lock(mutex_);
  release_cached_locked();
}

void CpuMemory::release_cached_locked() {
  for (auto& list : free_) {
    for (void* block : list) std::free(block);
    list.clear();
  }
  stats_.cached = 0;
}

CpuMemory::~CpuMemory() { release_cached_locked(); }

std::string str(const Device& device) {
  return device.kind == DeviceKind::cpu ? "cpu" : "cuda:" + std::to_string(device.index);
}

DeviceMemory& memory_of(Device device) {
  // Never destroyed: tensors in static storage may outlive every other static.
  static CpuMemory& cpu = *new CpuMemory;
  if (device.kind != DeviceKind::cpu)
    throw DeviceError("device " + str(device) + " is not available in this build", "use Device::cpu()");
  return cpu;
}

}  // namespace percept
