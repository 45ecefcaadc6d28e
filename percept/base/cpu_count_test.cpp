// cpu_count_test.cpp - cgroup quotas read from made-up /proc and /sys trees.
#include "percept/base/cpu_count.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace percept {
namespace {

namespace fs = std::filesystem;

class CpuCount : public ::testing::Test {
 protected:
  void SetUp() override { fs::remove_all(root_); }
  void TearDown() override { fs::remove_all(root_); }
  void put(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  fs::path root_ = fs::path(::testing::TempDir()) / ("percept_cpu_count_" + std::to_string(::getpid()));
};

TEST_F(CpuCount, ThisMachine) {
  EXPECT_GE(available_cpus(), 1);
  EXPECT_LE(available_cpus(), 1024);
}

TEST_F(CpuCount, NothingWithoutCgroups) { EXPECT_FALSE(cgroup_cpu_limit(root_)); }

TEST_F(CpuCount, Version2RoundsUpAndTakesTheSmallestOnTheWay) {
  put("proc/self/cgroup", "0::/a/b\n");
  put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_FALSE(cgroup_cpu_limit(root_));
  put("sys/fs/cgroup/a/b/cpu.max", "650000 100000\n");
  EXPECT_EQ(cgroup_cpu_limit(root_), 7);
  put("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  EXPECT_EQ(cgroup_cpu_limit(root_), 2);
  put("sys/fs/cgroup/cpu.max", "10000 100000\n");
  EXPECT_EQ(cgroup_cpu_limit(root_), 1);
}

TEST_F(CpuCount, Version1InAContainerThatSeesOnlyTheMount) {
  put("proc/self/cgroup", "11:memory:/docker/1f\n4:cpu,cpuacct:/docker/1f\n0::/docker/1f\n");
  put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_FALSE(cgroup_cpu_limit(root_));
  put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
  EXPECT_EQ(cgroup_cpu_limit(root_), 3);
}

TEST_F(CpuCount, MalformedFilesAreNoLimit) {
  put("proc/self/cgroup", "nonsense\n0::/\n::\n");
  for (const char* text : {"", "x y\n", "100000\n", "100000 0\n", "-5 100000\n", "99999999999999999999 1\n"}) {
    put("sys/fs/cgroup/cpu.max", text);
    EXPECT_FALSE(cgroup_cpu_limit(root_)) << text;
  }
}

}  // namespace
}  // namespace percept
