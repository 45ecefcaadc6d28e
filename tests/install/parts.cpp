// parts.cpp - a user's program: names every op and kernel its copy of the library has, and runs one.
// Built against the static library, the shared one and the installed package; all must say the same.
#include <iostream>

#include "percept/core/factories.h"
#include "percept/core/tensor.h"
#include "percept/ops/kernel.h"
#include "percept/ops/op.h"
#include "percept/ops/ops.h"
#include "percept/version.h"

int main() {
  std::cout << "percept " << percept::kVersion << "\n";
  for (const percept::Op* op : percept::all_ops()) std::cout << "op " << op->name << "\n";
  for (const percept::Kernel& kernel : percept::all_kernels())
    std::cout << "kernel " << kernel.backend << " " << kernel.name << "\n";
  const percept::Tensor sum = percept::zeros({2, 3}) + 1.0;
  std::cout << "numel " << sum.numel() << "\n";
  return percept::all_ops().empty() ? 1 : 0;
}
