// cpu_count.h - how many CPUs this process may use: its affinity mask and its container's quota.
#pragma once
#include <filesystem>
#include <optional>

namespace percept {

// CPUs of the affinity mask, at most the cgroup quota (rounded up), at least 1, at most 1024.
int available_cpus();

// The smallest cgroup v2 or v1 CPU quota on the way from this process's group to the root; nothing if unlimited.
// `root` stands for "/" in tests.
std::optional<int> cgroup_cpu_limit(const std::filesystem::path& root = "/");

}  // namespace percept
