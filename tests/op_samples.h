// op_samples.h - turning an op's samples into tensors and calls, shared by the tests that know every op.
#pragma once
#include <gtest/gtest.h>

#include <cstring>

#include "percept/autograd/autograd.h"
#include "percept/core/factories.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept::testing {

// Values of one input. Where a result is expected: 0, 1, 2, ... Otherwise values spread over the domain in a random
// order, no two alike and none on a kink at 0 or 1/2 (the offset keeps clear of them), different for each input.
inline std::vector<double> sample_values(const SampleInput& input, bool counting, std::size_t which) {
  if (!input.values.empty()) return input.values;
  std::int64_t count = 1;
  for (std::int64_t size : input.shape) count *= size;
  std::vector<double> values(static_cast<std::size_t>(std::max<std::int64_t>(count, 0)));
  const Permutation order(count, 0x5eed + which);
  const double offset = which == 0 ? 0.3 : which == 1 ? 0.17 : 0.41;
  for (std::int64_t i = 0; i < count; ++i) {
    const double spread = (static_cast<double>(order(i)) + offset) / static_cast<double>(count);
    values[static_cast<std::size_t>(i)] =
        counting ? static_cast<double>(i) : input.low + (input.high - input.low) * spread;
  }
  return values;
}

// The inputs of a sample; those of floating kind in `dtype`.
inline std::vector<Tensor> sample_inputs(const Sample& sample, DType dtype) {
  std::vector<Tensor> inputs;
  const bool counting = !sample.expect.empty();
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    const SampleInput& input = sample.inputs[i];
    const auto values = sample_values(input, counting || !is_floating(input.dtype), i);
    const Tensor wide = from_vector(values, input.shape);
    inputs.push_back(cast(wide, input.dtype == DType::f64 ? dtype : input.dtype));
  }
  return inputs;
}

inline std::vector<Tensor> call(const Op& op, const Sample& sample, const std::vector<Tensor>& inputs) {
  return apply(op, sample.attrs, inputs, {__FILE__, __LINE__});
}

// Logical bytes: what "the same bits" means, whatever the strides.
inline std::string bits(const Tensor& tensor) {
  const Tensor flat = contiguous(tensor);
  if (flat.numel() == 0) return "";
  return std::string(static_cast<const char*>(flat.raw_data()),
                     static_cast<std::size_t>(flat.numel()) * size_of(flat.dtype()));
}
inline std::string bits(const std::vector<Tensor>& tensors) {
  std::string all;
  for (const Tensor& tensor : tensors) all += bits(tensor);
  return all;
}

// The same values behind strides that no kernel expects: the axes stored in reverse order, with a gap at the end.
inline Tensor strided(const Tensor& x) {
  if (x.rank() == 0 || x.numel() == 0) return x;
  Dims reversed;
  for (int i = x.rank(); i-- > 0;) reversed.push_back(i);
  const Tensor backwards = contiguous(permute(x, reversed));
  Shape wider = backwards.shape();
  wider[wider.size() - 1] += 1;
  const Tensor padded = pad_to(backwards, wider, Dims(wider.size(), 0));
  return permute(slice(padded, -1, 0, backwards.shape().back()), reversed);
}

inline std::string described(const Op& op, const Sample& sample) {
  std::string text = std::string(op.name) + "(" + sample.attrs.text() + ")";
  for (const SampleInput& input : sample.inputs) text += " " + str(input.shape);
  return text;
}

}  // namespace percept::testing
