// augment_speed.cpp - what augmentation and resizing cost a core, beside decoding the JPEG before them.
// One line of JSON:  build/release/benchmarks/benchmark_augment_speed [JPEG...]
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/steps/affine.h"
#include "percept/data/augment/steps/colour.h"
#include "percept/data/augment/steps/crop.h"
#include "percept/data/augment/steps/flip.h"
#include "percept/data/resize.h"
#include "percept/formats/image.h"
#include "percept/ops/ops.h"

using namespace percept;

namespace {

constexpr int kRounds = 31;
constexpr int kTimes = 8;  // a photo is worked on in a run

struct Case {
  std::string name;
  double images;  // per run of body
  std::function<void()> body;
  std::vector<double> microseconds = {};
};

// Of this thread alone, so that other programs on the machine count little.
double microseconds_of_cpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

// Each round runs every case once: what slows the machine for a while slows all of them.
void measure(std::vector<Case>& cases) {
  for (int round = -1; round < kRounds; ++round)  // the first warms up
    for (Case& one : cases) {
      const double begin = microseconds_of_cpu();
      one.body();
      if (round >= 0) one.microseconds.push_back((microseconds_of_cpu() - begin) / one.images);
    }
}

void print(std::vector<Case>& cases) {
  std::printf("{\"threads\": 1, \"rounds\": %d", kRounds);
  for (Case& one : cases) {
    std::sort(one.microseconds.begin(), one.microseconds.end());
    const double median = one.microseconds[kRounds / 2];
    std::printf(", \"%s\": {\"us\": %.2f, \"p10_us\": %.2f, \"images_per_second\": %.0f}", one.name.c_str(), median,
                one.microseconds[kRounds / 10], 1e6 / median);
  }
  std::printf("}\n");
}

Case augmenting(const std::string& name, Augment augment, const Tensor& x) {
  std::vector<std::int64_t> samples(static_cast<std::size_t>(x.size(0)));
  std::iota(samples.begin(), samples.end(), 0);
  return {name, static_cast<double>(x.size(0)),
          [=, epoch = std::int64_t{0}]() mutable { augment({x, {}, 0}, {1, epoch++, samples}); }};
}

Tensor pictures(std::int64_t count, std::int64_t channels, std::int64_t height, std::int64_t width) {
  return cast(clip(normal({count, channels, height, width}, 128, 60, {1, 1}), 0, 255), DType::u8);
}

// Decoding and what may follow it, of one photo.
void add_photo(const std::string& path, std::vector<Case>& cases) {
  const Tensor photo = read_image(path);
  const std::string name = number(photo.size(2)) + "x" + number(photo.size(1)) + " ";
  const auto each = [&](const std::string& what, const std::function<void()>& body) {
    cases.push_back({name + what, kTimes, [body] {
                       for (int i = 0; i < kTimes; ++i) body();
                     }});
  };
  each("decode", [path] { read_image(path); });
  each("resize_224", [photo] { resize_image(photo, 224, 224); });
  each("resize_128", [photo] { resize_image(photo, 128, 128); });

  // [8, 3, H, W], stored by pixels as a decoded photo is.
  const Tensor rows = stack(std::vector<Tensor>(kTimes, permute(photo, {1, 2, 0})));
  const Tensor batch = permute(contiguous(rows), {0, 3, 1, 2});
  const ResizedCrop crop{{.height = 224, .width = 224}};
  const ColourJitter jitter{{.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1}};
  cases.push_back(augmenting(name + "resized_crop_flip_224", Augment({crop, HorizontalFlip{}}), batch));
  cases.push_back(augmenting(name + "resized_crop_flip_jitter_224", Augment({crop, HorizontalFlip{}, jitter}), batch));
  const ResizedCrop plain{{.height = 224, .width = 224, .antialias = false}};
  cases.push_back(augmenting(name + "rotate_resized_crop_224", Augment({Rotate{}, plain}), batch));
}

}  // namespace

int main(int argc, char** argv) try {
  set_num_threads(1);
  std::vector<Case> cases;
  const Augment small({Rotate{{.degrees = 10}}, Zoom{}, Shift{}, RandomCrop{{.padding = 2}}});
  cases.push_back(augmenting("affine_and_crop_28", small, pictures(512, 1, 28, 28)));
  for (int i = 1; i < argc; ++i) add_photo(argv[i], cases);
  // Every step with its defaults at 224 x 224.
  const Tensor squares = pictures(4, 3, 224, 224);
  for (const AugmentRecord& record : all_augments()) {
    Value options = record.make(Value::object(), "benchmark").options();
    if (options.find("probability") != nullptr) options.set("probability", 1.0);
    cases.push_back(augmenting(std::string(record.type), Augment({record.make(options, "benchmark")}), squares));
  }
  measure(cases);
  print(cases);
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
