// recipe_checks.cpp - values of a recipe that are out of range or not known yet.
#include <utility>

#include "percept/base/text.h"
#include "percept/formats/image.h"
#include "percept/recipes/_recipe_file.h"

namespace percept {
namespace {

[[noreturn]] void not_yet(const std::string& what, const std::string& remedy) {
  throw UsageError(what + " is not in this version of Percept", remedy);
}

void refuse_what_is_to_come(const RecipeFile& file) {
  if (file.train.checkpoint_every != 0)
    not_yet("train.checkpoint_every", "remove the key; the model is saved at the end");
}

void check_train(const TrainSection& t) {
  auto is = [](std::string_view key, std::int64_t value) {
    return "train." + std::string(key) + " is " + std::to_string(value);
  };
  check_range(t.batch_size >= 1 && t.batch_size <= 1'000'000, is("batch_size", t.batch_size),
              "use a batch_size from 1 to 1000000");
  check_range((t.epochs >= 1 || t.steps > 0) && t.epochs <= 1'000'000'000, is("epochs", t.epochs),
              "use epochs from 1 to 1000000000");
  check_range(t.steps >= 0, is("steps", t.steps), "use steps >= 1, or 0 to count by epochs");
  check_range(t.algorithm == "auto" || t.algorithm == "direct" || t.algorithm == "winograd",
              "train.algorithm is \"" + t.algorithm + "\"", "use \"auto\", \"direct\" or \"winograd\"");
  for (const auto& [key, value] : {std::pair{"clip_value", t.clip_value}, std::pair{"clip_norm", t.clip_norm},
                                   std::pair{"clip_global_norm", t.clip_global_norm}})
    check_range(value >= 0 && value - value == 0, "train." + std::string(key) + " is " + number(value),
                "use a number above 0, or 0 not to clip");
  check_range(t.on_nan == "stop" || t.on_nan == "skip", "train.on_nan is \"" + t.on_nan + "\"",
              "use \"stop\" or \"skip\"");
  check_range(t.micro_batches >= 1 && t.micro_batches <= t.batch_size, is("micro_batches", t.micro_batches),
              "use 1 to batch_size");
}

// Files with models hold these settings too, and may be anybody's.
void check_picture(const PreprocessSection& p) {
  constexpr std::int64_t kMostPixels = 16'000'000;  // of one input
  if (p.picture) {
    const PictureOptions& picture = *p.picture;
    const bool fits = picture.height >= 1 && picture.width >= 1 && picture.height <= kMaxImageSide &&
                      picture.width <= kMaxImageSide && picture.height * picture.width <= kMostPixels;
    check_range(fits, "preprocess.picture is " + number(picture.height) + " x " + number(picture.width),
                "give height and width, up to " + with_thousands(kMostPixels) + " pixels in all");
  }
  if (p.target)
    check_range(p.target->std > 0 && p.target->std - p.target->std == 0 && p.target->mean - p.target->mean == 0,
                "preprocess.target is mean " + number(p.target->mean) + ", std " + number(p.target->std),
                "both are finite, std above 0");
}

}  // namespace

void check_data_sections(const DataSection& d, const PreprocessSection& p) {
  check_range(!d.source.empty(), "data.source is missing",
              "name a data set (percept datasets list), a folder or a table");
  for (const auto& [key, value] : {std::pair{"validation_split", d.validation_split}, {"test_split", d.test_split}})
    check_range(value >= 0 && value < 1, "data." + std::string(key) + " is " + number(value),
                "use a fraction from 0 up to, not including, 1");
  check_range(d.validation.empty() || d.validation_split == 0,
              "data.validation and data.validation_split are both given", "leave one of them out");
  check_range(d.test.empty() || d.test_split == 0, "data.test and data.test_split are both given",
              "leave one of them out");
  check_range(d.task == "auto" || d.task == "classify" || d.task == "regress", "data.task is \"" + d.task + "\"",
              "use \"auto\", \"classify\" or \"regress\"");
  check_range(enum_value<TableHeader>(d.header).has_value(), "data.header is \"" + d.header + "\"",
              "use \"auto\", \"yes\" or \"no\"");
  check_picture(p);
  check_range(p.scale > 0 && p.scale - p.scale == 0, "preprocess.scale is " + number(p.scale),
              "use a positive number, e.g. 255");
  check_range(
      p.mean.size() == p.std.size() || p.std.empty() || p.mean.empty(),
      "preprocess.mean has " + std::to_string(p.mean.size()) + " numbers, std has " + std::to_string(p.std.size()),
      "give one of each per channel");
  for (double value : p.std) check_range(value > 0, "preprocess.std holds " + number(value), "every std must be > 0");
}

void check_range(bool good, const std::string& what, const std::string& remedy) {
  if (!good) throw UsageError(what, remedy);
}

void check_sections(const RecipeFile& file) {
  refuse_what_is_to_come(file);
  check_data_sections(file.data, file.preprocess);
  check_train(file.train);
}

}  // namespace percept
