// joined_dataset.cpp - each run of samples of one part is asked for at once.
#include "percept/data/joined_dataset.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/core/mode.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

class Joined {
 public:
  explicit Joined(std::vector<Dataset> parts) : parts_(std::move(parts)) {
    for (const Dataset& part : parts_) ends_.push_back(size() + part.size());
  }
  std::int64_t size() const { return ends_.empty() ? 0 : ends_.back(); }
  Shape sample_shape() const { return parts_[0].sample_shape(); }
  std::vector<std::string> class_names() const { return parts_[0].class_names(); }
  Batch get(const std::vector<std::int64_t>& indices) const {
    std::vector<Tensor> x, y, weights;
    bool weighted = false;
    for (std::size_t i = 0; i < indices.size();) {
      const auto part = part_of(indices[i]);
      const std::int64_t first = part == 0 ? 0 : ends_[part - 1];
      std::vector<std::int64_t> run;
      for (; i < indices.size() && part_of(indices[i]) == part; ++i) run.push_back(indices[i] - first);
      const Batch batch = parts_[part].get(run);
      x.push_back(batch.x);
      if (batch.y.defined()) y.push_back(batch.y);
      weights.push_back(batch.weight.defined() ? batch.weight : ones({batch.x.size(0)}));
      weighted = weighted || batch.weight.defined();
    }
    if (x.empty()) return parts_[0].get({});
    if (!y.empty() && y.size() != x.size())
      throw ShapeError("joined: some parts have targets, others have none",
                       "join parts that all have, or all lack them");
    return {
        .x = in_a_row(x), .y = y.empty() ? Tensor() : in_a_row(y), .weight = weighted ? in_a_row(weights) : Tensor()};
  }
  std::string fingerprint() const {
    std::string text;
    for (const Dataset& part : parts_) {
      const std::string of_part = part.fingerprint();
      if (of_part.empty()) return "";  // nothing tells such data apart
      text += (text.empty() ? "" : "+") + of_part;
    }
    return text;
  }

 private:
  std::size_t part_of(std::int64_t index) const {
    return static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), index) - ends_.begin());
  }
  static Tensor in_a_row(const std::vector<Tensor>& tensors) {
    const NoGrad off;
    return tensors.size() == 1 ? tensors[0] : concat(tensors, 0);
  }
  std::vector<Dataset> parts_;
  std::vector<std::int64_t> ends_;  // of each part, counted over all
};

}  // namespace

Dataset joined(std::vector<Dataset> parts) {
  if (parts.empty()) throw ValueError("joined: no data set given", "give at least one");
  for (const Dataset& part : parts)
    if (part.sample_shape() != parts[0].sample_shape())
      throw ShapeError("joined: samples of " + str(parts[0].sample_shape()) + " and of " + str(part.sample_shape()),
                       "all parts must have samples of one shape");
  if (parts.size() == 1) return parts[0];
  return Joined(std::move(parts));
}

}  // namespace percept
