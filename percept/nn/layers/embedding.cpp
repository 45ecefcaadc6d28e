// embedding.cpp - vectors looked up by number.
#include "percept/nn/layers/embedding.h"

#include "percept/core/mode.h"
#include "percept/nn/call_layer.h"
#include "percept/nn/layer_record.h"

namespace percept {
namespace {

// The row without gradient, counted from the front; -1: none.
std::int64_t padding_row(const Embedding::Options& options) {
  const std::int64_t row = options.padding_idx.value_or(-1);
  return options.padding_idx && row < 0 ? row + options.num_embeddings : row;
}

// The initial values with the padding's row at zero.
Initializer first_values(const Embedding::Options& options) {
  return [init = options.weight_init, row = padding_row(options)](const Shape& shape, RandomKey key) {
    const Tensor values = initial_values(init, {.type = "normal"}, shape, key, fan_of(shape));
    if (row < 0) return values;
    const Tensor rows = reshape(arange(shape[0]), {shape[0], 1});
    return where(equal(rows, row), 0.0, values);
  };
}

// Floating ids cut to integers; what is no number, or beyond all integers, becomes -1, which `embedding` refuses.
Tensor whole_ids(const Tensor& ids) {
  const NoGrad off;
  return cast(where(less(abs(ids), 0x1p62), ids, -1.0), DType::i64);
}

}  // namespace

Embedding::Embedding(Options options) : weight(first_values(options)), options_(std::move(options)) {
  check_option("Embedding", "num_embeddings", options_.num_embeddings, 1);
  check_option("Embedding", "embedding_dim", options_.embedding_dim, 1);
  const std::int64_t count = options_.num_embeddings;
  if (const auto& given = options_.padding_idx; given && (*given < -count || *given >= count))
    throw ValueError("Embedding: padding_idx is " + number(*given) + ", num_embeddings is " + number(count),
                     "give a row from " + number(-count) + " to " + number(count - 1));
  check_init(options_.weight_init, "Embedding: weight_init");
  weight.settle({options_.num_embeddings, options_.embedding_dim});
}

Tensor Embedding::operator()(const Arg& x) const {
  return call_layer(*this, x, [&] {
    const Tensor given = x.tensor();
    const Tensor ids = is_floating(given.dtype()) ? whole_ids(given) : given;
    return embedding(Arg(ids, x.site().file, x.site().line), weight, padding_row(options_));
  });
}

std::vector<LayerRecord> layers_embedding();
std::vector<LayerRecord> layers_embedding() {
  return {layer_record<Embedding>(
      "Embedding",
      "Rows of weight [num_embeddings, embedding_dim] by number: ids [...] -> [..., embedding_dim].\n"
      "weight starts as N(0, 1); row padding_idx starts at 0 and gets no gradient. Ids outside 0 .. num_embeddings-1 "
      "are refused, and so is NaN; ids of a floating dtype are cut to integers.")};
}

}  // namespace percept
