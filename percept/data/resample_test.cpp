// resample_test.cpp - every instruction set gives the bytes of the plain sums, for any size and number of channels.
#include "percept/data/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hwy/targets.h"

namespace percept {
namespace {

std::vector<std::uint8_t> noise(std::int64_t count) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
  std::uint32_t state = 12345;
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
  return bytes;
}

std::uint8_t weighted(const AxisWindows& windows, std::int64_t place, const std::uint8_t* pixels, std::int64_t stride) {
  std::int64_t sum = 1 << (kWindowBits - 1);
  for (std::int64_t k = 0; k < windows.taps; ++k)
    sum += std::int64_t{windows.weights[static_cast<std::size_t>(place * windows.taps + k)]} *
           pixels[(windows.first[static_cast<std::size_t>(place)] + k) * stride];
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> kWindowBits, 0, 255));
}

// The definition, pixels side by side.
std::vector<std::uint8_t> plain(const ByteRows& from, const AxisWindows& columns, const AxisWindows& rows) {
  const std::int64_t length = columns.places() * from.channels;
  std::vector<std::uint8_t> narrow, out;
  for (std::int64_t y = 0; y < from.height; ++y)
    for (std::int64_t i = 0; i < length; ++i)
      narrow.push_back(
          weighted(columns, i / from.channels, from.data + y * from.row_stride + i % from.channels, from.channels));
  for (std::int64_t y = 0; y < rows.places(); ++y)
    for (std::int64_t i = 0; i < length; ++i) out.push_back(weighted(rows, y, narrow.data() + i, length));
  return out;
}

struct Size {
  std::int64_t height, width, to_height, to_width;
};

void expect_plain_sums(const Size& n, std::int64_t channels, const AxisFilter& filter, bool mirrored) {
  SCOPED_TRACE(std::to_string(n.width) + " to " + std::to_string(n.to_width) + " of " + std::to_string(channels));
  // Exactly as long as the picture: reading beyond it is seen by the address sanitizer.
  const std::vector<std::uint8_t> pixels = noise(n.height * n.width * channels);
  const ByteRows from{pixels.data(), n.height, n.width, channels, n.width * channels};
  const double across = static_cast<double>(n.width) / static_cast<double>(n.to_width);
  const double down = static_cast<double>(n.height) / static_cast<double>(n.to_height);
  const AxisWindows columns = axis_windows(n.to_width, n.width, mirrored ? -across : across,
                                           mirrored ? static_cast<double>(n.width) : 0, filter, true);
  const AxisWindows rows = axis_windows(n.to_height, n.height, down, 0, filter, true);
  const std::vector<std::uint8_t> wanted = plain(from, columns, rows);
  std::vector<std::uint8_t> got(wanted.size() + 1, 77);
  resample(from, columns, rows, {got.data(), n.to_width * channels});
  EXPECT_EQ(got.back(), 77);
  got.pop_back();
  EXPECT_EQ(got, wanted);
  const std::int64_t plane = n.to_height * n.to_width;
  resample(from, columns, rows, {got.data(), n.to_width, plane});
  for (std::int64_t i = 0; i < plane * channels; ++i)
    ASSERT_EQ(got[static_cast<std::size_t>(i % channels * plane + i / channels)], wanted[static_cast<std::size_t>(i)]);
  std::vector<std::uint8_t> turned(got.size());
  resample(from, columns, rows, {turned.data(), n.to_width, plane, true});
  for (auto row = turned.begin(); row != turned.end(); row += n.to_width) std::reverse(row, row + n.to_width);
  EXPECT_EQ(turned, got);
}

TEST(Resample, EveryInstructionSetGivesThePlainSums) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    for (const Size& n :
         {Size{1, 1, 1, 1}, Size{3, 2, 5, 7}, Size{9, 70, 4, 33}, Size{21, 40, 21, 40}, Size{5, 300, 64, 65},
          Size{40, 19, 3, 1}, Size{13, 17, 26, 130}, Size{4, 1, 3, 9}, Size{3, 7, 2, 1}})
      for (std::int64_t channels = 1; channels <= 5; ++channels)
        for (const bool mirrored : {false, true})
          for (const AxisFilter& filter : {kTriangle, kCubic}) expect_plain_sums(n, channels, filter, mirrored);
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(Resample, WindowsBeyondTheAxisAreItsEdge) {
  const AxisWindows windows = axis_windows(3, 4, 1, 100, kTriangle, false);
  EXPECT_EQ(windows.first, (std::vector<std::int32_t>{3, 3, 3}));
  EXPECT_EQ(windows.weights, std::vector<std::int32_t>(3, 1 << kWindowBits));
  EXPECT_EQ(axis_windows(1, 4, 1, -100, kTriangle, false).first[0], 0);
}

}  // namespace
}  // namespace percept
