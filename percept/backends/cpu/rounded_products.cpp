// rounded_products.cpp - convolutions and matrix products below f32 on any processor: the operands are rounded to bf16,
// then some kernel for f32 multiplies them. bf16 numbers are f32 numbers, and so are their products.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "percept/backends/cpu/_walk.h"
#include "percept/ops/apply.h"
#include "percept/ops/conv/conv2d.h"
#include "percept/ops/linalg/matmul.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/rounded_products.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

// To nearest even, in the upper 16 bits; a NaN stays one.
HWY_INLINE hn::Vec<Tag<std::uint32_t>> rounded(hn::Vec<Tag<std::uint32_t>> bits) {
  const Tag<std::uint32_t> d;
  const auto upper = hn::Set(d, 0xFFFF0000u);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d, 1u));
  const auto nearest = hn::And(hn::Add(bits, hn::Add(odd, hn::Set(d, 0x7FFFu))), upper);
  const auto quiet = hn::And(hn::Or(bits, hn::Set(d, 0x00400000u)), upper);
  const auto is_nan = hn::RebindMask(d, hn::IsNaN(hn::BitCast(F32(), bits)));
  return hn::IfThenElse(is_nan, quiet, nearest);
}

void round_row(const float* from, float* to, std::int64_t count) {
  const Tag<std::uint32_t> d;
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(hn::BitCast(F32(), rounded(hn::BitCast(d, load(from + i).v))), to + i);
  if (i < count)
    store_first(hn::BitCast(F32(), rounded(hn::BitCast(d, load_first(from + i, count - i)))), to + i, count - i);
}

}  // namespace
}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

namespace percept {
namespace cpu {
namespace {

HWY_EXPORT(round_row);

constexpr std::int64_t kPiece = 16384;  // elements
constexpr char kMatmul[] = "matmul", kForward[] = "conv2d", kInputGrad[] = "conv2d_input_grad",
               kWeightGrad[] = "conv2d_weight_grad";

std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

// Rounds `count` elements of input `i` into what `to` gives.
template <class To>
void add_rounding(std::vector<Stage>& stages, std::size_t i, std::int64_t count, To to) {
  if (count == 0) return;
  stages.push_back({ceil_div(count, kPiece), [i, count, to](std::int64_t piece, const Buffers& b) {
                      const std::int64_t first = piece * kPiece;
                      HWY_DYNAMIC_DISPATCH(round_row)
                      (b.in<float>(i) + first, reinterpret_cast<float*>(to(b)) + first,
                       std::min(kPiece, count - first));
                    }});
}

// The stages of the kernel for f32; operand i is read in the workspace at `at[i]` where that is one.
using Places = std::array<std::optional<std::size_t>, 2>;
void add_stages(std::vector<Stage>& stages, const std::shared_ptr<const Prepared>& inner, const Places& at) {
  for (std::size_t s = 0; s < inner->stages.size(); ++s)
    stages.push_back({inner->stages[s].pieces,
                      [inner, s, at](std::int64_t piece, const Buffers& b) {
                        std::array<const void*, 3> in{};
                        std::copy(b.inputs.begin(), b.inputs.end(), in.begin());
                        for (std::size_t i = 0; i < at.size(); ++i)
                          if (at[i]) in[i] = b.workspace + *at[i];
                        inner->stages[s].run(piece, {{in.data(), b.inputs.size()}, b.results, b.workspace, b.report});
                      },
                      inner->stages[s].completes});
}

std::size_t bytes_of(const Spec& spec) { return aligned(static_cast<std::size_t>(spec.numel()) * sizeof(float)); }
auto in_workspace(std::size_t at) {
  return [at](const Buffers& b) { return b.workspace + at; };
}

// The second operand stays: rounded behind the inner kernel's block, brought into its order from there. Null where the
// inner kernel has none.
std::shared_ptr<const Prepacked> prepacked(const Prepared& inner, const Spec& first, const Spec& second) {
  const auto block = inner.prepack();
  if (block == nullptr || block->input != 1) return nullptr;
  auto packed = std::make_shared<Prepacked>();
  packed->input = 1;
  const std::size_t rounded_at = aligned(block->bytes);
  packed->bytes = rounded_at + bytes_of(second);
  add_rounding(packed->pack, 0, second.numel(),
               [rounded_at](const Buffers& b) { return b.out<std::byte>(0) + rounded_at; });
  for (std::size_t s = 0; s < block->pack.size(); ++s)
    packed->pack.push_back({block->pack[s].pieces, [block, s, rounded_at](std::int64_t piece, const Buffers& b) {
                              const void* const in[] = {b.out<std::byte>(0) + rounded_at};
                              block->pack[s].run(piece, {in, b.results, b.workspace, b.report});
                            }});
  const std::size_t at = aligned(block->then.workspace_bytes);
  packed->then.workspace_bytes = at + bytes_of(first);
  add_rounding(packed->then.stages, 0, first.numel(), in_workspace(at));
  add_stages(packed->then.stages, std::shared_ptr<const Prepared>(block, &block->then), {at, std::nullopt});
  return packed;
}

// The kernel for f32, behind stages that bring both operands into the workspace. Other inputs (a bias) stay.
Prepared behind_rounding(const std::shared_ptr<const Prepared>& inner, Specs inputs) {
  Prepared outer{.kernel = inner->kernel};
  const std::size_t first = aligned(inner->workspace_bytes), second = first + bytes_of(inputs[0]);
  outer.workspace_bytes = second + bytes_of(inputs[1]);
  add_rounding(outer.stages, 0, inputs[0].numel(), in_workspace(first));
  add_rounding(outer.stages, 1, inputs[1].numel(), in_workspace(second));
  add_stages(outer.stages, inner, {first, second});
  if (inner->prepack) outer.prepack = [inner, a = inputs[0], b = inputs[1]] { return prepacked(*inner, a, b); };
  return outer;
}

void to_f32(MatmulAttrs& attrs) { attrs.precision = ProductPrecision::f32; }
void to_f32(Conv2dAttrs& attrs) { attrs.precision = ProductPrecision::f32; }
void to_f32(Conv2dGradAttrs& attrs) { attrs.conv.precision = ProductPrecision::f32; }

template <const char* kOp, class T>
std::optional<Prepared> prepare_as_f32(const Attrs& attrs, Specs inputs, Specs results,
                                       const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || inputs.size() > 3) return {};
  T exact = attrs.as<T>();
  to_f32(exact);
  return behind_rounding(percept::prepare(*find_op(kOp), Attrs::of(std::move(exact)), inputs, results), inputs);
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_rounded_products();
std::vector<Kernel> kernels_cpu_rounded_products() {
  using namespace cpu;
  const std::pair<const char*, PrepareKernel> ops[] = {
      {kMatmul, prepare_as_f32<kMatmul, MatmulAttrs>},
      {kForward, prepare_as_f32<kForward, Conv2dAttrs>},
      {kInputGrad, prepare_as_f32<kInputGrad, Conv2dGradAttrs>},
      {kWeightGrad, prepare_as_f32<kWeightGrad, Conv2dGradAttrs>},
  };
  std::vector<Kernel> kernels;
  for (const auto& [op, prepare] : ops)
    for (const char* algorithm : {"rounded", "bf16", "pairs"})
      kernels.push_back({.op = op,
                         .name = "rounded_products",
                         .backend = "cpu",
                         .prepare = prepare,
                         .layouts = {Layout::dense},
                         .algorithm = algorithm,
                         .fallback = true});
  return kernels;
}

}  // namespace percept

#endif
