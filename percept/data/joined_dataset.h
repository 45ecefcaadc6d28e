// joined_dataset.h - data sets one behind the other.
#pragma once
#include <vector>

#include "percept/data/dataset.h"

namespace percept {

// The samples of all parts in their order; class names and fingerprint are those of the first, with the others' after
// it. ValueError for no parts, ShapeError where samples differ in shape.
Dataset joined(std::vector<Dataset> parts);

}  // namespace percept
