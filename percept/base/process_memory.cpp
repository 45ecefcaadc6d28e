// process_memory.cpp - read from /proc, of Linux.
#include "percept/base/process_memory.h"

#include <sys/resource.h>
#include <unistd.h>

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

}  // namespace percept
