// micro_batches.h - a batch cut in one way into parts, and their gradients added up in a fixed tree.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "percept/core/state.h"
#include "percept/data/dataset.h"

namespace percept {

// Consecutive samples, as even as can be: part i of n has those from floor(i B / n) to floor((i + 1) B / n); parts of
// no samples are left out. Views of the batch.
std::vector<Batch> cut(const Batch& batch, std::int64_t parts);

// Adds the gradients of part after part: ((g0 + g1) + (g2 + g3)) + ..., so that any aligned power of two of them is a
// sum of its own. Keeps no more than log2(parts) + 1 sets.
class GradientTree {
 public:
  explicit GradientTree(const std::vector<State*>& parameters) : parameters_(parameters) {}
  void take();      // the parameters' gradients, which are cleared
  void put_back();  // the sum

 private:
  using Gradients = std::vector<Tensor>;  // undefined where none arrived
  static Gradients sum(const Gradients& a, const Gradients& b);
  const std::vector<State*>& parameters_;
  std::vector<std::pair<int, Gradients>> sums_;  // of 2^level parts each, levels falling
};

}  // namespace percept
