// epilogue.h - a pointwise program behind each piece of another call's kernel, while the piece's part of the result is
// still in the cache.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "percept/ops/kernel.h"
#include "percept/ops/pointwise.h"

namespace percept {

struct Epilogue {
  PointwiseProgram program;
  std::string_view kernel;     // that serves the program as a call of its own: another might round differently
  Spec between;                // the result of the kernel in front
  std::size_t own_inputs = 0;  // of the kernel in front; they are the first ones of the joint call
  std::vector<int> from;       // per input of the program: which input of the joint call, or -1: what lies between
  bool over_inputs = false;    // results may lie where inputs of the program do (updates of states)
};

// Both as one kernel of the joint call, with the bits of the two one after the other. Null where the front one's pieces
// do not complete parts of its result, or the program's kernel does not take such parts.
std::shared_ptr<const Prepared> with_epilogue(std::shared_ptr<const Prepared> front, const Epilogue& epilogue,
                                              Specs inputs, Specs results);

// "add relu"
std::string names_of_rows(const PointwiseProgram& program);

}  // namespace percept
