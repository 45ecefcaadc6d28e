// resample.cpp - two passes over a picture, row by row: only as many narrowed rows are kept as a column reaches over.
#include "percept/data/resample.h"

#include <algorithm>
#include <cstring>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "percept/data/resample.cpp"
#include "hwy/foreach_target.h"  // before highway.h

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace percept::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int32_t kHalf = 1 << (kWindowBits - 1);
constexpr std::int64_t kSpare = 16;  // bytes behind each row that may be read and written

inline std::uint8_t rounded(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kWindowBits, 0, 255));
}

// The windows of columns in the order in which the loops below read them: places in groups of kGroup.
struct Across {
  std::int64_t channels = 0, groups = 0, taps = 0;
  std::vector<std::int32_t> offset;  // of a place's first pixel, in bytes
  std::vector<std::int32_t> weights;
};

// Two to four channels: a pixel takes a quarter of a vector, two pixels at once where it has eight lanes. The fourth
// byte of a pixel of three is the next one's first, and the next pixel writes over what came of it.
constexpr int kPixels = HWY_LANES(std::int32_t) > 4 ? 2 : 1;
// One channel: four places at once, their taps in lanes.
constexpr std::int64_t kSingles = 4;

Across by_pixels(const AxisWindows& columns, std::int64_t channels) {
  Across all{channels, (columns.places() + kPixels - 1) / kPixels, columns.taps, {}, {}};
  all.weights.reserve(static_cast<std::size_t>(all.groups * kPixels * all.taps * 4));
  for (std::int64_t g = 0; g < all.groups; ++g) {
    std::int64_t place[kPixels];
    for (std::int64_t p = 0; p < kPixels; ++p) {
      place[p] = std::min(g * kPixels + p, columns.places() - 1);
      all.offset.push_back(columns.first[static_cast<std::size_t>(place[p])] * static_cast<std::int32_t>(channels));
    }
    for (std::int64_t k = 0; k < all.taps; ++k)
      for (std::int64_t p = 0; p < kPixels; ++p)
        all.weights.insert(all.weights.end(), 4, columns.weights[static_cast<std::size_t>(place[p] * all.taps + k)]);
  }
  return all;
}

// kTaps: their number where known at compile time, else 0.
template <int kTaps, int kGroup = kPixels>
void across_pixels(const std::uint8_t* row, const Across& all, std::uint8_t* to) {
  const hn::FixedTag<std::uint8_t, 4> one;
  const hn::FixedTag<std::int32_t, 4 * kGroup> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const std::int64_t taps = kTaps > 0 ? kTaps : all.taps, channels = all.channels;
  const std::int32_t *offset = all.offset.data(), *weight = all.weights.data();
  for (std::int64_t g = 0; g < all.groups; ++g, offset += kGroup) {
    auto sum = hn::Set(d, kHalf);
    for (std::int64_t k = 0; k < taps; ++k, weight += 4 * kGroup) {
      const std::uint8_t* const at = row + k * channels;
      if constexpr (kGroup == 2) {
        const auto pixels = hn::Combine(bytes, hn::LoadU(one, at + offset[1]), hn::LoadU(one, at + offset[0]));
        sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d, pixels), hn::LoadU(d, weight)));
      } else {
        sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d, hn::LoadU(one, at + offset[0])), hn::LoadU(d, weight)));
      }
    }
    const auto pixels = hn::DemoteTo(bytes, hn::ShiftRight<kWindowBits>(sum));
    if constexpr (kGroup == 2) {
      hn::StoreU(hn::LowerHalf(one, pixels), one, to);
      hn::StoreU(hn::UpperHalf(one, pixels), one, to + channels);
    } else {
      hn::StoreU(pixels, one, to);
    }
    to += kGroup * channels;
  }
}

// The same of many taps where a vector has sixteen lanes: one place at a time, four of its taps at once.
constexpr int kTapsAtOnce = 4;
constexpr bool kTapsFit = HWY_LANES(std::int32_t) >= 4 * kTapsAtOnce;
constexpr std::int64_t kMany = 6;  // fewer are faster as above

