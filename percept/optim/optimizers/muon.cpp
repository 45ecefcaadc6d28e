// muon.cpp - Muon.
#include "percept/optim/optimizers/muon.h"

#include <algorithm>
#include <cmath>

#include "percept/core/trace.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"
#include "percept/optim/optimizers/adam.h"

namespace percept {
namespace {

bool by_adamw(const MuonOptions& options, const State& parameter) {
  return options.adamw || parameter.shape().rank() < 2;
}

AdamStep adam_of(const MuonOptions& o) { return {o.beta1, o.beta2, o.adamw_eps}; }

// u [rows, columns] with its singular values moved near to 1: x = a x + (b y + c y y) x with y = x x', ns_steps times.
Tensor orthogonalised(Tensor u, const MuonOptions& o) {
  const PrecisionScope exact(ProductPrecision::f32);  // whatever the model's products are
  const bool tall = u.shape()[0] > u.shape()[1];      // y is the smaller of both products
  if (tall) u = transpose(u);
  u = u / maximum(sqrt(sum(square(u))), o.eps);
  const auto [a, b, c] = o.ns_coefficients;
  for (std::int64_t step = 0; step < o.ns_steps; ++step) {
    const Tensor y = matmul(u, transpose(u));
    u = a * u + matmul(b * y + c * matmul(y, y), u);
  }
  return tall ? transpose(u) : u;
}

double adjustment(const MuonOptions& o, double rows, double columns) {
  return o.adjust_lr_fn == "original" ? std::sqrt(std::max(1.0, rows / columns))
                                      : 0.2 * std::sqrt(std::max(rows, columns));
}

}  // namespace

Muon::Muon(Options options) : GroupedOptimizer(options) {
  check_learning_rate("Muon", options.learning_rate);
  check_not_negative("Muon", "weight_decay", options.weight_decay);
  check_not_negative("Muon", "momentum", options.momentum);
  check_not_negative("Muon", "eps", options.eps);
  check_number("Muon", "ns_steps", static_cast<double>(options.ns_steps),
               options.ns_steps >= 0 && options.ns_steps < 100, "give a number of steps from 0 to 99");
  for (const double value : options.ns_coefficients)
    check_number("Muon", "ns_coefficients", value, true, "give three finite numbers");
  check_fraction("Muon", "beta1", options.beta1);
  check_fraction("Muon", "beta2", options.beta2);
  check_not_negative("Muon", "adamw_eps", options.adamw_eps);
  if (options.adjust_lr_fn != "original" && options.adjust_lr_fn != "match_rms_adamw")
    throw ValueError("Muon: adjust_lr_fn is \"" + options.adjust_lr_fn + "\"",
                     "use \"original\" or \"match_rms_adamw\"");
}

std::vector<Slots::Kind> Muon::kinds(const Options& options, const State& parameter) {
  if (by_adamw(options, parameter)) return adam_of(options).kinds();
  return {{"momentum_buffer", zeros_slot}};
}

void Muon::update(State& parameter, const Tensor& grad, const Options& o, std::vector<Buffer>& slots, double) {
  if (by_adamw(o, parameter)) return adam_of(o).update(parameter, grad, slots, o.learning_rate);
  const Tensor buffer = slots[0].tensor() + (1 - o.momentum) * (grad - slots[0].tensor());
  assign(slots[0], buffer);
  const Tensor direction = o.nesterov ? grad + o.momentum * (buffer - grad) : buffer;
  const Shape& shape = parameter.shape();
  if (parameter.numel() == 0) return;
  const std::int64_t rows = shape[0], columns = parameter.numel() / rows;
  const DType dtype = parameter.dtype() == DType::f64 ? DType::f64 : DType::f32;
  const Tensor step = orthogonalised(cast(reshape(contiguous(direction), {rows, columns}), dtype), o);
  const double factor = adjustment(o, static_cast<double>(rows), static_cast<double>(columns));
  const Tensor rate = host_number(dtype, [&o, factor] { return o.learning_rate * factor; });
  const Tensor next = parameter.tensor() - cast(reshape(contiguous(rate * step), shape), parameter.dtype());
  assign(parameter, next);
}

std::vector<OptimizerRecord> optimizers_muon();
std::vector<OptimizerRecord> optimizers_muon() {
  return {optimizer_record<Muon>(
      "Muon",
      "Matrices (and weights of higher rank as [size 0, the rest]): the momentum b = b + (1 - momentum) (g - b), made\n"
      "nearly orthogonal by ns_steps of Newton and Schulz; p -= learning_rate weight_decay p, then p -= learning_rate\n"
      "adjustment o. Vectors, and groups with adamw = true, take AdamW's step.\n"
      "Source: Jordan et al. 2024; PyTorch's Muon (which iterates in bfloat16; here in the parameter's precision).")};
}

}  // namespace percept
