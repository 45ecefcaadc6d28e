// embedding.h - vectors looked up by number: words, users, classes.
#pragma once
#include <optional>

#include "percept/nn/init.h"
#include "percept/nn/module.h"

namespace percept {

// ids [...] (integers 0 .. num_embeddings-1) -> [..., embedding_dim], rows of weight [num_embeddings, embedding_dim],
// which start as N(0, 1). Row padding_idx starts at 0 and receives no gradient. Ids of a floating dtype, as recipes'
// preprocessing gives, are cut to integers, as Keras does.
class Embedding {
 public:
  struct Options {
    std::int64_t num_embeddings = 0;
    std::int64_t embedding_dim = 0;
    std::optional<std::int64_t> padding_idx = {};  // negative: from the end
    Init weight_init = {};
  };
  explicit Embedding(Options options);

  Tensor operator()(const Arg& x) const;
  const Options& options() const { return options_; }

  Parameter weight;
  PERCEPT_FIELDS(weight);

 private:
  Options options_;
};

}  // namespace percept