Across by_taps(const AxisWindows& columns, std::int64_t channels) {
  Across all{channels, columns.places(), (columns.taps + kTapsAtOnce - 1) / kTapsAtOnce * kTapsAtOnce, {}, {}};
  all.weights.assign(static_cast<std::size_t>(all.groups * all.taps * 4), 0);
  for (std::int64_t i = 0; i < all.groups; ++i) {
    all.offset.push_back(columns.first[static_cast<std::size_t>(i)] * static_cast<std::int32_t>(channels));
    for (std::int64_t k = 0; k < columns.taps; ++k)
      std::fill_n(all.weights.data() + (i * all.taps + k) * 4, 4,
                  columns.weights[static_cast<std::size_t>(i * columns.taps + k)]);
  }
  return all;
}

template <int kAtOnce = kTapsAtOnce>
void across_taps(const std::uint8_t* row, const Across& all, std::uint8_t* to) {
  const hn::FixedTag<std::uint8_t, 16> whole;
  const hn::FixedTag<std::uint8_t, 4> one;
  const hn::FixedTag<std::int32_t, 4 * kAtOnce> d;
  const hn::Half<decltype(d)> half;
  const hn::Half<decltype(half)> quarter;
  const std::int64_t channels = all.channels;
  HWY_ALIGN std::uint8_t
      order[16];  // each pixel to a quarter; the last byte of a quarter counts for four channels only
  for (std::int64_t i = 0; i < 16; ++i) order[i] = static_cast<std::uint8_t>(i / 4 * channels + i % 4 % channels);
  const auto quarters = hn::Load(whole, order);
  const std::int32_t* weight = all.weights.data();
  for (std::int64_t i = 0; i < all.groups; ++i, to += channels) {
    const std::uint8_t* const at = row + all.offset[static_cast<std::size_t>(i)];
    auto sum = hn::Zero(d);
    for (std::int64_t k = 0; k < all.taps; k += kAtOnce, weight += 4 * kAtOnce) {
      const auto pixels = hn::TableLookupBytes(hn::LoadU(whole, at + k * channels), quarters);
      sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d, pixels), hn::LoadU(d, weight)));
    }
    const auto two = hn::Add(hn::LowerHalf(half, sum), hn::UpperHalf(half, sum));
    const auto one_sum = hn::Add(hn::LowerHalf(quarter, two), hn::UpperHalf(quarter, two));
    hn::StoreU(hn::DemoteTo(one, hn::ShiftRight<kWindowBits>(hn::Add(one_sum, hn::Set(quarter, kHalf)))), one, to);
  }
}

Across by_singles(const AxisWindows& columns) {
  Across all{1, (columns.places() + kSingles - 1) / kSingles, (columns.taps + 3) / 4 * 4, {}, {}};
  all.weights.assign(static_cast<std::size_t>(all.groups * kSingles * all.taps), 0);
  for (std::int64_t i = 0; i < all.groups * kSingles; ++i) {
    const std::int64_t place = std::min(i, columns.places() - 1);
    all.offset.push_back(columns.first[static_cast<std::size_t>(place)]);
    std::copy_n(columns.weights.data() + place * columns.taps, columns.taps, all.weights.data() + i * all.taps);
  }
  return all;
}

template <int kTaps>
void across_singles(const std::uint8_t* row, const Across& all, std::uint8_t* to) {
  const hn::FixedTag<std::uint8_t, 4> bytes;
  const hn::FixedTag<std::int32_t, 4> d;
  const std::int64_t taps = kTaps > 0 ? kTaps : all.taps;
  const std::int32_t *offset = all.offset.data(), *weight = all.weights.data();
  const auto dot = [&](std::int64_t place) {
    const std::int32_t* const w = weight + place * taps;
    const std::uint8_t* const at = row + offset[place];
    auto sum = hn::Mul(hn::PromoteTo(d, hn::LoadU(bytes, at)), hn::LoadU(d, w));
    for (std::int64_t k = 4; k < taps; k += 4)
      sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d, hn::LoadU(bytes, at + k)), hn::LoadU(d, w + k)));
    return sum;
  };
  // a0+a2 b0+b2 a1+a3 b1+b3
  const auto fold = [d](auto a, auto b) { return hn::Add(hn::InterleaveLower(a, b), hn::InterleaveUpper(d, a, b)); };
  for (std::int64_t g = 0; g < all.groups; ++g, offset += kSingles, weight += kSingles * taps, to += kSingles) {
    const auto ab = fold(dot(0), dot(1)), cd = fold(dot(2), dot(3));
    const auto sum = hn::Add(hn::ConcatLowerLower(d, cd, ab), hn::ConcatUpperUpper(d, cd, ab));
    hn::StoreU(hn::DemoteTo(bytes, hn::ShiftRight<kWindowBits>(hn::Add(sum, hn::Set(d, kHalf)))), bytes, to);
  }
}

