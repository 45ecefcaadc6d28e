// read_files.cpp - what reading pictures costs: milliseconds of processor time per file, whole, at a part of its size,
// and its header alone; and megabytes of CSV per second.
//   benchmark_read_files FILE...      .jpg .png .csv (.csv.gz)
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/formats/csv.h"
#include "percept/formats/image.h"

using namespace percept;

namespace {

constexpr int kRepeats = 11;

// Milliseconds of processor time, the median.
double time_of(const std::function<void()>& body) {
  std::vector<double> times;
  for (int i = 0; i < kRepeats; ++i) {
    const std::clock_t begin = std::clock();  // of this process: others on the machine do not count
    body();
    times.push_back(1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  std::sort(times.begin(), times.end());
  return times[kRepeats / 2];
}

void read_table(const char* path, bool numbers) {
  double bytes = 0, sum = 0;
  const double ms = time_of([&] {
    CsvReader table(path);
    bytes = 0;
    while (table.next())
      for (const std::string_view field : table.fields()) {
        bytes += static_cast<double>(field.size() + 1);
        if (numbers) sum += parse_number(field).value_or(0);
      }
  });
  std::printf("%s%s: %.1f ms, %.0f MB/s%s\n", path, numbers ? ", numbers" : "", ms, bytes / ms / 1e3,
              sum < 0 ? " " : "");
}

void read_picture(const char* path) {
  const ImageInfo info = read_image_info(path);
  const double whole = time_of([&] { read_image(path, 3); });
  const double part = time_of([&] { read_image(path, {.channels = 3, .min_size = 224}); });
  const double header = time_of([&] { read_image_info(path); });
  std::printf("%s: %lld x %lld: %.2f ms, min_size 224: %.2f ms, header: %.3f ms\n", path,
              static_cast<long long>(info.width), static_cast<long long>(info.height), whole, part, header);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    for (int i = 1; i < count; ++i) {
      if (std::string(arguments[i]).find(".csv") == std::string::npos) {
        read_picture(arguments[i]);
        continue;
      }
      read_table(arguments[i], false);
      read_table(arguments[i], true);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
