// eager_cost.cpp - what a call costs beyond its kernel, when nothing is captured: microseconds per op on 8 numbers.
// One line of JSON; benchmarks/peers/eager_cost.py runs PyTorch beside it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <vector>

#include "percept/base/thread_pool.h"
#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/core/state.h"
#include "percept/ops/op_trace.h"
#include "percept/ops/ops.h"

using namespace percept;

namespace {

constexpr int kCalls = 1000, kRepeats = 100, kChain = 50;

struct Times {
  double median, p10;
};

// Microseconds per unit of work, of which `body` does `units`.
Times time_of(double units, const std::function<void()>& body) {
  std::vector<double> times;
  for (int i = 0; i < kRepeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() /
                    units);
  }
  std::sort(times.begin(), times.end());
  return {times[kRepeats / 2], times[kRepeats / 10]};
}

void report(const char* name, Times t, const char* end = ", ") {
  std::printf("\"%s\": {\"median_us\": %.3f, \"p10_us\": %.3f}%s", name, t.median, t.p10, end);
}

}  // namespace

int main() {
  set_num_threads(1);
  const Tensor x = uniform({8}, 0.5, 1.5, {1, 1}), y = uniform({8}, 0.5, 1.5, {1, 2});
  Parameter w({8}, [](const Shape& shape, RandomKey key) { return uniform(shape, 0.5, 1.5, key); });
  std::printf("{");

  // The kernel alone, as a plan runs it.
  const Op& op = *find_op("add");
  const Spec in[] = {x.spec(), y.spec()}, out[] = {x.spec()};
  const PlannedStep planned{{prepare(op, {}, in, out), &op, {x, y}, {Tensor(out[0])}, {}}, {}, {}, nullptr};
  report("kernel", time_of(kCalls, [&] {
           for (int i = 0; i < kCalls; ++i) run_planned(planned);
         }));
  report("add", time_of(kCalls, [&] {
           for (int i = 0; i < kCalls; ++i) add(x, y);
         }));
  report("add_recorded", time_of(kCalls, [&] {
           for (int i = 0; i < kCalls; ++i) add(x, w);
         }));
  // Forward and backward of a chain: each product is two calls, the second its gradient.
  report("chain_with_gradient",
         time_of(20 * 2 * kChain,
                 [&] {
                   for (int k = 0; k < 20; ++k) {
                     Tensor product = w;
                     for (int i = 0; i < kChain; ++i) product = mul(product, y);
                     sum(product).backward();
                     set_grad(w, {});
                   }
                 }),
         "}\n");
}
