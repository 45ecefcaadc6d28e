// colorful.h - whether pictures show colours, whatever number of channels they are stored with.
#pragma once
#include "percept/data/dataset.h"

namespace percept {

// Whether in most of up to 64 pictures (fewer large ones), spread over all, the three channels differ: by a twentieth
// of the range of values in the mean over the pixels. Photographs of the world do (CIFAR-10's by an eighth, nine in ten
// of them); scans and drawings in grey do not, even where they are stored as RGB. False for samples that are not [3, H,
// W]. Errors of `get`.
bool colorful(const Dataset& pictures);

}  // namespace percept
