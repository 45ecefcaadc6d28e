// save.cpp - models to files and back.
#include "percept/io/save.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/printable.h"
#include "percept/base/sha256.h"
#include "percept/base/text.h"
#include "percept/base/value.h"
#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/formats/bytes.h"
#include "percept/formats/json_list.h"

namespace percept {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 36;  // 64 GiB: it is held in memory
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
  const auto names = json_strings(*listed, all.size());
  if (!names) refuse("is " + quote(*listed));
  std::map<std::string, Tensor> out;
  for (const std::string& name : *names) {
    const auto found = all.find(name);
    if (found == all.end()) refuse("names " + quote(name) + ", which is not in the file");
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

// "'hidden.weigth' (nearest: 'hidden.weight')", the first few.
std::string some_with_nearest(const std::vector<std::string>& names, const std::vector<std::string>& others) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    const std::string close = nearest(names[i], others);
    text += (i ? ", " : "") + quote(names[i]) + (close.empty() ? "" : " (nearest: " + quote(close) + ")");
  }
  return text + (names.size() > kShown ? " and " + std::to_string(names.size() - kShown) + " more" : "");
}

// What only one side has.
LoadReport compare_names(const std::vector<NamedState>& wanted, const std::map<std::string, Tensor>& there) {
  LoadReport report;
  std::set<std::string> paths;
  for (const NamedState& named : wanted) {
    paths.insert(named.path);
    if (!there.contains(named.path)) report.missing.push_back(named.path);
  }
  for (const auto& [name, tensor] : there)
    if (!paths.contains(name)) report.unexpected.push_back(name);
  return report;
}

void refuse_names(const LoadReport& report, const Sides& sides) {
  if (report.missing.empty() && report.unexpected.empty()) return;
  std::string what = report.missing.empty() ? ""
                                            : "the model's " + some_with_nearest(report.missing, report.unexpected) +
                                                  " is not in the file";
  if (!report.unexpected.empty())
    what += (what.empty() ? "" : "; ") +
            ("the file's " + some_with_nearest(report.unexpected, report.missing) + " is not in the model");
  sides.refuse(what);
}

// The file's tensors under the names that the model is to see.
std::map<std::string, Tensor> renamed(std::map<std::string, Tensor> there, const LoadOptions& options,
                                      const Sides& sides) {
  if (options.rename.empty()) return there;
  std::map<std::string, Tensor> out;
  for (const auto& [name, tensor] : there) {
    std::string fresh = name;
    for (const auto& [from, to] : options.rename)
      if (name.starts_with(from)) {
        fresh = to + name.substr(from.size());
        break;
      }
    if (!out.emplace(fresh, tensor).second)
      sides.refuse("two names become " + quote(fresh) + " by renaming, one of them " + quote(name));
  }
  return out;
}

// Files of older PyTorch, and many converted ones, lack the counters of normalization layers, which begin at 0 there.
void add_counters(const std::vector<NamedState>& wanted, std::map<std::string, Tensor>& there) {
  constexpr std::string_view kCounter = "num_batches_tracked", kBeside = "running_mean";
  for (const NamedState& named : wanted) {
    if (!named.path.ends_with(kCounter) || there.contains(named.path)) continue;
    const std::string layer = named.path.substr(0, named.path.size() - kCounter.size());
    if (there.contains(layer + std::string(kBeside))) there.emplace(named.path, zeros({}, DType::i64));
  }
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
    if (!there.contains(named.path)) continue;
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

// "has shape [2] in the file, [3] in the model", or nothing where it fits.
std::string misfit(const NamedState& named, const Tensor& value) {
  const State& state = *named.state;
  if (state.built() && state.shape() != value.shape())
    return quote(named.path) + " has shape " + str(value.shape()) + " in the file, " + str(state.shape()) +
           " in the model";
  const DType wanted = dtype_wanted(state, value);
  if (wanted != value.dtype())
    return quote(named.path) + " is " + std::string(name_of(value.dtype())) + " in the file, " +
           std::string(name_of(wanted)) + " in the model";
  return "";
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

namespace {

// Percept's files are held to their checksums. One that has no trace of any is of other origin: a single flipped bit
// does not make one of ours look so, each tensor has a checksum of its own beside the file's.
TensorFile read_model_file(const Path& path) {
  const std::vector<std::byte> bytes = read_file(path, kMaxFileBytes);
  TensorFile file = parse_safetensors(bytes, path.string());
  for (const auto& [key, text] : file.metadata)
    if (key.starts_with("percept.") || key.starts_with("sha256:")) return parse_states(bytes, path.string());
  return file;
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

LoadReport load(ModuleRef model, const TensorFile& file, std::string_view name, const LoadOptions& options) {
  const NoGrad no_grad;
  const std::string* saved = file.find_metadata(kModelKey);
  const Sides sides{std::string(name), std::string(model.type_name()), saved ? *saved : ""};
  std::map<std::string, Tensor> there = renamed(model_tensors(file, name), options, sides);
  const std::vector<NamedState> wanted = states(model);
  add_counters(wanted, there);
  LoadReport report = compare_names(wanted, there);
  if (options.strict) refuse_names(report, sides);
  check_tied(wanted, there, sides);
  std::vector<std::pair<State*, Tensor>> values;
  for (const NamedState& named : wanted) {
    const auto found = there.find(named.path);
    if (found == there.end()) continue;
    const std::string what = misfit(named, found->second);
    if (!what.empty() && options.strict) sides.refuse(what);
    if (what.empty())
      values.emplace_back(named.state, own_copy(*named.state, found->second));
    else
      report.mismatched.push_back(named.path);
  }
  for (const auto& [state, value] : values) {  // nothing is refused from here on
    assign(*state, value);
    set_grad(*state, {});
  }
  return report;
}

LoadReport load(ModuleRef model, const Path& path, const LoadOptions& options) {
  return load(model, read_model_file(path), path.string(), options);
}

std::string weights_sha256(ModuleRef model) {
  const NamedTensors tensors = tensors_of(model);
  return sha256_of({tensors.begin(), tensors.end()});
}

std::string weights_sha256(const TensorFile& file) { return sha256_of(model_tensors(file, "weights_sha256")); }

}  // namespace percept
