// source_arrays.cpp - NumPy's archives of arrays.
#include <algorithm>
#include <cmath>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/formats/npy.h"
#include "percept/ops/ops.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

constexpr std::int64_t kMostClasses = 1'000'000;

// [N, H, W] and [N, H, W, C] with few channels become [N, C, H, W]; others stay.
Tensor as_samples(const Tensor& x) {
  const NoGrad off;
  if (x.rank() == 3 && x.dtype() == DType::u8) return unsqueeze(x, 1);
  if (x.rank() == 4 && x.size(3) <= 4 && x.size(1) > 4) return permute(x, {0, 3, 1, 2});
  return x;
}

// Integers are classes, [N] or [N, 1]; other numbers are told as they are, [N, 1].
Tensor as_targets(const Tensor& y, const std::string& name) {
  const NoGrad off;
  if (y.rank() != 1 && !(y.rank() == 2 && y.size(1) == 1))
    throw ShapeError(name + " is " + str(y.shape()), "targets are [N]: a class or a number per sample");
  const Tensor flat = reshape(y, {y.size(0)});
  if (is_integer(flat.dtype())) return cast(flat, DType::i64);
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

std::vector<std::string> numbered(std::int64_t classes) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < classes; ++i) names.push_back(number(i));
  return names;
}

const Tensor* first_of(const TensorFile& file, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const Tensor* tensor = file.find(name)) return tensor;
  return nullptr;
}

// Samples with their targets, and how many classes those need.
struct Arrays {
  Tensor x, y;
  std::int64_t classes = 0;
};

Arrays arrays_of(const Tensor& x, const Tensor& y, const std::string& path) {
  Arrays arrays{.x = as_samples(x), .y = as_targets(y, path + ": y"), .classes = 0};
  if (arrays.x.rank() < 2 || arrays.x.numel() == 0 || arrays.x.size(0) != arrays.y.size(0))
    throw ShapeError(path + ": x is " + str(x.shape()) + ", y " + str(y.shape()),
                     "both have a sample per row, and a sample has values: x [N, ...], y [N]");
  arrays.classes = classes_of(arrays.y, path + ": y");
  return arrays;
}

// What an archive is trained on, or another one tested on.
Arrays main_arrays(const TensorFile& file, const std::string& path) {
  const Tensor* x = first_of(file, {"x_train", "x", "X", "images"});
  const Tensor* y = first_of(file, {"y_train", "y", "labels"});
  if (x != nullptr && y != nullptr) return arrays_of(*x, *y, path);
  std::vector<std::string> there;
  for (const auto& [name, tensor] : file.tensors) there.push_back(name);
  throw IoError(path + ": the arrays are " + printable(join(there), 400),
                "save x_train, y_train, x_test and y_test, or x and y");
}

std::optional<Arrays> test_arrays(const TensorFile& file, const DataSection& data) {
  if (!data.test.empty()) return main_arrays(read_npz(data.test), data.test);
  const Tensor* x = file.find("x_test");
  const Tensor* y = file.find("y_test");
  if ((x == nullptr) != (y == nullptr))
    throw IoError(data.source + ": there is " + (x == nullptr ? "y_test without x_test" : "x_test without y_test"),
                  "save both or neither");
  if (x == nullptr) return std::nullopt;
  return arrays_of(*x, *y, data.source + ": x_test and y_test");
}

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

}  // namespace

std::unique_ptr<Source> open_array_source(const DataSection& data, const PreprocessSection& preprocess) {
  const NoGrad off;
  const TensorFile file = read_npz(data.source);
  const Arrays main = main_arrays(file, data.source);
  const std::optional<Arrays> test = test_arrays(file, data);
  std::optional<Arrays> validation;
  if (!data.validation.empty()) validation = main_arrays(read_npz(data.validation), data.validation);
  std::int64_t classes = main.classes;
  for (const auto& [part, path] : {std::pair{&test, &data.test}, {&validation, &data.validation}}) {
    if (!*part) continue;
    check_alike(main, **part, path->empty() ? data.source : *path);
    classes = std::max(classes, (*part)->classes);
  }
  const auto dataset = [&](const Arrays& arrays) { return TensorDataset(arrays.x, arrays.y, numbered(classes)); };
  const auto part_of = [&](const std::optional<Arrays>& arrays) {
    return arrays ? std::optional<Dataset>(dataset(*arrays)) : std::nullopt;
  };
  return source_of("arrays", dataset(main), part_of(test), part_of(validation), preprocess);
}

}  // namespace percept
