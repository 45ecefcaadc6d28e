// text_test.cpp - numbers both ways, guesses, lists and widths.
#include "percept/base/text.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace percept {
namespace {

using Limits = std::numeric_limits<double>;

TEST(Text, NumbersAreShortAndReadBack) {
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(0.1f), "0.1");
  EXPECT_EQ(number(1.0), "1");
  EXPECT_EQ(number(100000.0), "100000");
  EXPECT_EQ(number(1e15), "1000000000000000");
  EXPECT_EQ(number(1e16), "1e+16");
  EXPECT_EQ(number(0.0001), "0.0001");
  EXPECT_EQ(number(0.00001), "1e-05");
  EXPECT_EQ(number(-0.0), "-0");
  EXPECT_EQ(number(Limits::quiet_NaN()), "nan");
  EXPECT_EQ(number(-Limits::quiet_NaN()), "nan");
  EXPECT_EQ(number(-Limits::infinity()), "-inf");
  for (double x : {1.0 / 3, Limits::max(), Limits::min(), Limits::denorm_min(), 5e-5, 123456789.125, -2.5e300})
    EXPECT_EQ(parse_double(number(x)), x);
  EXPECT_EQ(number(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(number(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(number(7), "7");
  EXPECT_EQ(number(std::int8_t{-3}), "-3");
}

TEST(Text, Fixed) {
  EXPECT_EQ(fixed(0.91834, 4), "0.9183");
  EXPECT_EQ(fixed(2.0, 0), "2");
  EXPECT_EQ(fixed(-1.005, 1), "-1.0");
  EXPECT_EQ(fixed(Limits::max(), 100).size(), 309u + 101u);
  EXPECT_EQ(fixed(Limits::infinity(), 2), "inf");
}

TEST(Text, Thousands) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(1199882), "1,199,882");
  EXPECT_EQ(with_thousands(-100), "-100");
  EXPECT_EQ(with_thousands(-1000), "-1,000");
  EXPECT_EQ(with_thousands(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Text, ParsesOnlyWholeNumbers) {
  EXPECT_EQ(parse_int64("-12"), -12);
  EXPECT_EQ(parse_double("1e-3"), 1e-3);
  EXPECT_EQ(parse_double("2"), 2.0);
  for (const char* text : {"", " 1", "1 ", "+1", "1x", "x", "0x10", "1,5", "--1"}) {
    EXPECT_FALSE(parse_int64(text)) << text;
    EXPECT_FALSE(parse_double(text)) << text;
  }
  EXPECT_FALSE(parse_int64("9223372036854775808"));
  EXPECT_FALSE(parse_int64("1.5"));
  EXPECT_FALSE(parse_double("1e999"));
}

TEST(Text, Nearest) {
  const std::vector<std::string> keys{"in_features", "out_features", "bias", "learning_rate"};
  EXPECT_EQ(nearest("in_feature", keys), "in_features");
  EXPECT_EQ(nearest("learnign_rate", keys), "learning_rate");
  EXPECT_EQ(nearest("bais", keys), "bias");
  EXPECT_EQ(nearest("momentum", keys), "");
  EXPECT_EQ(nearest("", keys), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'x'), keys), "");
  const std::vector<std::string_view> shorts{"lr", "a"};
  EXPECT_EQ(nearest("x", shorts), "");  // two edits turn any two letters into any others
  EXPECT_EQ(nearest("l", shorts), "lr");
  EXPECT_EQ(nearest("b", std::span<const std::string_view>{}), "");
}

TEST(Text, JoinSplitTrim) {
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}, "; "), "a; b");
  EXPECT_EQ(join(std::vector<std::int64_t>{2, 3, 4}), "2, 3, 4");
  EXPECT_EQ(join(std::vector<double>{}), "");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(split(",", ','), (std::vector<std::string_view>{"", ""}));
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" "), "");
}

TEST(Text, WidthsOnATerminal) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("\xc3\xa9t\xc3\xa9"), 3);         // e with accents
  EXPECT_EQ(display_width("e\xcc\x81"), 1);                 // e and a combining accent
  EXPECT_EQ(display_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);  // two ideographs
  EXPECT_EQ(display_width("\xf0\x9f\x98\x80"), 2);          // an emoji
  EXPECT_EQ(display_width("\xe2\x96\x88\xe2\x96\x91"), 2);  // block characters of a progress bar
  EXPECT_GE(display_width("\xff\xe2\x82"), 1);              // no UTF-8: some width, no crash
  EXPECT_EQ(pad_right("\xc3\xa9", 3), "\xc3\xa9  ");
  EXPECT_EQ(pad_left("12", 4), "  12");
  EXPECT_EQ(pad_left("12345", 4), "12345");
}

}  // namespace
}  // namespace percept
