// registry.cpp - the ops and kernels compiled in, from the lists CMake generates of the files present.
#include <algorithm>

#include "percept/base/error.h"
#include "percept/ops/op.h"

namespace percept {

const std::vector<std::vector<const Op*> (*)()>& generated_op_lists();
const std::vector<std::vector<Kernel> (*)()>& generated_kernel_lists();
std::vector<std::string_view> compiled_backends();

namespace {

std::vector<const Op*> collect_ops() {
  std::vector<const Op*> ops;
  for (auto list : generated_op_lists())
    for (const Op* op : list()) ops.push_back(op);
  std::sort(ops.begin(), ops.end(), [](const Op* a, const Op* b) { return a->name < b->name; });
  for (std::size_t i = 1; i < ops.size(); ++i)
    if (ops[i]->name == ops[i - 1]->name)
      throw ValueError("two ops are named '" + std::string(ops[i]->name) + "'", "rename one of them");
  return ops;
}

}  // namespace

const std::vector<const Op*>& all_ops() {
  static const std::vector<const Op*> ops = collect_ops();
  return ops;
}

const Op* find_op(std::string_view name) {
  const auto& ops = all_ops();
  const auto at =
      std::lower_bound(ops.begin(), ops.end(), name, [](const Op* op, std::string_view n) { return op->name < n; });
  return at != ops.end() && (*at)->name == name ? *at : nullptr;
}

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
