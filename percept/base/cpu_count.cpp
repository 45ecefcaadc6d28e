// cpu_count.cpp - affinity mask and cgroup CPU quotas.
#include "percept/base/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/text.h"

namespace percept {

namespace {

constexpr int kMaxCpus = 1024;

// "" if it cannot be read. The files of /proc and /sys have no size, so read_file is not for them.
std::string small_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void lower(std::optional<int>& limit, std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return;  // "max" and -1 mean no limit
  std::int64_t cpus = (*quota - 1) / *period + 1;
  int whole = static_cast<int>(std::min<std::int64_t>(cpus, kMaxCpus));
  limit = std::min(limit.value_or(kMaxCpus), whole);
}

// v2: "max 100000" or "150000 100000" in cpu.max. v1: a file for each.
void lower_by_folder(std::optional<int>& limit, const std::filesystem::path& folder, bool version2) {
  if (version2) {
    std::string text = small_text(folder / "cpu.max");
    auto words = split(trim(text), ' ');
    if (words.size() == 2) lower(limit, parse_int64(words[0]), parse_int64(words[1]));
  } else {
    std::string quota = small_text(folder / "cpu.cfs_quota_us"), period = small_text(folder / "cpu.cfs_period_us");
    lower(limit, parse_int64(trim(quota)), parse_int64(trim(period)));
  }
}

// A limit of any group above holds too. In a container `group` may be the host's path: then only the mount exists here.
void lower_by_group(std::optional<int>& limit, const std::filesystem::path& mount, std::string_view group,
                    bool version2) {
  std::filesystem::path inner = std::filesystem::path(group).relative_path();
  for (; !inner.empty(); inner = inner.parent_path()) lower_by_folder(limit, mount / inner, version2);
  lower_by_folder(limit, mount, version2);
}

int affinity_cpus() {
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    std::size_t bytes = CPU_ALLOC_SIZE(cpus);
    std::vector<cpu_set_t> set((bytes + sizeof(cpu_set_t) - 1) / sizeof(cpu_set_t));
    if (sched_getaffinity(0, bytes, set.data()) == 0) return CPU_COUNT_S(bytes, set.data());
    if (errno != EINVAL) return 1;  // EINVAL: the kernel knows more CPUs than the mask holds
  }
  return 1;
}

}  // namespace

std::optional<int> cgroup_cpu_limit(const std::filesystem::path& root) {
  std::optional<int> limit;
  const std::filesystem::path mounts = root / "sys/fs/cgroup";
  std::string groups = small_text(root / "proc/self/cgroup");
  for (std::string_view line : split(groups, '\n')) {  // "0::/user.slice" or "3:cpu,cpuacct:/docker/1f"
    std::size_t first = line.find(':');
    std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    std::string_view controllers = line.substr(first + 1, second - first - 1), group = line.substr(second + 1);
    auto names = split(controllers, ',');
    if (line.substr(0, first) == "0" && controllers.empty()) {
      lower_by_group(limit, mounts, group, true);
      lower_by_group(limit, mounts / "unified", group, true);
    } else if (std::ranges::find(names, "cpu") != names.end()) {
      lower_by_group(limit, mounts / controllers, group, false);
      lower_by_group(limit, mounts / "cpu", group, false);
    }
  }
  return limit;
}

int available_cpus() {
  static const int cpus = std::clamp(std::min(affinity_cpus(), cgroup_cpu_limit().value_or(kMaxCpus)), 1, kMaxCpus);
  return cpus;
}

}  // namespace percept
