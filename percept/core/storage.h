// storage.h - a block of memory on a device, shared by the tensors that view it.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "percept/core/device.h"
#include "percept/core/ref.h"

namespace percept {

class Storage final : public RefCounted {
 public:
  Storage(Device device, std::size_t bytes)
      : data_(memory_of(device).allocate(bytes)), bytes_(bytes), device_(device) {}
  // Memory owned by somebody else; `release` is called when the last tensor lets go (may be empty).
  Storage(Device device, void* borrowed, std::size_t bytes, std::function<void()> release)
      : data_(borrowed), bytes_(bytes), device_(device), borrowed_(true), release_(std::move(release)) {}
  ~Storage() override {
    if (!borrowed_)
      memory_of(device_).free(data_, bytes_);
    else if (release_)
      release_();
  }

  void* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  bool borrowed() const { return borrowed_; }

  // A number no other contents have had: for what is worked out from values that seldom change. Whoever writes into
  // memory that had values before calls changed().
  std::uint64_t contents() const { return contents_; }
  void changed() { contents_ = next_contents(); }

 private:
  static std::uint64_t next_contents() {
    static std::atomic<std::uint64_t> count{0};
    return count.fetch_add(1, std::memory_order_relaxed);
  }

  void* data_;
  std::size_t bytes_;
  Device device_;
  bool borrowed_ = false;
  std::function<void()> release_;
  std::uint64_t contents_ = next_contents();
};

}  // namespace percept
