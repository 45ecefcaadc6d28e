// value_test.cpp - the tree, its accessors and its text forms.
#include "percept/base/value.h"

#include <limits>

#include <gtest/gtest.h>

#include "percept/base/error.h"

namespace percept {
namespace {

TEST(Value, HoldsEachKind) {
  EXPECT_TRUE(Value().is_null());
  EXPECT_TRUE(Value(nullptr).is_null());
  EXPECT_TRUE(Value(true).is_bool());
  EXPECT_EQ(Value(3).as_int(), 3);
  EXPECT_EQ(Value(std::size_t{3}).as_int(), 3);
  EXPECT_EQ(Value(2.5).as_double(), 2.5);
  EXPECT_EQ(Value(3).as_double(), 3.0);
  EXPECT_EQ(Value(0.1f).as_double(), 0.1);
  EXPECT_EQ(Value(std::numeric_limits<float>::max()).as_double(), 3.4028235e38);
  EXPECT_EQ(Value("text").as_string(), "text");
  EXPECT_TRUE(Value::array().is_array());
  EXPECT_TRUE(Value::object().is_object());
  EXPECT_THROW(Value(std::numeric_limits<std::uint64_t>::max()), ValueError);
}

TEST(Value, RefusesTheWrongKindAndSaysWhatItGot) {
  Value text("abc");
  EXPECT_THROW(text.as_bool(), UsageError);
  EXPECT_THROW(text.as_double(), UsageError);
  EXPECT_THROW(text.as_array(), UsageError);
  EXPECT_THROW(text.as_object(), UsageError);
  EXPECT_THROW(text.set("key", 1), UsageError);
  EXPECT_THROW(text.push_back(1), UsageError);
  EXPECT_THROW(Value(1).as_string(), UsageError);
  EXPECT_THROW(Value(1.0).as_int(), UsageError);
  try {
    text.as_int();
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_EQ(error.problem(), "expected an integer, got \"abc\"");
  }
}

TEST(Value, ObjectsKeepTheirOrder) {
  Value tree;
  tree.set("b", 1);
  tree.set("a", 2.0);
  tree.set("b", "new");
  Value list;
  list.push_back(1);
  list.push_back(nullptr);
  tree.set("list", list);
  EXPECT_EQ(to_json(tree), R"({"b": "new", "a": 2.0, "list": [1, null]})");
  EXPECT_EQ(tree.find("a")->as_double(), 2.0);
  EXPECT_EQ(tree.find("none"), nullptr);
  EXPECT_EQ(Value(3).find("a"), nullptr);
}

TEST(Value, Equality) {
  EXPECT_EQ(Value(1), Value(1));
  EXPECT_FALSE(Value(1) == Value(1.0));
  EXPECT_FALSE(Value(false) == Value(0));
  Value a(Value::Array{1, "x", Value(Value::Object{{"k", true}})}), b = a;
  EXPECT_EQ(a, b);
  EXPECT_EQ(hash_value(a), hash_value(b));
  b.as_array()[2].set("k", false);
  EXPECT_FALSE(a == b);
}

TEST(Value, JsonNumbersStayWhatTheyAre) {
  EXPECT_EQ(to_json(1), "1");
  EXPECT_EQ(to_json(1.0), "1.0");
  EXPECT_EQ(to_json(-0.0), "-0.0");
  EXPECT_EQ(to_json(1e300), "1e+300");
  EXPECT_EQ(to_json(0.1), "0.1");
  EXPECT_EQ(to_json(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(to_json(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(to_json(Value::array()), "[]");
  EXPECT_EQ(to_json(Value::object()), "{}");
}

TEST(Value, JsonStrings) {
  EXPECT_EQ(to_json("a\"b\\c\n\t\r"), R"("a\"b\\c\n\t\r")");
  EXPECT_EQ(to_json(std::string_view("\x01\0\x7f", 3)), R"("\u0001\u0000\u007f")");
  EXPECT_EQ(to_json("\xc3\xa9 \xf0\x9f\x98\x80"), "\"\xc3\xa9 \xf0\x9f\x98\x80\"");
  // not UTF-8: a lone byte, a cut character, an overlong form, a surrogate
  EXPECT_EQ(to_json("\xff"), "\"\xef\xbf\xbd\"");
  EXPECT_EQ(to_json("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(to_json("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(to_json("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(Value, TextForPeople) {
  Value tree;
  tree.set("padding", "same");
  tree.set("rate", 1.0);
  tree.set("sizes", Value::Array{3, 5});
  tree.set("title", "two words");
  tree.set("word", "true");
  EXPECT_EQ(to_text(tree), R"({padding=same, rate=1, sizes=[3, 5], title="two words", word="true"})");
}

TEST(Value, DeepTreesArePrintedAndDestroyed) {
  Value deep = 1;
  for (int i = 0; i < 1000; ++i) {
    Value outer;
    outer.push_back(std::move(deep));  // an initialiser list would copy the tree each time
    deep = std::move(outer);
  }
  EXPECT_EQ(to_json(deep).size(), 2001u);
}

}  // namespace
}  // namespace percept
