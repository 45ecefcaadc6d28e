// _pointwise_plan.h - a pointwise program settled for given memory: what each slot is and which loops run.
#pragma once
#include <optional>
#include <vector>

#include "percept/backends/cpu/_rows.h"
#include "percept/backends/cpu/_walk.h"
#include "percept/ops/kernel.h"

namespace percept::cpu {

inline constexpr std::int64_t kTile = 512;           // elements: ten tiles of them fit a core's first cache
inline constexpr std::int64_t kPiece = 16384;        // elements
inline constexpr std::int64_t kBlock = 16;           // one repeated value, as wide as the widest vector
inline constexpr std::int64_t kFrameFloats = 16384;  // tiles, patterns and repeated values of one piece; 64 KB
inline constexpr std::int64_t kMaxPeriod = 1024;
inline constexpr std::size_t kMaxSlots = 192;
inline constexpr std::size_t kMaxInputs = 24;

// Where a slot's elements are while a tile is worked on.
enum class Place : std::uint8_t {
  memory,   // f32 input in the order of the results: read where it is
  pattern,  // f32 input that repeats every `period` elements: laid out once per piece, read at a phase
  gather,   // any other input: copied (and converted) into its tile
  single,   // one value for all elements
  tile,     // written by a row
  result,   // written by a row into result memory, unless that memory is still to be read
};

struct Slot {
  Place place = Place::tile;
  std::int64_t frame = -1;  // its room in the frame, in floats
};

struct SlotInput {
  std::size_t slot = 0;
  DType dtype = DType::f32;
  std::size_t element = 4;    // bytes
  ToFloat convert = nullptr;  // null for f32
  Walk walk;
  std::int64_t period = 0;  // of a pattern
  int last_use = -1;        // index of the last instruction that reads it
};

struct Constant {
  std::int64_t frame;
  float value;
};

struct RowCall {
  RowLoop loop;
  std::uint16_t d, a, b, c;
};

struct SlotResult {
  std::size_t slot = 0;
  bool boolean = false;
  int written = -1;  // by which instruction
};

struct PointwisePlan {
  std::int64_t count = 0;
  std::int64_t chunk = kTile;  // elements a row works on at once: a tile, or the piece when none is copied
  std::vector<Slot> slots;
  std::vector<SlotInput> inputs;  // those that are read
  std::vector<Constant> constants;
  std::vector<RowCall> once, rows;  // on single values at the start of a piece; on every tile
  std::vector<SlotResult> results;
  ToBoolean to_boolean = nullptr;
};

// Nothing where the program is not for f32, or needs more room than the frame has.
std::optional<PointwisePlan> plan_pointwise(const PointwiseProgram& program, Specs inputs, Specs results);

}  // namespace percept::cpu
