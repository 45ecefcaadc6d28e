// idx_pair.cpp - joins images with labels and refuses what does not belong together.
#include "percept/data/idx_pair.h"

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/formats/idx.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// u8 [N, H, W] or [N, C, H, W] -> [N, C, H, W]
Tensor as_images(const Tensor& images, const std::string& file, const Shape& wanted) {
  if (images.dtype() != DType::u8)
    throw DTypeError(file + ": holds " + std::string(name_of(images.dtype())) + " values",
                     "images in IDX form are unsigned bytes (type 0x08)");
  if (images.rank() != 3 && images.rank() != 4)
    throw ShapeError(file + ": holds " + str(images.shape()),
                     "images are [N, H, W] or [N, C, H, W]; is this the file of labels?");
  NoGrad no_grad;
  const Tensor x = images.rank() == 3 ? unsqueeze(images, 1) : images;
  Shape sample = x.shape();
  sample.erase(0);
  if (!wanted.empty() && !(sample == wanted))
    throw ShapeError(file + ": images are " + str(sample), "this data set has images of " + str(wanted));
  return x;
}

[[noreturn]] void refuse_label(std::int64_t label, std::int64_t position, const std::string& file,
                               const std::string& allowed) {
  throw IoError(file + ": label " + number(label) + " at position " + number(position) + " is out of range",
                "labels of this data set are " + allowed + "; the file is damaged or belongs to other data");
}

// Which labels the data set knows, for messages.
std::string allowed_labels(std::int64_t last, const std::vector<int>& map) {
  std::string text = "0.." + number(last);
  for (std::size_t i = 0; i < map.size(); ++i)
    if (map[i] < 0) text += " without " + number(i);
  return text;
}

// integers [N] -> i64 [N], mapped and checked
Tensor as_labels(const Tensor& labels, const std::string& file, const IdxPairOptions& options) {
  if (!is_integer(labels.dtype()))
    throw DTypeError(file + ": holds " + std::string(name_of(labels.dtype())) + " values", "labels are integers");
  if (labels.rank() != 1)
    throw ShapeError(file + ": holds " + str(labels.shape()), "labels are [N]; is this the file of images?");
  const std::vector<int>& map = options.label_map;
  const auto last = static_cast<std::int64_t>(!map.empty()                  ? map.size() - 1
                                              : options.class_names.empty() ? 255
                                                                            : options.class_names.size() - 1);
  std::vector<std::int64_t> values = labels.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t& value = values[i];
    const bool known = value >= 0 && value <= last && (map.empty() || map[static_cast<std::size_t>(value)] >= 0);
    if (!known) refuse_label(value, static_cast<std::int64_t>(i), file, allowed_labels(last, map));
    if (!map.empty()) value = map[static_cast<std::size_t>(value)];
  }
  return from_vector(values, labels.shape());
}

}  // namespace

TensorDataset load_idx_pair(const Path& images, const Path& labels, const IdxPairOptions& options) {
  const Tensor x = as_images(read_idx(images), images.string(), options.sample_shape);
  const Tensor y = as_labels(read_idx(labels), labels.string(), options);
  if (x.numel() == 0)
    throw IoError(images.string() + ": holds " + str(x.shape()) + ", no pixels at all",
                  "the file is of no use: get the data again");
  if (x.size(0) != y.size(0))
    throw IoError(images.string() + ": holds " + number(x.size(0)) + " images, but " + labels.string() + " holds " +
                      number(y.size(0)) + " labels",
                  "each image needs one label: use files of the same part of the same data set");
  return TensorDataset(x, y, options.class_names);
}

}  // namespace percept
