// options_test.cpp - settings to data and back, refusals that help, one-line descriptions, hashes.
#include "percept/base/options.h"

#include <array>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "percept/base/error.h"

namespace percept::options_test {

enum class Reduction { mean, sum };
constexpr auto enum_names(Reduction) {
  return std::to_array<EnumName<Reduction>>({{Reduction::mean, "mean"}, {Reduction::sum, "sum"}});
}
enum class Unnamed { a, b };
enum class SelfNamed { x, y };
std::string_view name_of(SelfNamed value) { return value == SelfNamed::x ? "x" : "y"; }

// An int or [h, w].
struct Kernel {
  std::int64_t h = 1, w = 1;
  Kernel() = default;
  Kernel(std::int64_t both) : h(both), w(both) {}
  friend bool operator==(const Kernel&, const Kernel&) = default;
};
Value to_value(const Kernel& k) { return k.h == k.w ? Value(k.h) : Value(Value::Array{k.h, k.w}); }
void from_value(const Value& value, Kernel& out, std::string_view context) {
  if (value.is_int()) {
    out = Kernel(value.as_int());
    return;
  }
  std::array<std::int64_t, 2> pair{};
  from_value(value, pair, context);
  out.h = pair[0], out.w = pair[1];
}
std::size_t hash_value(const Kernel& k) { return static_cast<std::size_t>(31 * k.h + k.w); }

struct Inner {
  int depth = 3;
  double rate = 0.5;
};
struct Options {
  bool bias = true;
  int in_features = 0;
  std::int64_t big = 0;
  std::uint8_t small = 0;
  std::uint64_t seed = 0;
  double rate = 0.1;
  float single = 0.1f;
  std::string name = "auto";
  Reduction reduction = Reduction::mean;
  std::vector<std::int64_t> sizes;
  std::vector<bool> flags;
  std::vector<Inner> layers;
  std::array<int, 2> pair{1, 2};
  std::optional<int> limit;
  std::optional<Inner> maybe;
  std::map<std::string, double> weights;
  Inner inner;
  Kernel kernel_size{2};
  Value extra;
  std::filesystem::path folder;
  std::pair<int, std::string> tag{0, "t"};
};
struct None {};
class Hidden {
  PERCEPT_FIELDS(rate_);

 public:
  Hidden() = default;
  explicit Hidden(double rate) : rate_(rate) {}
  double rate() const { return rate_; }

 private:
  double rate_ = 0.5;
};
class NoDefault {
 public:
  explicit NoDefault(int n) : n_(n) {}
  PERCEPT_FIELDS(n_);

