// pixel_table.h - pictures as rows of a table, as on Kaggle: label,pixel1,pixel2,...
#pragma once
#include <string>
#include <vector>

#include "percept/base/path.h"
#include "percept/data/dataset.h"

namespace percept {

// Whether the header is a label and pixels ("label,pixel0,pixel1,..." or "pixel0,...": at least 16), which are a
// square, grey or RGB.
bool is_pixel_table(const Path& path);

// x: u8 [N, C, H, W], C 1 or 3 (three in turn per pixel); y: i64 [N], undefined where there is no column `label` or
// `class`. The classes are the labels that occur, numbers by size (1.0 is 1), words by the alphabet, up to 100,000;
// or `class_names`, and a label that is none of them is refused. `lines`, where given, gets the line of each row.
// IoError with file and line for values that are no whole numbers from 0 to 255 and for missing labels.
TensorDataset read_pixel_table(const Path& path, const std::vector<std::string>& class_names = {},
                               std::vector<std::int64_t>* lines = nullptr);

}  // namespace percept
