// kernel.h - how an op is carried out: kernels are prepared for attrs and specs once, then run without deciding
// anything.
#pragma once
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "percept/core/spec.h"
#include "percept/ops/attrs.h"

namespace percept {

struct PointwiseProgram;
using Specs = std::span<const Spec>;

// Collects what kernels find wrong with values (a label out of range). The lowest position wins, so that the
// message does not depend on threads.
class ValueReport {
 public:
  // position: where in the input; problem and fix as in Error.
  void report(std::int64_t position, std::string problem, std::string fix);
  void throw_if_any() const;

 private:
  std::mutex mutex_;
  std::int64_t position_ = std::numeric_limits<std::int64_t>::max();
  std::string problem_, fix_;
};

// What a stage works on: addresses of first elements, workspace (64-byte aligned), and where to report bad values.
struct Buffers {
  std::span<const void* const> inputs;
  std::span<void* const> results;
  std::byte* workspace = nullptr;
  ValueReport* report = nullptr;

  template <class T>
  const T* in(std::size_t i) const {
    return static_cast<const T*>(inputs[i]);
  }
  template <class T>
  T* out(std::size_t i) const {
    return static_cast<T*>(results[i]);
  }
};

// A block of a tensor: along each axis, where it begins and how many it has.
struct Region {
  Shape first, size;
};

// Pieces of a stage may run at once, each on one thread; their number follows from shapes alone. Stages follow one
// another (partial sums, then the fixed tree).
struct Stage {
  std::int64_t pieces = 1;
  std::function<void(std::int64_t piece, const Buffers&)> run = {};  // allocates nothing, decides nothing
  // Of a last stage, the only one that touches result 0: the part of it that is whole when the piece ends, and that no
  // other piece touches; the parts of all pieces make the whole. Left out: nothing can be put behind the piece.
  std::function<Region(std::int64_t piece)> completes = {};
};

struct Prepacked;
struct Prepared {
  std::string_view kernel = {};  // "conv2d_direct"; set by the registry where it is empty
  std::size_t workspace_bytes = 0;
  std::vector<Stage> stages = {};
  // For a plan whose weights stay; empty, or it gives null: nothing can be done beforehand.
  std::function<std::shared_ptr<const Prepacked>()> prepack = {};
  // For reports, where something runs behind the pieces (ops/epilogue.h): its rows and ops, and what the kernel itself
  // gives.
  std::string epilogue = {};
  std::optional<Spec> in_front = {};
};

// The same call, the same bits, for an input that stays as it is from run to run (a weight in inference): the kernel
// keeps it in an order of its own.
struct Prepacked {
  std::size_t input = 0;
  std::size_t bytes = 0;    // of the block with the input in that order
  std::vector<Stage> pack;  // input 0: that input; result 0: the block; no workspace
  Prepared then;            // its input number `input` is the block
  // Makes the way back, from the block (input 0) to the input as it came (result 0), bit for bit. Empty, or it gives
  // no stages: there is none.
  std::function<std::vector<Stage>()> unpack = {};
};

// The memory order a kernel takes an input in; where another arrives, `apply` inserts a copy.
enum class Layout : std::uint8_t { any, dense, contiguous, channels_last };

// Nothing declines: the next kernel is asked. `epilogue` (possibly empty) is run on the result before it is stored;
// a kernel that cannot takes none of it and declines.
using PrepareKernel = std::optional<Prepared> (*)(const Attrs& attrs, Specs inputs, Specs results,
                                                  const PointwiseProgram& epilogue);

struct Kernel {
  std::string_view op;       // the op it serves; "pointwise" serves every op of that class
  std::string_view name;     // its file: "conv2d_direct"
  std::string_view backend;  // "cpu", "onednn"
  PrepareKernel prepare = nullptr;
  std::vector<Layout> layouts = {};  // one per input, the last repeats; empty: any
  std::string_view algorithm = {};   // what `choose` of the op must say for it to be asked; empty: always
  DeviceKind device = DeviceKind::cpu;
  bool fallback = false;  // takes what the algorithm's own kernels decline, on any processor
};

// All kernels compiled in, best first, in the order they are asked.
const std::vector<Kernel>& all_kernels();
const std::vector<std::string_view>& backends();

// Whether a spec arrives in the layout a kernel asks for.
bool has_layout(const Spec& spec, Layout layout);

}  // namespace percept
