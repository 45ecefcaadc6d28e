// blocks.h - layers made of layers: Residual, Parallel, Concat, Recompute.
#pragma once
#include <string>
#include <vector>

#include "percept/core/trace.h"
#include "percept/nn/sequential.h"

namespace percept {

// y = activation(body(x) + shortcut(x)); without a shortcut x itself is added. Source: He et al. 2016.
//   Residual{{.layers = {Conv2d{{...}}, BatchNorm2d{}, ReLU{}, Conv2d{{...}}, BatchNorm2d{}}, .activation = ReLU{}}}
class Residual {
 public:
  struct Options {
    Sequential layers = {};      // the body
    Sequential shortcut = {};    // none: x itself
    Sequential activation = {};  // none: the sum itself
  };
  explicit Residual(Options options);
  Tensor operator()(const Arg& x) const;
  Value options() const;

  Sequential body, shortcut, activation;  // paths "body.0.weight", "shortcut.0.weight"
  PERCEPT_FIELDS(body, shortcut, activation);
};

// Several branches on one input, joined: "concat" along the axis, "sum", "mul" (product) or "mean". A branch without
// layers hands x through.
class Parallel {
 public:
  struct Options {
    std::vector<Sequential> branches = {};
    std::string join = "concat";
    int axis = 1;  // of concat
  };
  explicit Parallel(Options options);
  Tensor operator()(const Arg& x) const;
  Value options() const;

  std::vector<Sequential> branches;  // paths "branches.0.0.weight"
  PERCEPT_FIELDS(branches);

 private:
  std::string join_;
  int axis_;
};

// x and body(x) beside each other along the axis: [B, C, ...] -> [B, C + C', ...]. Source: Huang et al. 2017
// (DenseNet).
class Concat {
 public:
  struct Options {
    Sequential layers = {};
    int axis = 1;
  };
  explicit Concat(Options options);
  Tensor operator()(const Arg& x) const;
  Value options() const;

  Sequential body;
  PERCEPT_FIELDS(body);

 private:
  int axis_;
};

// A Sequential whose inside is not kept for the backward pass but computed again then (autograd/recompute.h): the same
// numbers and the same paths ("0.weight") in less memory, for one more forward pass. It must stay where it is until
// backward() has run.
//   Sequential{Recompute{{.layers = {Linear{{...}}, Tanh{}}}}, Recompute{{.layers = {Linear{{...}}, Tanh{}}}}}
class Recompute {
 public:
  struct Options {
    Sequential layers = {};
  };
  explicit Recompute(Options options);
  Tensor operator()(const Arg& x) const;
  Value options() const;

  std::vector<AnyModule> layers;
  PERCEPT_FIELDS(layers);
  static constexpr bool kEntriesAreFields = true;

 private:
  ObjectToken token_;
};

}  // namespace percept
