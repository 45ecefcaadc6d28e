// machine.h - how fast this machine is at best, measured: what plans are held against.
#pragma once

namespace percept {

struct MachineSpeed {
  double gflops = 0;          // f32, of a large matrix product
  double gib_per_second = 0;  // read and written by a copy that fits no cache
};
// On the threads that compute now. Takes about a third of a second.
MachineSpeed measure_machine();

}  // namespace percept
