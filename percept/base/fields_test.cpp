// fields_test.cpp - names and references of fields, with and without PERCEPT_FIELDS.
#include "percept/base/fields.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace percept::fields_test {

struct Options {
  int in_features = 0;
  bool bias = true;
  std::string name;
};
struct Nested {
  Options first;
  std::vector<Options> many;
  std::array<int, 3> three{};
  std::optional<Options> perhaps;
  std::optional<double> rate;
};
struct MoveOnly {
  std::unique_ptr<int> owned;
  const int fixed = 7;
  std::function<void(int)> call;
  std::map<std::string, int> map;
  std::variant<int, std::string> either;
  std::variant<std::monostate, Options> state;
};
struct One {
  double only_one;
};
struct Empty {
  int operator()(int x) const { return x; }
};
struct NoDefault {
  explicit NoDefault(int v) : value(v) {}
  int value;
};
struct HoldsNoDefault {
  NoDefault field;
  int other = 1;
};
struct Wide {
  int a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16;
  int a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32;
};
struct TooWide {
  Wide wide;
  int a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16;
  int a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32;
};
struct Derived : Options {
  int more = 0;
};
struct DerivedOnly : Options {};

class Private {
  PERCEPT_FIELDS(weight_, bias)

 public:
  explicit Private(int weight) : weight_(weight) {}
  std::string bias = "b";
  int not_named = 3;

 private:
  int weight_;
};
class WidePrivate {
  int a1{}, a2{}, a3{}, a4{}, a5{}, a6{}, a7{}, a8{}, a9{}, a10{}, a11{}, a12{}, a13{}, a14{}, a15{}, a16{};
  int a17{}, a18{}, a19{}, a20{}, a21{}, a22{}, a23{}, a24{}, a25{}, a26{}, a27{}, a28{}, a29{}, a30{}, a31{}, a32{};
  PERCEPT_FIELDS(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22,
                 a23, a24, a25, a26, a27, a28, a29, a30, a31, a32);
};
class NoneNamed {
 public:
  explicit NoneNamed(int cache) : cache_(cache) {}
  PERCEPT_FIELDS();
  int cache() const { return cache_; }

 private:
  int cache_;
};
class Constructed {
 public:
  explicit Constructed(int v) : value(v) {}
  int value;
};
class FromPrivate : public Private {
 public:
  FromPrivate() : Private(1) {}
  int extra = 0;
};
class FromPrivateNamed : public Private {
 public:
  FromPrivateNamed() : Private(1) {}
  int extra = 5;
  PERCEPT_FIELDS(bias, extra);
};
template <class T>
struct Generic {
  T value{};
  int count = 0;
  PERCEPT_FIELDS(value, count);
};

static_assert(HasFields<Options> && HasFields<const Options> && HasFields<Nested> && HasFields<MoveOnly>);
static_assert(HasFields<Empty> && HasFields<Private> && HasFields<NoneNamed> && HasFields<Wide>);
static_assert(HasFields<Generic<int>> && HasFields<FromPrivateNamed> && HasFields<HoldsNoDefault>);
static_assert(!HasFields<int> && !HasFields<std::string> && !HasFields<std::vector<int>> && !HasFields<Constructed>);
static_assert(!HasFields<std::array<int, 3>> && !HasFields<int[3]> && !HasFields<std::pair<int, int>>);
static_assert(!HasFields<TooWide> && !HasFields<Derived> && !HasFields<DerivedOnly> && !HasFields<FromPrivate>);
static_assert(kFieldCount<Wide> == 32 && kFieldCount<WidePrivate> == 32 && kFieldCount<Empty> == 0);

template <class T>
std::string names() {
  std::string text;
  for (std::string_view name : field_names<T>()) text += std::string(name) + " ";
  return text;
}

TEST(Fields, NamesOfAggregates) {
  EXPECT_EQ(names<Options>(), "in_features bias name ");
  EXPECT_EQ(names<const Options>(), "in_features bias name ");
  EXPECT_EQ(names<Nested>(), "first many three perhaps rate ");
  EXPECT_EQ(names<MoveOnly>(), "owned fixed call map either state ");
  EXPECT_EQ(names<One>(), "only_one ");
  EXPECT_EQ(names<Empty>(), "");
  EXPECT_EQ(names<HoldsNoDefault>(), "field other ");
  EXPECT_EQ(field_names<Wide>()[31], "a32");
}

TEST(Fields, NamedByTheMacro) {
  EXPECT_EQ(names<Private>(), "weight_ bias ");
  EXPECT_EQ(names<NoneNamed>(), "");
  EXPECT_EQ(names<FromPrivateNamed>(), "bias extra ");
  EXPECT_EQ(names<Generic<double>>(), "value count ");
  EXPECT_EQ(field_names<WidePrivate>()[0], "a1");
  EXPECT_EQ(field_names<WidePrivate>()[31], "a32");
  EXPECT_EQ(NoneNamed(4).cache(), 4);
}

TEST(Fields, ReferencesReachTheObject) {
  Options options;
  for_each_field(options, [](std::string_view name, auto& field) {
    if constexpr (std::is_same_v<decltype(field), int&>) {
      EXPECT_EQ(name, "in_features");
      field = 12;
    }
  });
  EXPECT_EQ(options.in_features, 12);

  const Private object(41);
  int seen = 0;
  for_each_field(object, [&](std::string_view, const auto& field) {
    if constexpr (std::is_same_v<decltype(field), const int&>) seen = field;
  });
  EXPECT_EQ(seen, 41);

  MoveOnly movable;
  std::get<0>(field_refs(movable)) = std::make_unique<int>(3);
  EXPECT_EQ(*movable.owned, 3);
  static_assert(std::is_same_v<std::tuple_element_t<1, decltype(field_refs(movable))>, const int&>);
}

}  // namespace percept::fields_test