// Any number of channels.
void across_any(const std::uint8_t* row, const AxisWindows& columns, std::int64_t channels, std::uint8_t* to) {
  const std::int32_t* weight = columns.weights.data();
  for (std::int64_t i = 0; i < columns.places(); ++i, weight += columns.taps)
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::uint8_t* const at = row + columns.first[static_cast<std::size_t>(i)] * channels + c;
      std::int32_t sum = kHalf;
      for (std::int64_t k = 0; k < columns.taps; ++k) sum += weight[k] * at[k * channels];
      *to++ = rounded(sum);
    }
}

// Sums of kVectors vectors of places.
template <int kVectors>
HWY_INLINE void down_block(const std::uint8_t* const* lines, const std::int32_t* weights, std::int64_t taps,
                           std::int64_t at, std::uint8_t* to) {
  const hn::ScalableTag<std::int32_t> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  decltype(hn::Zero(d)) sums[kVectors];
  for (auto& sum : sums) sum = hn::Set(d, kHalf);
  for (std::int64_t k = 0; k < taps; ++k) {
    const auto weight = hn::Set(d, weights[k]);
    for (std::int64_t v = 0; v < kVectors; ++v)
      sums[v] = hn::Add(sums[v], hn::Mul(hn::PromoteTo(d, hn::LoadU(bytes, lines[k] + at + v * lanes)), weight));
  }
  for (std::int64_t v = 0; v < kVectors; ++v)
    hn::StoreU(hn::DemoteTo(bytes, hn::ShiftRight<kWindowBits>(sums[v])), bytes, to + at + v * lanes);
}

// One row of the result, `count` bytes.
void down(const std::uint8_t* const* lines, const std::int32_t* weights, std::int64_t taps, std::int64_t count,
          std::uint8_t* to) {
  constexpr std::int64_t kLanes = HWY_LANES(std::int32_t);
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= count; i += 4 * kLanes) down_block<4>(lines, weights, taps, i, to);
  for (; i + kLanes <= count; i += kLanes) down_block<1>(lines, weights, taps, i, to);
  if (i < count && count >= kLanes) return down_block<1>(lines, weights, taps, count - kLanes, to);
  for (; i < count; ++i) {
    std::int32_t sum = kHalf;
    for (std::int64_t k = 0; k < taps; ++k) sum += weights[k] * lines[k][i];
    to[i] = rounded(sum);
  }
}

// Rows of the source at the length of the result, made when they are asked for. Of the last few the bytes are kept.
class Narrowed {
 public:
  Narrowed(const ByteRows& from, const AxisWindows& columns, std::int64_t kept)
      : from_(from),
        columns_(columns),
        same_(columns.is_identity(from.width)),
        kept_(kept),
        length_((columns.places() + 4) * from.channels + kSpare) {
    if (same_) return;
    bytes_.resize(static_cast<std::size_t>(kept * length_));
    held_.assign(static_cast<std::size_t>(kept), -1);
    if (from.channels == 1)
      across_ = by_singles(columns);
    else if (from.channels <= 4 && many())
      across_ = by_taps(columns, from.channels);
    else if (from.channels <= 4)
      across_ = by_pixels(columns, from.channels);
  }

  const std::uint8_t* row(std::int64_t y) {
    const std::uint8_t* const source = from_.data + y * from_.row_stride;
    if (same_) return source;
    const std::int64_t slot = y % kept_;
    std::uint8_t* const to = bytes_.data() + slot * length_;
    if (held_[static_cast<std::size_t>(slot)] != y) narrow(with_spare(source, y), to);
    held_[static_cast<std::size_t>(slot)] = y;
    return to;
  }

