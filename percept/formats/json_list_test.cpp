// json_list_test.cpp - flat lists, and everything that is none.
#include "percept/formats/json_list.h"

#include <gtest/gtest.h>

#include <string>

namespace percept {
namespace {

using Strings = std::vector<std::string>;
using Integers = std::vector<std::int64_t>;

TEST(JsonList, ReadsFlatLists) {
  EXPECT_EQ(json_strings(R"([])", 0), Strings{});
  EXPECT_EQ(json_strings(R"( ["a", "\u00e9\n", ""] )", 3), (Strings{"a", "\u00e9\n", ""}));
  EXPECT_EQ(json_integers("[3, -1, 9223372036854775807, -9223372036854775808]", 9),
            (Integers{3, -1, INT64_MAX, INT64_MIN}));
}

TEST(JsonList, RefusesEverythingElse) {
  for (const char* text : {"", "[", "[\"a\"", "[\"a\"]]", "[\"a\"] x", "\"a\"", "{}", "{\"a\": 1}", "[{}]", "[[\"a\"]]",
                           "[1]", "[null]", "[true]", "[\"a\",]", "[\"\\ud800\"]", "[\"\xff\"]"})
    EXPECT_EQ(json_strings(text, 9), std::nullopt) << text;
  for (const char* text : {"", "1", "[1", "[1]2", "[[1]]", "[1.5]", "[1e3]", "[\"1\"]", "[9223372036854775808]",
                           "[18446744073709551615]", "[-9223372036854775809]", "[{}]", "[null]", "[NaN]", "[01]"})
    EXPECT_EQ(json_integers(text, 9), std::nullopt) << text;
}

TEST(JsonList, RefusesMoreThanAsked) {
  EXPECT_EQ(json_strings(R"(["a", "b"])", 1), std::nullopt);
  EXPECT_EQ(json_integers("[1, 2, 3]", 2), std::nullopt);
  EXPECT_EQ(json_integers(std::string(1'000'000, '['), 2), std::nullopt);  // neither deep recursion nor a tree
}

}  // namespace
}  // namespace percept
