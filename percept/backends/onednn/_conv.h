// _conv.h - what the convolution kernels share: descriptors from sizes, and weights between plain and oneDNN's order.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>
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
  void run(std::int64_t piece, const void* from, void* to) const;
  // Of the weights that a piece brings into order.
  Region region(std::int64_t piece) const;

 private:
  std::int64_t each_ = 0;  // of the first axis
  Shape shape_;
  std::vector<Runner> parts_;
  std::shared_ptr<WorkSlots> slots_;
};

// The weight gradient as one matrix product: where weights are many and pixels few. Throws dnnl::error as door.h says.
bool is_weight_product(const ConvSizes& sizes);
Prepared prepare_weight_product(const ConvSizes& sizes);

std::optional<Prepared> prepare_conv2d_weight_grad(const Attrs& attrs, Specs inputs, Specs results,
                                                   const PointwiseProgram& epilogue, Operands operands);

}  // namespace percept::onednn
