// source_arrays.cpp - NumPy's archives of arrays.
#include <algorithm>
#include <cmath>
#include <set>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/class_names.h"
#include "percept/formats/npy.h"
#include "percept/ops/ops.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

// Whether [N, a, b, c] is [N, H, W, C]: channels as pictures have them behind sides that are longer.
bool channels_last(const Tensor& x) {
  const std::int64_t channels = x.size(3);
  return (channels == 1 || channels == 3 || channels == 4) && x.size(1) > 4 && x.size(2) > 4;
}

}  // namespace

Tensor as_samples(const Tensor& x) {
  const NoGrad off;
  if (x.rank() == 3) return unsqueeze(x, 1);
  if (x.rank() == 4 && channels_last(x)) return permute(x, {0, 3, 1, 2});
  return x;
}

namespace {

// Integers and booleans are classes, [N] or [N, 1]; other numbers are told as they are, [N, 1]. `task` as data.task.
Tensor as_targets(const Tensor& y, const std::string& name, const std::string& task) {
  const NoGrad off;
  if (y.rank() != 1 && !(y.rank() == 2 && y.size(1) == 1))
    throw ShapeError(name + " is " + str(y.shape()), "targets are [N]: a class or a number per sample");
  const Tensor flat = reshape(y, {y.size(0)});
  const bool labels = is_integer(flat.dtype()) || flat.dtype() == DType::boolean;
  if (labels && task != "regress") return cast(flat, DType::i64);
  if (task == "classify")
    throw UsageError("data.task is 'classify', and " + name + " is " + std::string(name_of(flat.dtype())),
                     "classes are integers from 0 on: save y as such");
  const Tensor numbers = cast(flat, DType::f32);
  const auto values = numbers.to_vector<float>();
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]))
      throw IoError(name + ": value " + number(i) + " is " + number(values[i]) + " as f32",
                    "targets are finite numbers: leave out samples without one");
  return unsqueeze(numbers, 1);
}

std::int64_t classes_of(const Tensor& y, const std::string& name) {
  if (y.dtype() != DType::i64) return 0;
  std::int64_t classes = 0;
  for (const std::int64_t label : y.to_vector<std::int64_t>()) {
    if (label < 0 || label >= kMostClasses)
      throw IoError(name + " holds the label " + number(label),
                    "labels count from 0; save numbers to be told as floats");
    classes = std::max(classes, label + 1);
  }
  return classes;
}

// Samples with their targets, and how many classes those need.
struct Arrays {
  Tensor x, y;
  std::int64_t classes = 0;
};

// One archive, and which of its arrays were taken.
class Archive {
 public:
  Archive(const std::string& path, const std::string& task) : path_(path), task_(task), file_(read_npz(path)) {}

  // What is trained on, or what another archive is tested on.
  Arrays main() {
    if (auto train = pair("x_train", "y_train")) return std::move(*train);
    const std::string x = first_of({"x", "X", "images"}), y = first_of({"y", "labels"});
    if (!x.empty() && !y.empty()) return std::move(*pair(x, y));
    std::vector<std::string> there;
    for (const auto& [name, tensor] : file_.tensors) there.push_back(name);
    throw IoError(path_ + ": the arrays are " + printable(join(there), 400),
                  "save x_train, y_train, x_test and y_test, or x and y");
  }

  // Samples and targets by their names; nothing where neither is there.
  std::optional<Arrays> pair(const std::string& x, const std::string& y) {
    const Tensor *samples = file_.find(x), *targets = file_.find(y);
    if (samples == nullptr && targets == nullptr) return std::nullopt;
    if (samples == nullptr || targets == nullptr)
      throw IoError(path_ + ": there is " + (samples == nullptr ? y + " without " + x : x + " without " + y),
                    "save both or neither");
    taken_.insert({x, y});
    const Tensor moved = as_samples(*samples);
    if (moved.shape() != samples->shape())
      notes_.push_back(x + " " + str(samples->shape()) + " is taken for pictures: " + str(moved.shape()) +
                       " with channels first");
    return arrays_of(moved, *targets, x, y);
  }

