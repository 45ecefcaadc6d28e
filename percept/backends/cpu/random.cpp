// random.cpp - dropout masks: Philox 4x32-10 for a vector of blocks at a time, bit for bit ops/random/dropout.cpp.
#include "percept/ops/random/random.h"

#include <algorithm>
#include <cmath>

#include "percept/backends/cpu/_mask_loop.h"
#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/backends/cpu/random.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "percept/backends/cpu/_lane.h"

HWY_BEFORE_NAMESPACE();
namespace percept::cpu::HWY_NAMESPACE {
namespace {

using U32 = hn::Rebind<std::uint32_t, F32>;
using Words = hn::Vec<U32>;
using U64 = hn::Repartition<std::uint64_t, U32>;

// Both halves of the 64-bit products of every lane with one factor.
HWY_INLINE void multiply(Words a, Words factor, Words& high, Words& low) {
  const U32 d;
  const auto even = hn::MulEven(a, factor);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(U64(), a))), factor);
  high = hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even)));
  low = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
}

// Elements 4 * block .. of one sample, kLanes blocks: to[4 * kLanes].
HWY_INLINE void mask_blocks(const MaskSample& sample, std::uint32_t block, float* to) {
  const U32 d;
  Words c0 = hn::Add(hn::Set(d, block), hn::Iota(d, 0)), c1 = hn::Set(d, sample.sample), c2 = hn::Set(d, sample.step),
        c3 = hn::Set(d, sample.call);
  std::uint32_t k0 = static_cast<std::uint32_t>(sample.key), k1 = static_cast<std::uint32_t>(sample.key >> 32);
  for (int round = 0; round < 10; ++round) {
    Words high0, low0, high1, low1;
    multiply(c0, hn::Set(d, 0xD2511F53u), high0, low0);
    multiply(c2, hn::Set(d, 0xCD9E8D57u), high1, low1);
    c0 = hn::Xor(hn::Xor(high1, c1), hn::Set(d, k0));
    c1 = low1;
    c2 = hn::Xor(hn::Xor(high0, c3), hn::Set(d, k1));
    c3 = low0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  const auto mask = [&](Words word) HWY_ATTR {
    const auto value = hn::BitCast(I32(), hn::ShiftRight<8>(word));  // uniform_from, before its scale
    const auto kept = hn::Gt(value, hn::Set(I32(), sample.threshold - 1));
    return hn::IfThenElseZero(hn::RebindMask(F32(), kept), hn::Set(F32(), sample.keep));
  };
  hn::StoreInterleaved4(mask(c0), mask(c1), mask(c2), mask(c3), F32(), to);
}

void mask_elements(const MaskSample& sample, std::int64_t begin, std::int64_t end, float* to) {
  constexpr std::int64_t kStep = 4 * kLanes;
  std::int64_t i = begin;
  for (; i + kStep <= end; i += kStep) mask_blocks(sample, static_cast<std::uint32_t>(i / 4), to + i);
  if (i == end) return;
  HWY_ALIGN float rest[kStep];
  mask_blocks(sample, static_cast<std::uint32_t>(i / 4), rest);
  std::copy_n(rest, end - i, to + i);
}

}  // namespace

MaskLoop find_mask_loop() { return mask_elements; }

}  // namespace percept::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept {
namespace cpu {
namespace {

HWY_EXPORT(find_mask_loop);

constexpr std::int64_t kPieceElements = 16384;  // a multiple of 4: blocks are not cut

std::optional<Prepared> prepare(const Attrs& attrs, Specs, Specs results, const PointwiseProgram& epilogue) {
  const auto& a = attrs.as<DropoutMaskAttrs>();
  const Spec& y = results[0];
  // Elements of a sample are counted in memory order.
  if (!epilogue.empty() || y.dtype != DType::f32 || !(y.rank() == 4 ? y.is_channels_last() : y.is_contiguous()))
    return std::nullopt;
  const std::int64_t rows = y.rank() == 0 ? 1 : y.shape[0], size = rows == 0 ? 0 : y.numel() / rows;
  Prepared prepared;
  if (size == 0) return prepared;
  const MaskLoop run = HWY_DYNAMIC_DISPATCH(find_mask_loop)();
  MaskSample base{.key = philox_key({a.seed, a.stream}), .call = static_cast<std::uint32_t>(a.call)};
  base.threshold = static_cast<std::int32_t>(std::ceil(static_cast<double>(static_cast<float>(a.rate)) * 0x1p24));
  base.keep = static_cast<float>(1 / (1 - a.rate));
  const std::int64_t cuts = (size + kPieceElements - 1) / kPieceElements;      // of a row
  const std::int64_t each = std::max<std::int64_t>(kPieceElements / size, 1);  // rows of a piece
  const std::int64_t first_sample = a.first_sample;
  prepared.stages.push_back({(rows + each - 1) / each * cuts, [=](std::int64_t piece, const Buffers& b) {
                               const std::int64_t begin = piece % cuts * kPieceElements, row = piece / cuts * each;
                               MaskSample sample = base;
                               sample.step = static_cast<std::uint32_t>(*b.in<std::int64_t>(0));
                               for (std::int64_t r = row; r < std::min(row + each, rows); ++r) {
                                 sample.sample = static_cast<std::uint32_t>(first_sample + r);
                                 run(sample, begin, std::min(begin + kPieceElements, size), b.out<float>(0) + r * size);
                               }
                             }});
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_random();
std::vector<Kernel> kernels_cpu_random() {
  return {{.op = "dropout_mask", .name = "random", .backend = "cpu", .prepare = cpu::prepare}};
}

}  // namespace percept
#endif
