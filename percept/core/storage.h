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

  void* data() const {
    if (given_up_.load()) bring_back();
    return data_;
  }
  // Where it lies, whether the values are there or not.
  const void* address() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }
  bool borrowed() const { return borrowed_; }

  // A number larger than all contents before have had: for what is worked out from values that seldom change. Whoever
  // writes into memory that had values before calls changed().
  std::uint64_t contents() const { return contents_; }
  void changed() { contents_ = next_contents(); }

  // Gives the pages back to the system; the next data() fills them again by `restore`, with what they held. False, and
  // nothing happens, where memory is borrowed or somebody holds more than `known` handles, and may be reading. Whoever
  // kept an address without a handle reads zeros.
  bool give_up(std::function<void(void* data)> restore, int known);
  bool given_up() const { return given_up_.load(); }

 private:
  void bring_back() const;
  static std::uint64_t next_contents() {
    static std::atomic<std::uint64_t> count{0};
    return count.fetch_add(1, std::memory_order_relaxed);
  }

  void* data_;
  std::size_t bytes_;
  Device device_;
  bool borrowed_ = false;
  std::function<void()> release_;
  mutable std::function<void(void*)> restore_;  // while it is given up
  mutable std::atomic<bool> given_up_{false};
  std::uint64_t contents_ = next_contents();
};

}  // namespace percept