  // What was made of the arrays, and which were not looked at.
  std::vector<std::string> notes() const {
    std::vector<std::string> left, notes = notes_;
    for (const auto& [name, tensor] : file_.tensors)
      if (!taken_.contains(name)) left.push_back(name);
    if (!left.empty()) notes.push_back(path_ + ": not used are the arrays " + printable(join(left), 400));
    return notes;
  }

 private:
  std::string first_of(std::initializer_list<const char*> names) const {
    for (const char* name : names)
      if (file_.find(name) != nullptr) return name;
    return {};
  }

  Arrays arrays_of(const Tensor& x, const Tensor& y, const std::string& x_name, const std::string& y_name) const {
    Arrays arrays{.x = x, .y = as_targets(y, path_ + ": " + y_name, task_), .classes = 0};
    if (x.rank() < 2 || x.numel() == 0 || x.size(0) != arrays.y.size(0))
      throw ShapeError(path_ + ": " + x_name + " is " + str(x.shape()) + ", " + y_name + " " + str(y.shape()),
                       "both have a sample per row, and a sample has values: x [N, ...], y [N]");
    arrays.classes = classes_of(arrays.y, path_ + ": " + y_name);
    return arrays;
  }

  std::string path_, task_;
  TensorFile file_;
  std::set<std::string> taken_;
  std::vector<std::string> notes_;
};

// The part may be tested with a model of the main one.
void check_alike(const Arrays& main, const Arrays& part, const std::string& path) {
  if (part.x.dtype() != main.x.dtype() || part.y.dtype() != main.y.dtype())
    throw DTypeError(path + ": training has x " + std::string(name_of(main.x.dtype())) + ", y " +
                         std::string(name_of(main.y.dtype())) + ", the other part x " +
                         std::string(name_of(part.x.dtype())) + ", y " + std::string(name_of(part.y.dtype())),
                     "save both parts with the same types: y as integers for classes, as floats for numbers");
  if (slice(main.x, 0, 0, 1).shape() != slice(part.x, 0, 0, 1).shape())
    throw ShapeError(path + ": training has x " + str(main.x.shape()) + ", the other part " + str(part.x.shape()),
                     "both parts must have samples of one shape");
}

// A part from its own file, or from the archive.
std::optional<Arrays> part_of(Archive& archive, const std::string& path, const std::string& task, const char* x,
                              const char* y) {
  if (!path.empty()) return Archive(path, task).main();
  return archive.pair(x, y);
}

}  // namespace

std::unique_ptr<Source> open_array_source(const DataSection& data, const PreprocessSection& preprocess,
                                          const std::optional<TrainedAs>& trained) {
  const NoGrad off;
  if (!trained) refuse_unheeded(data, SourceKind::arrays);
  const std::string task = trained && trained->class_names.empty() ? "regress" : data.task;
  Archive archive(data.source, task);
  const Arrays main = archive.main();
  const std::optional<Arrays> test = part_of(archive, data.test, task, "x_test", "y_test");
  const std::optional<Arrays> validation = part_of(archive, data.validation, task, "x_val", "y_val");
  std::int64_t classes = main.classes;
  for (const auto& [part, path] : {std::pair{&test, &data.test}, {&validation, &data.validation}}) {
    if (!*part) continue;
    check_alike(main, **part, path->empty() ? data.source : *path);
    classes = std::max(classes, (*part)->classes);
  }
  const auto dataset = [&](const Arrays& arrays) {
    return TensorDataset(arrays.x, arrays.y, numbered_classes(classes));
  };
  ReadyParts parts{.main = dataset(main)};
  parts.notes = archive.notes();
  if (test) parts.test = dataset(*test);
  if (validation) parts.validation = dataset(*validation);
  return source_of("arrays", by_classes_of(trained, std::move(parts), data.source, false), preprocess);
}

}  // namespace percept
