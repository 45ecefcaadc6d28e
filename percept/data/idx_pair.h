// idx_pair.h - a data set of images from a file of images and a file of labels in IDX form.
#pragma once
#include <string>
#include <vector>

#include "percept/base/path.h"
#include "percept/data/dataset.h"

namespace percept {

struct IdxPairOptions {
  std::vector<std::string> class_names = {};
  Shape sample_shape = {};          // [C, H, W] that the images must have; empty: any
  std::vector<int> label_map = {};  // label in the file -> class, -1: not used by the data set; empty: as it is
};

// images: u8 [N, H, W] or [N, C, H, W]; labels: integers [N]; both may be gzip. x is u8 [N, C, H, W], y is i64 [N].
// Every label is checked: below class_names.size() (0..255 without names), and one the map knows.
// IoError, DTypeError or ShapeError naming the file (and the label's value and position).
TensorDataset load_idx_pair(const Path& images, const Path& labels, const IdxPairOptions& options = {});

}  // namespace percept
