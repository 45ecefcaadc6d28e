// draw.h - pictures in the terminal.
#pragma once
#include <ostream>

#include "percept/recipes/run.h"

namespace percept::cli {

// The classes of one row of logits, most probable first; a single number is the logit of the second of two.
struct Ranked {
  std::int64_t label = 0;
  double probability = 0;
};
std::vector<Ranked> ranked(const Tensor& logits, std::int64_t row);
std::string class_name(const ModelInfo& info, std::int64_t label);

// The first `count` samples of the data beside one another, as grey half-block pictures on a terminal and as shades of
// ASCII elsewhere, with what the model makes of them, and whether that is right where the labels are known. Nothing for
// samples that are no images, or too wide.
void draw_predictions(std::ostream& out, const RecipeModel& model, const ModelInfo& info, const Dataset& data,
                      std::int64_t count, bool labelled = true);

}  // namespace percept::cli
