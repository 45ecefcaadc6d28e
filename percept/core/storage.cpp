// storage.cpp - memory that is given up and brought back.
#include "percept/core/storage.h"

#include <mutex>
#include <utility>

namespace percept {
namespace {
// One for all: bringing back is rare, and takes longer than to wait for another's.
std::mutex& bringing_back() {
  static std::mutex& mutex = *new std::mutex;  // outlives every static tensor
  return mutex;
}
}  // namespace

bool Storage::give_up(std::function<void(void*)> restore, int known) {
  const std::lock_guard lock(bringing_back());
  if (borrowed_ || given_up()) return false;
  restore_ = std::move(restore);
  // The flag first, then the count: whoever takes a handle after the count was read sees the flag, and waits for us.
  given_up_.store(true);
  if (ref_count() > known) {
    given_up_.store(false);
    restore_ = {};
    return false;
  }
  memory_of(device_).discard(data_, bytes_);
  return true;
}

void Storage::bring_back() const {
  const std::lock_guard lock(bringing_back());
  if (!given_up()) return;  // another thread was faster
  restore_(data_);
  restore_ = {};
  given_up_.store(false);
}

}  // namespace percept
