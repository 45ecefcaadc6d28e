// taps.cpp - the outputs of inner layers by path.
#include "percept/nn/taps.h"

#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {
namespace {

ModuleRef module_at(const std::vector<NamedModule>& modules, const std::string& path) {
  for (const NamedModule& known : modules)
    if (known.path == path) return known.module;
  std::vector<std::string> names;
  for (const NamedModule& known : modules) names.push_back(known.path);
  const std::string close = nearest(path, names);
  throw ValueError("taps: the model has no layer \"" + path + "\"",
                   (close.empty() ? "" : "did you mean \"" + close + "\"? ") + std::string("it has: ") + join(names));
}

std::vector<ModuleRef> modules_at(const ModuleRef& model, const std::vector<std::string>& paths) {
  const std::vector<NamedModule> all = modules(model);
  std::vector<ModuleRef> found;
  for (const std::string& path : paths) found.push_back(module_at(all, path));
  return found;
}

}  // namespace

Taps::Taps(ModuleRef model, std::vector<std::string> paths)
    : paths_(std::move(paths)),
      layers_(modules_at(model, paths_)),
      outputs_(paths_.size()),
      observer_([this](const ModuleRef& layer, const Tensor& output) {
        for (std::size_t i = 0; i < layers_.size(); ++i)
          if (layers_[i] == layer) outputs_[i] = output;
      }) {}

const Tensor& Taps::operator[](std::string_view path) const {
  const auto found = std::find(paths_.begin(), paths_.end(), path);
  if (found == paths_.end())
    throw ValueError("taps: \"" + std::string(path) + "\" is not tapped", "tapped are: " + join(paths_));
  const Tensor& output = outputs_[static_cast<std::size_t>(found - paths_.begin())];
  if (!output.defined())
    throw ValueError("taps: \"" + std::string(path) + "\" gave nothing yet",
                     "call the model while the taps live; a struct of your own is tapped by its layers");
  return output;
}

void Taps::clear() {
  for (Tensor& output : outputs_) output = Tensor();
}

}  // namespace percept
