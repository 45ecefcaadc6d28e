// check_data.h - a look at data before a training: what they are, what is in them, and what cannot be read.
#pragma once
#include <string>
#include <vector>

#include "percept/data/datasets.h"

namespace percept {

// `source` as data.source, with settings of [data] and [preprocess] as on the command line (target=price). What is
// said: the kind of data, parts and their sizes, classes with the number of their samples or the range of the target,
// and the files that cannot be read, all of which are read whole. An error among the findings is what training would
// refuse. Data sets by name: data/datasets.h, check_dataset. UsageError for a name that is not known, and for what the
// call lacks (the target of a table).
std::vector<Finding> check_data(const std::string& source, const std::vector<std::string>& settings = {});

}  // namespace percept
