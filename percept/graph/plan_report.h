// plan_report.h - what a plan will do, to be read, drawn and kept.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "percept/base/value.h"

namespace percept {

// Bytes that a plan takes, known before its first run.
struct PlanMemory {
  std::size_t arena = 0;  // values that are not kept after a run, workspaces included
  std::size_t results =
      0;  // what a run makes anew: outputs, gradients, new values of states that cannot be written over
  std::size_t states = 0;   // parameters, buffers and optimizers' slots
  std::size_t settled = 0;  // what follows from values that stay, packed weights for instance; kept from run to run
  // What the process grew by while the plan was made, beside tensors: code and tables of kernels, few for those that
  // were there before. Measured, by look_ahead only.
  std::size_t kernels = 0;
  // Of states: given up for their packed order (CaptureOptions::weights_once), unless somebody holds them.
  std::size_t replaced = 0;
  std::size_t packing = 0;  // the most that packed weights take beside plain ones while they are packed
  // The most at one time in the first runs, beside states and arguments.
  std::size_t peak() const;
};

// One value of a plan, as a call sees it.
struct PlannedOperand {
  std::string name;    // "%12", "argument 0", or the path of a state
  std::string shape;   // "[50, 32, 28, 28]"
  std::string dtype;   // "f32"
  std::string layout;  // "contiguous", "channels-last" or "strided"
  std::size_t bytes = 0;
};

struct PlannedCall {
  std::string op = {};        // "host code" for a number that C++ works out at each run
  std::string rows = {};      // of fused calls: their names in order
  std::string epilogue = {};  // rows of programs, and ops, that run behind each piece, on its part of the result
  std::string kernel = {};    // "onednn conv2d_direct"
  std::string layer = {};     // path of the layer that made the call, or ""
  std::string site = {};      // "train.cpp:12", or ""
  std::vector<PlannedOperand> inputs = {}, results = {};
  double flops = 0;  // of convolutions and products, two per multiply-add
  double bytes = 0;  // read and written, once each
  std::size_t workspace = 0;
  std::string title() const;  // for people: "add relu" of fused calls, "conv2d + relu"
};

struct PlanReport {
  std::vector<PlannedCall> calls = {};  // in the order in which they run
  PlanMemory memory = {};
  double flops() const;
  double bytes() const;
};

Value to_value(const PlanReport& report);
// The graph in the language of Graphviz: calls as boxes, values as edges.
std::string to_dot(const PlanReport& report);
// A picture: calls from top to bottom in the order in which they run, with arcs from where a value is made to where it
// is read, and a bar for the bytes each call moves.
std::string to_svg(const PlanReport& report);

}  // namespace percept