 private:
  int n_;
};
struct Attributes {
  Unnamed unnamed = Unnamed::a;
  SelfNamed self_named = SelfNamed::x;
  double value = 0;
  Kernel kernel;
  std::array<float, 2> pair{};
  std::vector<std::optional<int>> list;
};

Options changed() {
  Options o;
  o.bias = false;
  o.in_features = -7;
  o.big = std::int64_t{1} << 60;
  o.small = 255;
  o.seed = std::numeric_limits<std::uint64_t>::max();
  o.rate = 1;
  o.single = 1e-7f;
  o.name = "two words";
  o.reduction = Reduction::sum;
  o.sizes = {1, 2, 3};
  o.flags = {true, false};
  o.layers = {{1, 0.25}, {2, 0.125}};
  o.pair = {8, 9};
  o.limit = 5;
  o.maybe = Inner{9, 1.5};
  o.weights = {{"a", 1.0}, {"b", 2.0}};
  o.inner.depth = 4;
  o.kernel_size.h = 5;
  o.extra = Value::Array{1, "x"};
  o.folder = "/tmp/x";
  o.tag = {3, "u"};
  return o;
}

template <class T>
std::string problem_of(const Value& value, T out, std::string_view context = "linear") {
  try {
    from_value(value, out, context);
  } catch (const UsageError& error) {
    return error.problem() + " | " + error.fix();
  }
  return "no error";
}

Value member(std::string_view key, Value value) {
  Value tree;
  tree.set(key, std::move(value));
  return tree;
}

TEST(Options, RoundTrip) {
  Options before = changed(), after;
  Value tree = percept::to_value(before);
  from_value(tree, after, "options");
  EXPECT_TRUE(equal_fields(before, after));
  EXPECT_EQ(percept::to_value(after), tree);
  EXPECT_FALSE(equal_fields(before, Options{}));
  Options defaults = changed();
  from_value(percept::to_value(Options{}), defaults, "");
  EXPECT_TRUE(equal_fields(defaults, Options{}));
}

TEST(Options, Json) {
  EXPECT_EQ(to_json(percept::to_value(Inner{})), R"({"depth": 3, "rate": 0.5})");
  EXPECT_EQ(to_json(percept::to_value(None{})), "{}");
  EXPECT_EQ(to_json(percept::to_value(Hidden(0.25))), R"({"rate_": 0.25})");
  EXPECT_EQ(to_json(percept::to_value(changed())),
            R"({"bias": false, "in_features": -7, "big": 1152921504606846976, "small": 255, )"
            R"("seed": "18446744073709551615", "rate": 1.0, "single": 1e-07, "name": "two words", "reduction": "sum", )"
            R"("sizes": [1, 2, 3], "flags": [true, false], "layers": [{"depth": 1, "rate": 0.25}, )"
            R"({"depth": 2, "rate": 0.125}], "pair": [8, 9], "limit": 5, "maybe": {"depth": 9, "rate": 1.5}, )"
            R"("weights": {"a": 1.0, "b": 2.0}, "inner": {"depth": 4, "rate": 0.5}, "kernel_size": [5, 2], )"
            R"("extra": [1, "x"], "folder": "/tmp/x", "tag": [3, "u"]})");
}

TEST(Options, SetsOnlyWhatIsGiven) {
  Options options = changed();
  from_value(member("inner", member("rate", 3)), options, "linear");
  EXPECT_EQ(options.inner.rate, 3.0);
  EXPECT_EQ(options.inner.depth, 4);
  EXPECT_EQ(options.in_features, -7);
  from_value(member("kernel_size", 7), options, "linear");
  EXPECT_EQ(options.kernel_size, Kernel(7));
  from_value(member("limit", nullptr), options, "linear");
  EXPECT_FALSE(options.limit);
  Hidden hidden;
  from_value(member("rate_", 0.75), hidden, "hidden");
  EXPECT_EQ(hidden.rate(), 0.75);
}

TEST(Options, UnknownAndRepeatedKeys) {
  EXPECT_EQ(problem_of(member("rat", 1), Inner{}),
            "unknown key 'rat' in linear | did you mean 'rate'? known keys: depth, rate");
  EXPECT_EQ(problem_of(member("zzzzzz", 1), Inner{}, ""), "unknown key 'zzzzzz' | known keys: depth, rate");
  EXPECT_EQ(problem_of(member("x", 1), None{}), "unknown key 'x' in linear | there are no keys here; remove it");
  EXPECT_EQ(problem_of(Value(Value::Object{{"rate", 1}, {"rate", 2}}), Inner{}),
            "key 'rate' in linear is given twice | remove one of them");
  EXPECT_EQ(problem_of(member("layers", Value::Array{Value::object(), member("dept", 1)}), Options{}),
            "unknown key 'dept' in linear.layers[1] | did you mean 'depth'? known keys: depth, rate");
}

TEST(Options, WrongKindsNameThePlaceAndTheValue) {
  auto starts = [](const Value& value, const std::string& text) {
    std::string problem = problem_of(value, Options{});
    EXPECT_EQ(problem.substr(0, text.size()), text);
  };
  starts(member("bias", 1), "linear.bias: expected true or false, got 1");
  starts(member("in_features", "x"), "linear.in_features: expected an integer, got \"x\"");
  starts(member("in_features", 1.0), "linear.in_features: expected an integer, got 1.0");
  starts(member("in_features", 3000000000),
         "linear.in_features: expected an integer from -2147483648 to 2147483647, got 3000000000");
  starts(member("small", -1), "linear.small: expected an integer from 0 to 255, got -1");
  starts(member("seed", -1), "linear.seed: expected an integer from 0 to");
  starts(member("seed", "12x"), "linear.seed: expected an integer, got \"12x\"");
  starts(member("rate", "fast"), "linear.rate: expected a number, got \"fast\"");
  starts(member("single", 1e300), "linear.single: expected a number of at most");
  starts(member("name", true), "linear.name: expected a string, got true");
  starts(member("sizes", 3), "linear.sizes: expected an array, got 3");
  starts(member("sizes", Value::Array{1, "b"}), "linear.sizes[1]: expected an integer, got \"b\"");
  starts(member("pair", Value::Array{1}), "linear.pair: expected an array of 2, got [1]");
  starts(member("kernel_size", Value::Array{1, 2, 3}), "linear.kernel_size: expected an array of 2, got [1, 2, 3]");
  starts(member("inner", 3), "linear.inner: expected a table of keys and values, got 3");
  starts(member("reduction", "meen"),
         "linear.reduction: expected one of the words mean, sum, got \"meen\" | did you mean 'mean'? known words: "
         "mean, sum");
  starts(member("reduction", 0), "linear.reduction: expected one of the words mean, sum, got 0");
  starts(3, "linear: expected a table of keys and values, got 3");
}

TEST(Options, DescriptionsListWhatDiffers) {
  EXPECT_EQ(str_options(Options{}), "");
  Options options;
  options.in_features = 2;
  options.bias = false;
  options.rate = 1;
  options.kernel_size = 3;
  options.reduction = Reduction::sum;
  options.inner.depth = 1;
  EXPECT_EQ(str_options(options),
            "bias=false, in_features=2, rate=1, reduction=sum, inner={depth=1, rate=0.5}, kernel_size=3");
  EXPECT_EQ(str_options(NoDefault(4)), "n_=4");
  EXPECT_EQ(str_options(Kernel(3)), "3");
  EXPECT_EQ(str_options(Attributes{.unnamed = Unnamed::b, .self_named = SelfNamed::y, .kernel = {}, .list = {1, {}}}),
            "unnamed=1, self_named=y, list=[1, null]");
}

TEST(Options, HashesFollowEquality) {
  Attributes a, b;
  EXPECT_TRUE(equal_fields(a, b));
  EXPECT_EQ(hash_fields(a), hash_fields(b));
  auto differs = [&](auto change) {
    Attributes c = a;
    change(c);
    EXPECT_FALSE(equal_fields(a, c));
    EXPECT_NE(hash_fields(a), hash_fields(c));
  };
  differs([](Attributes& c) { c.unnamed = Unnamed::b; });
  differs([](Attributes& c) { c.value = -0.0; });
  differs([](Attributes& c) { c.kernel = Kernel(2); });
  differs([](Attributes& c) { c.pair[1] = 1; });
  differs([](Attributes& c) { c.list = {std::nullopt}; });
  a.value = b.value = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(equal_fields(a, b));
  EXPECT_EQ(hash_fields(a), hash_fields(b));
  a.list = {0};
  b.list = {std::nullopt};
  EXPECT_FALSE(equal_fields(a, b));
  EXPECT_NE(hash_fields(a), hash_fields(b));
  EXPECT_EQ(hash_fields(changed()), hash_fields(changed()));
  EXPECT_NE(hash_fields(changed()), hash_fields(Options{}));
  EXPECT_TRUE(equal_fields(None{}, None{}));
}

}  // namespace percept::options_test
