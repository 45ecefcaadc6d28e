// tuned_activations.h - activations with settings: LeakyReLU, PReLU, ELU, CELU, GELU, Softplus, Hardtanh, ...
#pragma once
#include <string>

#include "percept/nn/init.h"
#include "percept/nn/module.h"

namespace percept {

// x above 0, negative_slope * x below.
class LeakyReLU {
 public:
  struct Options {
    double negative_slope = 0.01;
  };
  explicit LeakyReLU(Options options) : options_(options) {}
  LeakyReLU() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// x above 0, weight * x below; weight [1], or [C] for x [B, C, ...], is learned. Source: He et al. 2015.
class PReLU {
 public:
  struct Options {
    std::int64_t num_parameters = 1;  // 1, or the number of channels
    double init = 0.25;
  };
  explicit PReLU(Options options);
  PReLU() : PReLU(Options{}) {}
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  Parameter weight;  // [num_parameters]
  PERCEPT_FIELDS(weight);

 private:
  Options options_;
};

// x above 0, alpha (exp(x) - 1) below. Source: Clevert et al. 2016.
class ELU {
 public:
  struct Options {
    double alpha = 1;
  };
  explicit ELU(Options options) : options_(options) {}
  ELU() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// max(x, 0) + min(alpha (exp(x / alpha) - 1), 0)
class CELU {
 public:
  struct Options {
    double alpha = 1;
  };
  explicit CELU(Options options) : options_(options) {}
  CELU() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// x Phi(x), Phi the normal distribution's; "tanh" approximates it. Source: Hendrycks and Gimpel 2016.
class GELU {
 public:
  struct Options {
    std::string approximate = "none";  // or "tanh"
  };
  explicit GELU(Options options);
  GELU() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// log(1 + exp(beta x)) / beta; x itself where beta x is above threshold.
class Softplus {
 public:
  struct Options {
    double beta = 1;
    double threshold = 20;
  };
  explicit Softplus(Options options);
  Softplus() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// min(max(x, min_val), max_val)
class Hardtanh {
 public:
  struct Options {
    double min_val = -1;
    double max_val = 1;
  };
  explicit Hardtanh(Options options);
  Hardtanh() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// 0 within +-lambd, x elsewhere.
class Hardshrink {
 public:
  struct Options {
    double lambd = 0.5;
  };
  explicit Hardshrink(Options options) : options_(options) {}
  Hardshrink() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// x moved towards 0 by lambd, 0 within +-lambd.
class Softshrink {
 public:
  struct Options {
    double lambd = 0.5;
  };
  explicit Softshrink(Options options);
  Softshrink() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// x above threshold, else value.
class Threshold {
 public:
  struct Options {
    double threshold = 0;
    double value = 0;
  };
  explicit Threshold(Options options) : options_(options) {}
  Threshold() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// The first half along the axis times the sigmoid of the second. Source: Dauphin et al. 2017.
class GLU {
 public:
  struct Options {
    int axis = -1;  // PyTorch's dim
  };
  explicit GLU(Options options) : options_(options) {}
  GLU() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

// The largest of every `pieces` neighbours along the axis, which becomes `pieces` times shorter: after a Linear of
// units * pieces outputs, a Maxout unit. Source: Goodfellow et al. 2013.
class Maxout {
 public:
  struct Options {
    int pieces = 2;
    int axis = 1;
  };
  explicit Maxout(Options options);
  Maxout() = default;
  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }
  PERCEPT_FIELDS();

 private:
  Options options_;
};

}  // namespace percept
