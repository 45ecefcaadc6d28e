// summary.h - a model's layers, output shapes and parameters, as Keras's table and as data.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "percept/nn/module.h"

namespace percept {

struct SummaryRow {
  std::string path;    // "layers.0"
  std::string type;    // "Conv2d"
  Shape output;        // with a batch of 1
  bool called = true;  // false: no call of it was seen, `output` says nothing
  std::int64_t params = 0;
};

// Parameters are what is declared Parameter, as PyTorch counts; running statistics are buffers and no parameters.
struct Summary {
  std::string type;
  std::vector<SummaryRow> layers;
  std::int64_t params = 0, trainable = 0, buffers = 0;  // elements; tied ones once
  std::int64_t param_bytes = 0, trainable_bytes = 0, buffer_bytes = 0;
};

// Builds the model, then calls it once, as build() does. A row for each layer that is called; nested structs and
// Sequentials are shown by their layers.
Summary summarize(ModuleRef model, const Shape& sample_shape);
// The same for a model of several inputs: summarize(model, {a, b}).
Summary summarize(ModuleRef model, const Examples& examples);
// Keras 3's table of 88 columns (wider where a name asks for it), in UTF-8.
std::string summary(ModuleRef model, const Shape& sample_shape);
std::string summary(ModuleRef model, const Examples& examples);
std::string str(const Summary& summary);

}  // namespace percept
