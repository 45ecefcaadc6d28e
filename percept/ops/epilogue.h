// epilogue.h - what runs behind each piece of another call's kernel, while the piece's part of the result is still in
// the cache: pointwise programs, and calls of which each part follows from a part of what they read (pools, copies).
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "percept/ops/op.h"

namespace percept {

struct Epilogue {
  PointwiseProgram program;  // or else a call:
  const Op* op = nullptr;    // with Op::part
  Attrs attrs = {};
  std::string_view kernel;     // that serves either as a call of its own: another might round differently
  Spec between;                // the result of what is in front
  std::size_t own_inputs = 0;  // of what is in front; they are the first ones of the joint call
  std::vector<int> from;       // per input: which input of the joint call, or -1: what lies between
  bool over_inputs = false;    // results may lie where inputs of the program do (updates of states)
  std::vector<Spec> others;    // further results of what is in front: the last ones of the joint call
  // The program sees what lies between as a view of another shape: all that it reads and gives lies in memory as that
  // does, or is one number.
  bool by_memory = false;
};
using Epilogues = std::span<const std::shared_ptr<const Epilogue>>;  // one after the other

// Both as one kernel of the joint call, with the bits of the two one after the other. Null where the front one's pieces
// do not complete parts of its result, or the kernel behind does not take such parts.
std::shared_ptr<const Prepared> with_epilogue(std::shared_ptr<const Prepared> front, const Epilogue& epilogue,
                                              Specs inputs, Specs results);

// The same of several; of none it is `front`. `inputs` and `results` are those of the joint call.
std::shared_ptr<const Prepared> with_epilogues(std::shared_ptr<const Prepared> front, Epilogues epilogues, Specs inputs,
                                               Specs results);
// The kernel in front of them.
std::shared_ptr<const Prepared> prepare_front(const Op& op, const Attrs& attrs, Epilogues epilogues, Specs inputs,
                                              Specs results);

// "add relu"
std::string names_of_rows(const PointwiseProgram& program);
// "add relu max_pool2d"
std::string names_of(Epilogues epilogues);

}  // namespace percept
