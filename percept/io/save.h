// save.h - a model's parameters and buffers to a file and back, and the hash that says whether two models are the same.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/path.h"
#include "percept/io/model_file.h"
#include "percept/nn/module.h"

namespace percept {

// Writes every parameter and buffer under its path ("hidden.weight"), and the struct's name as metadata "model".
// `extra`: more tensors and metadata for the file (a sample, a recipe); then the metadata "model_states" lists which
// tensors are the model's, as a JSON list of names. ShapeError if the model is not built.
void save(ModuleRef model, const Path& path, const TensorFile& extra = {});

struct LoadOptions {
  // With: the names, shapes and dtypes of file and model must agree, or nothing changes. Without: what fits is loaded,
  // the rest is reported.
  bool strict = true;
  // Names of the file that begin with `first` begin with `second` instead, by the first pair that fits:
  // {{"module.", ""}, {"encoder.", "features."}}.
  std::vector<std::pair<std::string, std::string>> rename = {};
};

// What did not fit; all empty after a strict load. Names of the file are those after renaming.
struct LoadReport {
  std::vector<std::string> missing;     // states of the model that are not in the file
  std::vector<std::string> unexpected;  // tensors of the file that are not in the model
  std::vector<std::string> mismatched;  // in both, of another shape or dtype: they keep their values
  bool complete() const { return missing.empty() && unexpected.empty() && mismatched.empty(); }
};

// Gives the model's states the values of the file. Names, shapes and dtypes are all checked before the first state
// changes; states that are not built yet take the file's shape. Gradients are cleared. A file that Percept did not
// write (PyTorch's safetensors) has no checksums and is read without them; a num_batches_tracked that is not in the file
// beside its running_mean is 0, as in a fresh layer.
// IoError, naming the nearest names, for what does not fit (strict), and for renamed names that meet.
LoadReport load(ModuleRef model, const Path& path, const LoadOptions& options = {});
// The same from a file that was read already; `name` stands for it in messages.
LoadReport load(ModuleRef model, const TensorFile& file, std::string_view name, const LoadOptions& options = {});

// SHA-256 over the parameters and buffers, sorted by path (bytewise), each as
//   path "\n" dtype "\n" shape "\n" values        "hidden.weight\nf32\n[128, 784]\n" and 401408 bytes
// with the values row-major and little-endian. tools/weights_sha256.py computes it from a saved file.
std::string weights_sha256(ModuleRef model);
// Of the model in a file: the tensors that "model_states" lists, all where there is no such metadata.
std::string weights_sha256(const TensorFile& file);

}  // namespace percept
