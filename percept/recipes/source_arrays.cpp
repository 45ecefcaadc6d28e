// source_arrays.cpp - NumPy's archives of arrays.
#include "percept/base/error.h"
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
  return unsqueeze(cast(flat, DType::f32), 1);
}

std::int64_t classes_of(const Tensor& y, const std::string& name) {
  if (y.dtype() != DType::i64) return 0;
  std::int64_t classes = 0;
  for (const std::int64_t label : y.to_vector<std::int64_t>()) {
    if (label < 0 || label >= kMostClasses)
      throw IoError(name + " holds the label " + number(label), "labels count from 0; save numbers to be told as floats");
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

}  // namespace

std::unique_ptr<Source> open_array_source(const DataSection& data, const PreprocessSection& preprocess) {
  const TensorFile file = read_npz(data.source);
  const Tensor* x = first_of(file, {"x_train", "x", "X", "images"});
  const Tensor* y = first_of(file, {"y_train", "y", "labels"});
  const Tensor* x_test = first_of(file, {"x_test"});
  const Tensor* y_test = first_of(file, {"y_test"});
  std::vector<std::string> there;
  for (const auto& [name, tensor] : file.tensors) there.push_back(name);
  if (x == nullptr || y == nullptr || (x_test == nullptr) != (y_test == nullptr))
    throw IoError(data.source + ": the arrays are " + join(there),
                  "save x_train, y_train, x_test and y_test, or x and y");
  const Tensor targets = as_targets(*y, data.source + ": y");
  std::int64_t classes = classes_of(targets, data.source + ": y");
  std::optional<Dataset> test;
  Tensor test_targets;
  if (x_test != nullptr) {
    test_targets = as_targets(*y_test, data.source + ": y_test");
    if (test_targets.dtype() != targets.dtype())
      throw DTypeError(data.source + ": y_train holds " + std::string(name_of(y->dtype())) + ", y_test " +
                           std::string(name_of(y_test->dtype())),
                       "both are integers for classes, or both floats");
    classes = std::max(classes, classes_of(test_targets, data.source + ": y_test"));
    test = TensorDataset(as_samples(*x_test), test_targets, numbered(classes));
  }
  return source_of(TensorDataset(as_samples(*x), targets, numbered(classes)), test, std::nullopt, preprocess);
}

}  // namespace percept
