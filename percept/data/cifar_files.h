// cifar_files.h - CIFAR-10 and CIFAR-100 from a folder of their binary files.
#pragma once
#include "percept/base/path.h"
#include "percept/data/datasets.h"

namespace percept {

// data_batch_1.bin to data_batch_5.bin, as many of them as are there, and test_batch.bin; or train.bin and test.bin of
// CIFAR-100 with its fine labels; each plain or .gz. Class names from batches.meta.txt (fine_label_names.txt) where it
// is there, otherwise `class_names`, or numbers. IoError for missing and malformed files.
TensorSplits load_cifar_folder(const Path& folder, const std::vector<std::string>& class_names = {});

}  // namespace percept
