// registry.cpp - the ops and kernels compiled in, from the lists CMake generates of the files present.
#include <algorithm>
#include <deque>
#include <mutex>
#include <shared_mutex>

#include "percept/base/error.h"
#include "percept/ops/op.h"

namespace percept {

const std::vector<std::vector<const Op*> (*)()>& generated_op_lists();
const std::vector<std::vector<Kernel> (*)()>& generated_kernel_lists();
std::vector<std::string_view> compiled_backends();

namespace {

bool by_name(const Op* a, const Op* b) { return a->name < b->name; }

[[noreturn]] void refuse(const Op& op, const std::string& what, std::string fix) {
  throw ValueError("op '" + std::string(op.name) + "': " + what, std::move(fix));
}

// What every record must hold, whoever wrote it.
void check_record(const Op& op) {
  const bool plain = std::all_of(op.name.begin(), op.name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (op.name.empty() || !plain)
    refuse(op, "its name is not one", "use lower-case letters, digits and _, at least one of them");
  if (op.doc.empty()) refuse(op, "it has no doc", "say what it computes: formula, shapes, dtypes, errors, source");
  if (op.min_inputs < 0 || op.max_inputs < op.min_inputs || op.max_inputs > kMany)
    refuse(op, "it takes " + std::to_string(op.min_inputs) + " to " + std::to_string(op.max_inputs) + " inputs",
           "0 <= min_inputs <= max_inputs <= kMany");
  if (op.results < 1 || op.results > 8)
    refuse(op, "it has " + std::to_string(op.results) + " results", "an op has 1 to 8 results");
  if (op.compose != nullptr) {
    if (op.op_class != OpClass::composed)
      refuse(op, "it has compose, but is not of class composed", "set op_class to OpClass::composed");
    return;
  }
  if (op.op_class == OpClass::composed) refuse(op, "it has no compose", "write compose, or choose another op_class");
  if (op.infer == nullptr) refuse(op, "it has no infer", "write infer: shape, strides, dtype and every refusal");
  const bool program = op.op_class == OpClass::pointwise || op.op_class == OpClass::update;
  if (program && op.program == nullptr)
    refuse(op, "it has no program", "write program, as its op_class says, or choose OpClass::opaque");
  if (!program && op.op_class != OpClass::view && op.forward == nullptr)
    refuse(op, "it has no forward", "write forward: plain loops, which faster kernels are compared with");
  if (op.backward == nullptr && op.no_gradient.empty() && op.op_class != OpClass::update)
    refuse(op, "it has no backward", "write backward in terms of ops, or say in no_gradient why there is none");
}

class Registry {
 public:
  Registry() {
    for (auto list : generated_op_lists())
      for (const Op* op : list()) {
        check_record(*op);
        ops_.push_back(op);
      }
    std::sort(ops_.begin(), ops_.end(), by_name);
    for (std::size_t i = 1; i < ops_.size(); ++i)
      if (ops_[i]->name == ops_[i - 1]->name) refuse(*ops_[i], "two ops have this name", "rename one of them");
  }
  std::vector<const Op*> all() const {
    const std::shared_lock lock(mutex_);
    return ops_;
  }
  const Op* find(std::string_view name) const {
    const std::shared_lock lock(mutex_);
    const auto at =
        std::lower_bound(ops_.begin(), ops_.end(), name, [](const Op* op, std::string_view n) { return op->name < n; });
    return at != ops_.end() && (*at)->name == name ? *at : nullptr;
  }
  const Op& add(const Op& given) {
    check_record(given);
    if (find(given.name) != nullptr) refuse(given, "the name is taken", "choose another; `percept explain` lists all");
    const std::unique_lock lock(mutex_);
    Own& own = own_.emplace_back(given);
    const auto place = std::lower_bound(ops_.begin(), ops_.end(), &own.op, by_name);
    if (place != ops_.end() && (*place)->name == own.op.name) {  // another thread was faster
      own_.pop_back();
      refuse(given, "the name is taken", "choose another; `percept explain` lists all");
    }
    ops_.insert(place, &own.op);
    return own.op;
  }

 private:
  // A record with its texts, which the given one may not own.
  struct Own {
    explicit Own(const Op& given) : op(given), name(given.name), doc(given.doc), no_gradient(given.no_gradient) {
      op.name = name;
      op.doc = doc;
      op.no_gradient = no_gradient;
    }
    Own(const Own&) = delete;
    Own& operator=(const Own&) = delete;
    Op op;
    std::string name, doc, no_gradient;
  };

  mutable std::shared_mutex mutex_;
  std::deque<Own> own_;  // never moves what it holds
  std::vector<const Op*> ops_;
};

Registry& registry() {
  static Registry& instance = *new Registry;  // outlives every node
  return instance;
}

}  // namespace

std::vector<const Op*> all_ops() { return registry().all(); }
const Op* find_op(std::string_view name) { return registry().find(name); }
const Op& register_op(const Op& op) { return registry().add(op); }

const std::vector<Kernel>& all_kernels() {
  static const std::vector<Kernel> kernels = [] {
    std::vector<Kernel> all;
    for (auto list : generated_kernel_lists())
      for (Kernel& kernel : list()) all.push_back(std::move(kernel));
    return all;
  }();
  return kernels;
}

const std::vector<std::string_view>& backends() {
  static const std::vector<std::string_view> names = compiled_backends();
  return names;
}

}  // namespace percept
