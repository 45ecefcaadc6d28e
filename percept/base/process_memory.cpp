// process_memory.cpp - read from /proc, of Linux.
#include "percept/base/process_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace percept {

double rss_mib() {
  std::ifstream pages("/proc/self/statm");
  double total = 0, resident = 0;
  if (!(pages >> total >> resident)) return 0;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// Not getrusage where /proc is: its peak is that of all programs the process has run, of its parent's before exec too.
double peak_rss_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (double kib = 0; word == "VmHWM:" && status >> kib) return kib / 1024;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double memory_mib() {
  double most = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (most < 0) return 0;
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::ifstream limit(file);
    if (double bytes = 0; limit >> bytes && bytes > 0) most = std::min(most, bytes);  // "max": none
  }
  return most / (1 << 20);
}

}  // namespace percept
