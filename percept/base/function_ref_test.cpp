// function_ref_test.cpp - what a FunctionRef may refer to.
#include "percept/base/function_ref.h"

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace percept {
namespace {

int twice(int x) { return 2 * x; }
int call(FunctionRef<int(int)> f, int x) { return f(x); }
std::string take(FunctionRef<std::string(std::unique_ptr<int>)> f) { return f(std::make_unique<int>(7)); }

struct Counter {
  int calls = 0;
  int operator()(int x) { return x + ++calls; }
};

TEST(FunctionRef, CallsLambdasFunctionsAndObjects) {
  int offset = 10;
  EXPECT_EQ(call([&](int x) { return x + offset; }, 1), 11);
  EXPECT_EQ(call(twice, 4), 8);
  EXPECT_EQ(call(&twice, 4), 8);
  const std::function<int(int)> function = twice;
  EXPECT_EQ(call(function, 5), 10);
}

TEST(FunctionRef, RefersInsteadOfCopying) {
  Counter counter;
  FunctionRef<int(int)> ref = counter;
  FunctionRef<int(int)> copy = ref;
  EXPECT_EQ(ref(0), 1);
  EXPECT_EQ(copy(0), 2);
  EXPECT_EQ(counter.calls, 2);
}

TEST(FunctionRef, PassesMoveOnlyArgumentsAndConvertsResults) {
  EXPECT_EQ(take([](std::unique_ptr<int> p) { return std::to_string(*p); }), "7");
  FunctionRef<void(int)> ignores_result = twice;
  ignores_result(1);
  static_assert(!std::is_constructible_v<FunctionRef<int(int)>, std::string>);
}

}  // namespace
}  // namespace percept
