// muon.h - Muon: momentum whose matrices are orthogonalised.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "percept/optim/param_groups.h"

namespace percept {

// For matrices, and weights of higher rank seen as [size 0, the rest]: b = momentum b + (1 - momentum) g; u = b, or
// momentum b + (1 - momentum) g with nesterov; o = u made nearly orthogonal by ns_steps of Newton and Schulz;
// p -= learning_rate weight_decay p; p -= learning_rate adjustment o, with the adjustment sqrt(max(1, rows / columns))
// ("original") or 0.2 sqrt(max(rows, columns)) ("match_rms_adamw"). Vectors, scalars and groups with adamw = true
// (customary for embeddings and for the last layer) take AdamW's step with the same rate and decay.
// State: momentum_buffer per matrix; exp_avg, exp_avg_sq and step for the others. Source: Jordan et al. 2024; PyTorch's
// torch.optim.Muon 2.13, which iterates in bfloat16: here in the parameter's own precision, half floats in f32.
struct MuonOptions {
  double learning_rate = 1e-3;  // per step
  double weight_decay = 0.1;    // decoupled
  double momentum = 0.95;
  bool nesterov = true;
  std::array<double, 3> ns_coefficients = {3.4445, -4.7750, 2.0315};
  double eps = 1e-7;
  std::int64_t ns_steps = 5;
  std::string adjust_lr_fn = "original";
  bool adamw = false;
  double beta1 = 0.9, beta2 = 0.999, adamw_eps = 1e-8;  // of AdamW's steps
};

class Muon : public GroupedOptimizer<Muon, MuonOptions> {
 public:
  static constexpr std::string_view kName = "Muon";
  explicit Muon(Options options);
  Muon() : Muon(Options{}) {}

 private:
  friend GroupedOptimizer<Muon, MuonOptions>;
  static std::vector<Slots::Kind> kinds(const Options& options, const State& parameter);
  void update(State& parameter, const Tensor& grad, const Options& options, std::vector<Buffer>& slots,
              double weight_decay);
};

}  // namespace percept
