// printable_test.cpp - what a terminal would obey is shown, what people write stays.
#include "percept/base/printable.h"

#include <gtest/gtest.h>

namespace percept {
namespace {

TEST(Printable, KeepsText) {
  EXPECT_EQ(printable("conv1.weight \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "conv1.weight \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(printable("a\nb", 120, true), "a\nb");
}

TEST(Printable, ShowsWhatATerminalObeys) {
  EXPECT_EQ(printable("\x1b[31m\x7f\n"), "\\x1b[31m\\x7f\\x0a");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");  // C1
  EXPECT_EQ(printable("\xe2\x80\xae"
                      "gpj"),
            "\\xe2\\x80\\xaegpj");                                            // right to left
  EXPECT_EQ(printable("\xe2\x81\xa6\xd8\x9c"), "\\xe2\\x81\\xa6\\xd8\\x9c");  // isolates, the Arabic letter mark
  EXPECT_EQ(printable("\xc2"), "\xc2");                                       // cut short: nothing follows it
}

TEST(Printable, CutsLongText) {
  EXPECT_EQ(printable("abcdef", 3), "abc... (6 bytes)");
  EXPECT_EQ(printable("ab\xc3\xa9", 3), "ab... (4 bytes)");  // no half of a character
  EXPECT_EQ(printable("\xf0\x9f\x98\x80", 3), "... (4 bytes)");
  EXPECT_EQ(quote("a\tb"), "'a\\x09b'");
  EXPECT_EQ(quote(std::string(300, 'a')), "'" + std::string(200, 'a') + "... (300 bytes)'");
}

}  // namespace
}  // namespace percept
