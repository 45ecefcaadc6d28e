// draw.h - pictures in the terminal.
#pragma once
#include <ostream>

#include "percept/base/function_ref.h"
#include "percept/recipes/run.h"

namespace percept::cli {

// The classes of each row of a model's outputs, most probable first.
struct Ranked {
  std::int64_t label = 0;
  double probability = 0;
};
std::vector<std::vector<Ranked>> ranked(const ModelInfo& info, const Tensor& outputs);
// As it is, and for a terminal; of outputs beyond the classes their number.
std::string class_name(const ModelInfo& info, std::int64_t label);
std::string shown_class(const ModelInfo& info, std::int64_t label);

// The first `count` samples of the data beside one another, as grey half-block pictures on a terminal and as shades of
// ASCII elsewhere, with what the model makes of them, and whether that is right where the labels are known. Nothing for
// samples that are no images, or too wide.
void draw_predictions(std::ostream& out, FunctionRef<Tensor(const Tensor&)> model, const ModelInfo& info,
                      const Dataset& data, std::int64_t count, bool labelled = true);

}  // namespace percept::cli
