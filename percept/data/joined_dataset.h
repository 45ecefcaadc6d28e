// joined_dataset.h - data sets one behind the other.
#pragma once
#include <vector>

#include "percept/data/dataset.h"

namespace percept {

// The samples of all parts in their order, with the first's class names; the fingerprint names all of them. ValueError
// for no parts, ShapeError where samples differ in shape.
Dataset joined(std::vector<Dataset> parts);

}  // namespace percept