 private:
  bool many() const { return kTapsFit && columns_.taps >= kMany; }
  // Behind the last rows there is nothing that may be read.
  const std::uint8_t* with_spare(const std::uint8_t* source, std::int64_t y) {
    if ((from_.height - 1 - y) * from_.row_stride >= kSpare) return source;
    last_.assign(static_cast<std::size_t>(from_.width * from_.channels + kSpare), 0);
    std::memcpy(last_.data(), source, static_cast<std::size_t>(from_.width * from_.channels));
    return last_.data();
  }
  void narrow(const std::uint8_t* row, std::uint8_t* to) const {
    if (from_.channels > 4) return across_any(row, columns_, from_.channels, to);
    if (from_.channels == 1)
      return across_.taps == 4 ? across_singles<4>(row, across_, to) : across_singles<0>(row, across_, to);
    if constexpr (kTapsFit)
      if (many()) return across_taps<>(row, across_, to);
    switch (across_.taps) {
      case 2:
        return across_pixels<2>(row, across_, to);
      case 3:
        return across_pixels<3>(row, across_, to);
      case 4:
        return across_pixels<4>(row, across_, to);
      default:
        return across_pixels<0>(row, across_, to);
    }
  }

  const ByteRows& from_;
  const AxisWindows& columns_;
  bool same_;
  std::int64_t kept_, length_;
  Across across_;
  std::vector<std::uint8_t> bytes_, last_;
  std::vector<std::int64_t> held_;  // the row in each slot
};

// `count` pixels side by side into planes.
void into_planes(const std::uint8_t* from, std::int64_t count, std::int64_t channels, std::uint8_t* to,
                 std::int64_t plane_stride) {
  const hn::ScalableTag<std::uint8_t> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  if (channels == 3)
    for (; i + lanes <= count; i += lanes) {
      auto r = hn::Zero(d), g = r, b = r;
      hn::LoadInterleaved3(d, from + 3 * i, r, g, b);
      hn::StoreU(r, d, to + i);
      hn::StoreU(g, d, to + plane_stride + i);
      hn::StoreU(b, d, to + 2 * plane_stride + i);
    }
  for (; i < count; ++i)
    for (std::int64_t c = 0; c < channels; ++c) to[c * plane_stride + i] = from[i * channels + c];
}

// Windows that go from right to left would do, but processors take their loads and stores for dependent: 2.5 times
// slower.
void mirror(std::uint8_t* row, std::int64_t count) {
  const hn::FixedTag<std::uint8_t, 16> d;
  const auto backwards = hn::Sub(hn::Set(d, 15), hn::Iota(d, 0));
  std::int64_t begin = 0, end = count;
  for (; end - begin >= 32; begin += 16, end -= 16) {
    const auto left = hn::LoadU(d, row + begin), right = hn::LoadU(d, row + end - 16);
    hn::StoreU(hn::TableLookupBytes(right, backwards), d, row + begin);
    hn::StoreU(hn::TableLookupBytes(left, backwards), d, row + end - 16);
  }
  std::reverse(row + begin, row + end);
}

}  // namespace

void resample_rows(const ByteRows& from, const AxisWindows& columns, const AxisWindows& rows, const ByteTarget& to) {
  Narrowed narrowed(from, columns, rows.taps);
  const std::int64_t count = columns.places() * from.channels;
  const bool planes = to.plane_stride != 0 && from.channels > 1;
  std::vector<std::uint8_t> woven(planes ? static_cast<std::size_t>(count) : 0);
  std::vector<const std::uint8_t*> lines(static_cast<std::size_t>(rows.taps));
  for (std::int64_t y = 0; y < rows.places(); ++y) {
    const std::int32_t* const weights = rows.weights.data() + y * rows.taps;
    for (std::int64_t k = 0; k < rows.taps; ++k)
      lines[static_cast<std::size_t>(k)] = narrowed.row(rows.first[static_cast<std::size_t>(y)] + k);
    std::uint8_t* const out = to.data + y * to.row_stride;
    down(lines.data(), weights, rows.taps, count, planes ? woven.data() : out);
    if (planes) into_planes(woven.data(), columns.places(), from.channels, out, to.plane_stride);
    if (to.mirrored)
      for (std::int64_t c = 0; c < from.channels; ++c) mirror(out + c * to.plane_stride, columns.places());
  }
}

}  // namespace percept::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace percept {
HWY_EXPORT(resample_rows);
void resample(const ByteRows& from, const AxisWindows& columns, const AxisWindows& rows, const ByteTarget& to) {
  HWY_DYNAMIC_DISPATCH(resample_rows)(from, columns, rows, to);
}
}  // namespace percept
#endif
