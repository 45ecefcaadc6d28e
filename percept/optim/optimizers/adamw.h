// adamw.h - Adam with decoupled weight decay.
#pragma once
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// p -= learning_rate weight_decay p, then Adam's step without decay. State: as Adam's. Source: Loshchilov and Hutter
// 2019, algorithm 2, in PyTorch's order of operations.
struct AdamWOptions {
  double learning_rate = 1e-3;  // per step
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.01;
  bool amsgrad = false;
};

class AdamW : public GroupedOptimizer<AdamW, AdamWOptions> {
 public:
  static constexpr std::string_view kName = "AdamW";
  explicit AdamW(Options options);
  AdamW() : AdamW(Options{}) {}

 private:
  friend GroupedOptimizer<AdamW, AdamWOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
