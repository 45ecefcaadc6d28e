// _conv.h - what the convolution kernels share: descriptors from sizes, and weights between plain and oneDNN's order.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "percept/backends/onednn/_slots.h"
#include "percept/backends/onednn/door.h"
#include "percept/ops/conv/conv2d.h"

namespace percept::onednn {

// Images channels-last, weights in whatever order oneDNN likes best ("any"), no bias. The result of the pass is f32.
ConvDescs conv_descs(const ConvSizes& sizes, std::int64_t images, ConvPass pass, Operands operands);
// All three of the operands' type.
ConvDescs conv_descs(const ConvSizes& sizes, std::int64_t images, Operands operands);
// [O, C / G, kh, kw] row-major; with groups [G, O / G, C / G, kh, kw].
dnnl::memory::desc plain_weight(const ConvSizes& sizes);

// All f32, and nothing of size zero.
bool takes_conv(Specs inputs, Specs results);

// Rounds a run of f32 to bf16.
Runner rounding(std::int64_t count, int slots);

// Brings weights from one order to another, in pieces of out channels where they are large.
class WeightOrder {
 public:
  WeightOrder() = default;
  WeightOrder(const ConvSizes& sizes, const dnnl::memory::desc& from, const dnnl::memory::desc& to);
  std::int64_t pieces() const { return static_cast<std::int64_t>(parts_.size()); }
  // With `scratch` f32 is first rounded there and then put in order, in the cache: 2.2 times as fast where 512
  // channels' weights come from memory. The same bits.
  void run(std::int64_t piece, const void* from, void* to, std::byte* scratch = nullptr) const;
  std::size_t scratch_bytes() const { return slot_bytes_ * static_cast<std::size_t>(slots_ ? slots_->count() : 0); }
  // Of the weights that a piece brings into order.
  Region region(std::int64_t piece) const;

 private:
  void add_in_two(const dnnl::memory::dims& part, const dnnl::memory::desc& target);

  std::int64_t each_ = 0;  // of the first axis
  Shape shape_;
  std::vector<Runner> parts_;
  std::vector<std::pair<Runner, Runner>> in_two_;  // to bf16: rounding, order
  std::int64_t part_elements_ = 0;
  std::size_t slot_bytes_ = 0;
  std::shared_ptr<WorkSlots> slots_;
};

// The weight gradient as one matrix product: where weights are many and pixels few. Throws dnnl::error as door.h says.
bool is_weight_product(const ConvSizes& sizes);
Prepared prepare_weight_product(const ConvSizes& sizes, Operands operands);

std::optional<Prepared> prepare_conv2d_weight_grad(const Attrs& attrs, Specs inputs, Specs results,
                                                   const PointwiseProgram& epilogue, Operands operands);

}  // namespace percept::onednn
