// save.cpp - models to files and back.
#include "percept/io/save.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "percept/base/error.h"
#include "percept/base/sha256.h"
#include "percept/base/text.h"
#include "percept/base/value.h"
#include "percept/core/mode.h"
#include "percept/formats/bytes.h"

namespace percept {
namespace {

constexpr const char* kModelKey = "model";
constexpr const char* kStatesKey = "model_states";

NamedTensors tensors_of(const ModuleRef& model) {
  NamedTensors out;
  for (const NamedState& named : states(model)) out.emplace_back(named.path, named.state->tensor().detach());
  return out;
}

std::string json_list(const NamedTensors& tensors) {
  Value names = Value::array();
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return to_json(names);
}

// The tensors of a file that are the model's, by name.
std::map<std::string, Tensor> model_tensors(const TensorFile& file, std::string_view file_name) {
  const std::map<std::string, Tensor> all(file.tensors.begin(), file.tensors.end());
  const std::string* listed = file.find_metadata(kStatesKey);
  if (!listed) return all;
  const auto refuse = [&](const std::string& what) {
    throw IoError(std::string(file_name) + ": metadata '" + kStatesKey + "' " + what,
                  "it must be a JSON list of names of tensors in the file; save the model again");
  };
  const auto names = nlohmann::json::parse(*listed, nullptr, false);
  if (!names.is_array()) refuse("is " + quote(*listed));
  std::map<std::string, Tensor> out;
  for (const auto& name : names) {
    if (!name.is_string()) refuse("holds something that is no name");
    const auto found = all.find(name.get<std::string>());
    if (found == all.end()) refuse("names " + quote(name.get<std::string>()) + ", which is not in the file");
    out.insert(*found);
  }
  return out;
}

std::string sha256_of(const std::map<std::string, Tensor>& tensors) {
  Sha256 hash;
  std::vector<std::byte> scratch;
  for (const auto& [name, tensor] : tensors) {
    const std::string head = name + "\n" + std::string(name_of(tensor.dtype())) + "\n" + str(tensor.shape()) + "\n";
    hash.update(head.data(), head.size());
    hash.update(row_major_bytes(tensor, scratch));
  }
  return hash.hex();
}

std::string some(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + quote(names[i]);
  return text + (names.size() > kShown ? " and " + std::to_string(names.size() - kShown) + " more" : "");
}

// What a mismatch is told with: which structs the two sides are.
struct Sides {
  std::string file;  // the file's name
  std::string model;
  std::string saved;  // the struct it was saved from, "" if unknown

  [[noreturn]] void refuse(const std::string& what) const {
    const bool other = !saved.empty() && saved != model;
    throw IoError(file + ": " + what,
                  other ? "it was saved from a " + saved + ", the model is a " + model + ": load it into a " + saved
                        : "load it into a model with the same layers and sizes as the one that was saved");
  }
};

void check_names(const std::vector<NamedState>& wanted, const std::map<std::string, Tensor>& there,
                 const Sides& sides) {
  std::vector<std::string> missing, extra, paths;
  for (const NamedState& named : wanted) {
    paths.push_back(named.path);
    if (!there.contains(named.path)) missing.push_back(named.path);
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& [name, tensor] : there)
    if (!std::binary_search(paths.begin(), paths.end(), name)) extra.push_back(name);
  if (missing.empty() && extra.empty()) return;
  std::string what = missing.empty() ? "" : "the model's " + some(missing) + " is not in the file";
  if (!extra.empty()) what += (what.empty() ? "" : "; ") + ("the file's " + some(extra) + " is not in the model");
  sides.refuse(what);
}

// The dtype that the state has, or will have once it is built.
DType dtype_wanted(const State& state, const Tensor& value) {
  if (state.built()) return state.dtype();
  const StateImpl& impl = state.impl();
  return impl.initializer ? impl.initializer(value.shape(), impl.key).dtype() : value.dtype();
}

// Tied states are listed at each of their paths: the file must say the same at all of them.
void check_tied(const std::vector<NamedState>& wanted, const std::map<std::string, Tensor>& there, const Sides& sides) {
  std::map<const StateImpl*, const std::string*> first;
  for (const NamedState& named : wanted) {
    const auto [it, fresh] = first.emplace(&named.state->impl(), &named.path);
    if (fresh) continue;
    const Tensor &a = there.at(*it->second), &b = there.at(named.path);
    std::vector<std::byte> scratch_a, scratch_b;
    if (a.shape() != b.shape() || a.dtype() != b.dtype() ||
        !std::ranges::equal(row_major_bytes(a, scratch_a), row_major_bytes(b, scratch_b)))
      sides.refuse(quote(*it->second) + " and " + quote(named.path) +
                   " differ in the file, they are tied in the model");
  }
}

void check_value(const NamedState& named, const Tensor& value, const Sides& sides) {
  const State& state = *named.state;
  if (state.built() && state.shape() != value.shape())
    sides.refuse(quote(named.path) + " has shape " + str(value.shape()) + " in the file, " + str(state.shape()) +
                 " in the model");
  const DType wanted = dtype_wanted(state, value);
  if (wanted != value.dtype())
    sides.refuse(quote(named.path) + " is " + std::string(name_of(value.dtype())) + " in the file, " +
                 std::string(name_of(wanted)) + " in the model");
}

// A copy of its own, in the memory order that the state has: kernels were chosen for that.
Tensor own_copy(const State& state, const Tensor& value) {
  Spec spec = contiguous_spec(value.dtype(), value.shape());
  if (state.built()) spec.strides = dense_strides_like(value.shape(), state.impl().value.strides());
  Tensor copy(spec);
  copy_elements(value, copy);
  return copy;
}

}  // namespace

void save(ModuleRef model, const Path& path, const TensorFile& extra) {
  NamedTensors tensors = tensors_of(model);
  Metadata metadata = extra.metadata;
  metadata.emplace_back(kModelKey, model.type_name());
  if (!extra.tensors.empty()) metadata.emplace_back(kStatesKey, json_list(tensors));
  tensors.insert(tensors.end(), extra.tensors.begin(), extra.tensors.end());
  save_states(path, tensors, metadata);
}

void load(ModuleRef model, const TensorFile& file, std::string_view name) {
  const NoGrad no_grad;
  const std::string* saved = file.find_metadata(kModelKey);
  const Sides sides{std::string(name), std::string(model.type_name()), saved ? *saved : ""};
  const std::map<std::string, Tensor> there = model_tensors(file, name);
  const std::vector<NamedState> wanted = states(model);
  check_names(wanted, there, sides);
  check_tied(wanted, there, sides);
  std::vector<Tensor> values;
  for (const NamedState& named : wanted) {
    const Tensor& value = there.at(named.path);
    check_value(named, value, sides);
    values.push_back(own_copy(*named.state, value));
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {  // nothing is refused from here on
    assign(*wanted[i].state, values[i]);
    set_grad(*wanted[i].state, {});
  }
}

void load(ModuleRef model, const Path& path) { load(model, load_states(path), path.string()); }

std::string weights_sha256(ModuleRef model) {
  const NamedTensors tensors = tensors_of(model);
  return sha256_of({tensors.begin(), tensors.end()});
}

std::string weights_sha256(const TensorFile& file) { return sha256_of(model_tensors(file, "weights_sha256")); }

}  // namespace percept
