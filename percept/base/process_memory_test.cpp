// process_memory_test.cpp - pages that are touched are seen, while they are there.
#include "percept/base/process_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace percept {
namespace {

TEST(ProcessMemory, SeesWhatIsTouched) {
  const double before = rss_mib();
  EXPECT_GT(before, 0);
  EXPECT_GE(peak_rss_mib(), before - 1);  // pages of files may come and go
  constexpr std::size_t kBytes = 64u << 20;
  // Not by new: sanitizers keep what is freed.
  auto* const pages = static_cast<char*>(
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
  ASSERT_NE(pages, MAP_FAILED);
  EXPECT_NEAR(rss_mib() - before, 64, 4);
  munmap(pages, kBytes);
  EXPECT_LT(rss_mib(), before + 4);
  EXPECT_GE(peak_rss_mib(), before + 60);
}

TEST(ProcessMemory, TheMachineHasMoreThanWeUse) { EXPECT_GT(memory_mib(), peak_rss_mib()); }

}  // namespace
}  // namespace percept
