// door_test.cpp - the caller's OpenMP setting, and one prepared kernel run in several places at once.
#include "percept/backends/onednn/door.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "percept/backends/onednn/_run_kernel.h"
#include "percept/backends/onednn/_slots.h"

namespace percept {
std::vector<Kernel> kernels_onednn_matmul();
namespace {

using namespace onednn;

Prepared prepared_product(std::int64_t m, std::int64_t k, std::int64_t n) {
  const Spec inputs[] = {contiguous_spec(DType::f32, {m, k}), contiguous_spec(DType::f32, {k, n})};
  const Spec results[] = {contiguous_spec(DType::f32, {m, n})};
  return kernels_onednn_matmul()[0].prepare({}, Specs(inputs, 2), Specs(results, 1), {}).value();
}

TEST(OnednnDoor, TheCallersOpenMpSettingComesBack) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(3);
  const Prepared prepared = prepared_product(8, 8, 8);
  EXPECT_EQ(omp_get_max_threads(), 3);
  const std::vector<float> a(64, 1), b(64, 2);
  std::vector<float> y(64);
  run_kernel(prepared, {a.data(), b.data()}, {y.data()});
  EXPECT_EQ(omp_get_max_threads(), 3);
  EXPECT_EQ(y, std::vector<float>(64, 16));
  omp_set_num_threads(before);
}

TEST(OnednnDoor, OnePreparedKernelRunsInSeveralPlacesAtOnce) {
  constexpr std::int64_t kM = 100, kK = 300, kN = 400;
  const Prepared prepared = prepared_product(kM, kK, kN);
  const auto a = filled(kM * kK, 1), b = filled(kK * kN, 2);
  std::vector<std::vector<float>> y(6, std::vector<float>(kM * kN, NAN));
  std::vector<std::thread> callers;
  for (std::vector<float>& mine : y)
    callers.emplace_back([&] {
      for (int i = 0; i < 20; ++i) run_kernel(prepared, {a.data(), b.data()}, {mine.data()});
    });
  for (std::thread& caller : callers) caller.join();
  for (const std::vector<float>& other : y) EXPECT_EQ(other, y[0]);
}

TEST(OnednnDoor, AFailedCallIsAnError) {
  EXPECT_NO_THROW(check(dnnl_success, "nothing"));
  try {
    check(dnnl_out_of_memory, "running a primitive");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.problem().find("oneDNN: running a primitive failed with status 1"), std::string::npos);
  }
}

TEST(OnednnSlots, AreAsManyAsPiecesAndCpusAllow) {
  EXPECT_EQ(WorkSlots(1).count(), 1);
  EXPECT_LE(WorkSlots(1000).count(), 64);
  WorkSlots slots(1);
  {
    const WorkSlots::Held held(slots);
    EXPECT_EQ(held.index(), 0);
  }
  const WorkSlots::Held again(slots);
  EXPECT_EQ(again.index(), 0);
}

}  // namespace
}  // namespace percept
