// augment_speed.cpp - images per second of augmentation on one thread, beside decoding a JPEG of the same size.
// One line of JSON:  build/release/benchmarks/benchmark_augment_speed [JPEG of 400 x 300 or any other]
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/thread_pool.h"
#include "percept/data/augment/augment_record.h"
#include "percept/data/augment/steps/affine.h"
#include "percept/data/augment/steps/colour.h"
#include "percept/data/augment/steps/crop.h"
#include "percept/data/augment/steps/flip.h"
#include "percept/formats/image.h"
#include "percept/ops/ops.h"

using namespace percept;

namespace {

constexpr int kRepeats = 15;

// Of this thread alone, so that other programs on the machine count little.
double microseconds_of_cpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

// Microseconds of one core per image: the median of kRepeats runs of `body`, which does `images`.
double time_of(double images, const std::function<void()>& body) {
  std::vector<double> times;
  for (int i = 0; i < kRepeats; ++i) {
    const double begin = microseconds_of_cpu();
    body();
    times.push_back((microseconds_of_cpu() - begin) / images);
  }
  std::nth_element(times.begin(), times.begin() + kRepeats / 2, times.end());
  return times[kRepeats / 2];
}

double time_of(const Augment& augment, const Tensor& x) {
  std::vector<std::int64_t> samples(static_cast<std::size_t>(x.size(0)));
  std::iota(samples.begin(), samples.end(), 0);
  std::int64_t epoch = 0;
  return time_of(static_cast<double>(x.size(0)), [&] { augment({x, {}, 0}, {1, epoch++, samples}); });
}

void report(const std::string& name, double microseconds, const char* end = ", ") {
  std::printf("\"%s\": {\"us\": %.2f, \"images_per_second\": %.0f}%s", name.c_str(), microseconds, 1e6 / microseconds,
              end);
}

Tensor pictures(std::int64_t count, std::int64_t channels, std::int64_t height, std::int64_t width) {
  return cast(clip(normal({count, channels, height, width}, 128, 60, {1, 1}), 0, 255), DType::u8);
}

}  // namespace

int main(int argc, char** argv) try {
  set_num_threads(1);
  std::printf("{");
  const Tensor digits = pictures(512, 1, 28, 28);
  report("affine_and_crop_28",
         time_of(Augment({Rotate{{.degrees = 10}}, Zoom{}, Shift{}, RandomCrop{{.padding = 2}}}), digits));

  // Photos as decoded: [B, 3, 300, 400], stored by pixels.
  const Tensor photos = permute(contiguous(permute(pictures(16, 3, 300, 400), {0, 2, 3, 1})), {0, 3, 1, 2});
  const ResizedCrop crop{{.height = 224, .width = 224}};
  const ColourJitter jitter{{.brightness = 0.4, .contrast = 0.4, .saturation = 0.4, .hue = 0.1}};
  report("resized_crop_224", time_of(Augment({crop, HorizontalFlip{}}), photos));
  report("resized_crop_flip_jitter_224", time_of(Augment({crop, HorizontalFlip{}, jitter}), photos));
  report("resized_crop_rotate_224",
         time_of(Augment({Rotate{}, ResizedCrop{{.height = 224, .width = 224, .antialias = false}}}), photos));
  if (argc > 1) report("decode", time_of(1, [&] { read_image(argv[1]); }));

  // Every step with its defaults at 224 x 224.
  const Tensor squares = pictures(4, 3, 224, 224);
  for (const AugmentRecord& record : all_augments()) {
    const AugmentStep step = record.make(Value::object(), "benchmark");
    Value options = step.options();
    if (options.find("probability") != nullptr) options.set("probability", 1.0);
    report(std::string(record.type), time_of(Augment({record.make(options, "benchmark")}), squares),
           &record == &all_augments().back() ? "}\n" : ", ");
  }
  return 0;
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
