// _pointwise_plan.cpp - from a program and specs to slots with places and loops.
#include "percept/backends/cpu/_pointwise_plan.h"

namespace percept::cpu {
namespace {

bool is_lane_type(DType dtype) { return dtype == DType::f32 || dtype == DType::boolean; }

// What other types may do here: enter a row that computes in f32, as their conversion would.
bool may_read(const PointwiseProgram& program, const Instruction& row, std::uint16_t slot) {
  const DType dtype = program.dtype_of_slot(slot);
  if (is_lane_type(dtype)) return true;
  if (dtype == DType::f16 || dtype == DType::bf16) return false;
  if (row.row == Row::cast) return row.dtype == DType::f32 || dtype != DType::f64;  // a tiny double is not false
  if (dtype == DType::f64) return false;
  if (row.row == Row::where && slot == row.a && slot != row.b && slot != row.c) return true;
  if (row.dtype == DType::f32 && !is_predicate(row.row)) return true;
  return false;
}

// Makes the program as this backend wants it: f32 lanes throughout, booleans normalised, results written by rows of
// their own.
std::optional<PointwiseProgram> in_lanes(PointwiseProgram program) {
  const std::size_t given = program.code.size();
  for (std::size_t i = 0; i < given; ++i) {
    const Instruction row = program.code[i];
    if (!is_lane_type(row.dtype)) return std::nullopt;
    const std::uint16_t operands[] = {row.a, row.b, row.c};
    for (int k = 0; k < arity_of(row.row); ++k)
      if (!may_read(program, row, operands[k])) return std::nullopt;
  }
  PointwiseProgram lanes;
  lanes.inputs = program.inputs;
  std::vector<std::uint16_t> moved(program.inputs.size() + given);  // slots of the given program in the new one
  for (std::size_t s = 0; s < program.inputs.size(); ++s) moved[s] = static_cast<std::uint16_t>(s);
  auto append = [&](Instruction row) {
    lanes.code.push_back(row);
    return static_cast<std::uint16_t>(lanes.inputs.size() + lanes.code.size() - 1);
  };
  for (std::size_t i = 0; i < given; ++i) {
    Instruction row = program.code[i];
    const int arity = arity_of(row.row);
    if (arity > 0) row.a = moved[row.a];
    if (arity > 1) row.b = moved[row.b];
    if (arity > 2) row.c = moved[row.c];
    if (row.row == Row::constant && row.dtype == DType::boolean) row.immediate = row.immediate != 0;
    std::uint16_t slot = append(row);
    if (row.dtype == DType::boolean && !is_predicate(row.row) && row.row != Row::constant) {
      const std::uint16_t zero = append({.row = Row::constant, .dtype = DType::f32});
      slot = append({.row = Row::not_equal, .dtype = DType::boolean, .a = slot, .b = zero});
    }
    moved[program.inputs.size() + i] = slot;
  }
  for (const std::uint16_t result : program.results) {
    std::uint16_t slot = moved[result];
    const bool taken = std::find(lanes.results.begin(), lanes.results.end(), slot) != lanes.results.end();
    if (slot < lanes.inputs.size() || taken)
      slot = append({.row = Row::cast, .dtype = program.dtype_of_slot(result), .a = slot});
    lanes.results.push_back(slot);
  }
  return lanes;
}

struct Planner {
  const PointwiseProgram& program;
  PointwisePlan plan;
  std::vector<int> last_use;
  std::int64_t frame_used = 0;
  std::vector<std::int64_t> free_tiles;

  std::int64_t room(std::int64_t floats) {
    const std::int64_t at = frame_used;
    frame_used += (floats + kBlock - 1) / kBlock * kBlock;
    return at;
  }
  std::int64_t tile() {
    if (free_tiles.empty()) return room(kTile);
    const std::int64_t at = free_tiles.back();
    free_tiles.pop_back();
    return at;
  }

  void find_last_uses() {
    last_use.assign(plan.slots.size(), -1);
    for (std::size_t i = 0; i < program.code.size(); ++i) {
      const Instruction& row = program.code[i];
      const int arity = arity_of(row.row);
      if (arity > 0) last_use[row.a] = static_cast<int>(i);
      if (arity > 1) last_use[row.b] = static_cast<int>(i);
      if (arity > 2) last_use[row.c] = static_cast<int>(i);
    }
    for (const std::uint16_t slot : program.results) last_use[slot] = static_cast<int>(program.code.size());
  }

  void place_input(std::size_t i, const Walk& walk) {
    SlotInput input{.slot = i, .dtype = program.inputs[i], .walk = walk, .last_use = last_use[i]};
    input.element = size_of(input.dtype);
    input.convert = to_float(input.dtype);
    Slot& slot = plan.slots[i];
    const std::int64_t period = walk.rank > 1 && walk.stride[0] == 0 ? plan.count / walk.size[0] : plan.count;
    if (walk.is_single()) {
      slot = {Place::single, room(kBlock)};
    } else if (walk.is_straight() && input.dtype == DType::f32) {
      slot = {Place::memory, -1};
    } else if (input.dtype == DType::f32 && walk.stride[0] == 0 && period <= kMaxPeriod) {
      slot = {Place::pattern, room(period + kTile)};
      input.period = period;
    } else {
      slot = {Place::gather, room(kTile)};  // not shared with rows: it is filled before the first of them
    }
    plan.inputs.push_back(input);
  }

  bool is_single(std::uint16_t slot) const { return plan.slots[slot].place == Place::single; }

  bool place_row(std::size_t i) {
    const Instruction& row = program.code[i];
    const std::size_t slot = program.inputs.size() + i;
    if (last_use[slot] < 0) return true;  // nobody reads it
    const int arity = arity_of(row.row);
    const std::uint16_t operands[] = {row.a, row.b, row.c};
    unsigned single = 0;
    for (int k = 0; k < arity; ++k) single |= is_single(operands[k]) ? 1u << k : 0u;
    const bool is_result = last_use[slot] == static_cast<int>(program.code.size());
    const bool all_single = single == (1u << arity) - 1;
    if (row.row == Row::constant) {
      plan.slots[slot] = {Place::single, room(kBlock)};
      plan.constants.push_back({plan.slots[slot].frame, static_cast<float>(row.immediate)});
      return true;
    }
    RowCall call{nullptr, static_cast<std::uint16_t>(slot), row.a, row.b, row.c};
    if (all_single && !is_result) {
      plan.slots[slot] = {Place::single, room(kBlock)};
      call.loop = row_loop(row.row, 0);
      plan.once.push_back(call);
      return call.loop != nullptr;
    }
    call.loop = row_loop(row.row, single);  // a single result is a cast here: spread_single_results
    if (call.loop == nullptr) return false;
    plan.slots[slot].place = is_result && row.dtype == DType::f32 ? Place::result : Place::tile;
    plan.slots[slot].frame = tile();
    for (int k = 0; k < arity; ++k) release(operands[k], static_cast<int>(i));
    plan.rows.push_back(call);
    return true;
  }

  // A tile is free after its last reader; the reader's own result was given another before.
  void release(std::uint16_t slot, int now) {
    Slot& held = plan.slots[slot];
    if (held.place != Place::tile || last_use[slot] != now || slot < program.inputs.size()) return;
    if (std::find(free_tiles.begin(), free_tiles.end(), held.frame) == free_tiles.end())
      free_tiles.push_back(held.frame);
  }

  bool needs_tiles() const {
    for (const Slot& slot : plan.slots)
      if (slot.place == Place::pattern || slot.place == Place::gather || (slot.place == Place::tile && slot.frame >= 0))
        return true;
    return false;
  }
};

// Results of single values only: a copying row for each, so that the rest need not know the case.
void spread_single_results(PointwiseProgram& program, const std::vector<Walk>& walks) {
  std::vector<bool> single;
  for (const Walk& walk : walks) single.push_back(walk.is_single());
  for (const Instruction& row : program.code) {
    const int arity = arity_of(row.row);
    const std::uint16_t operands[] = {row.a, row.b, row.c};
    bool all = true;
    for (int k = 0; k < arity; ++k) all = all && single[operands[k]];
    single.push_back(all);
  }
  for (std::uint16_t& result : program.results) {
    const std::size_t slot = result;
    if (!single[slot] || program.code[slot - program.inputs.size()].row == Row::cast) continue;
    program.code.push_back({.row = Row::cast, .dtype = program.dtype_of_slot(slot), .a = result});
    result = static_cast<std::uint16_t>(program.inputs.size() + program.code.size() - 1);
  }
}

bool accepts(const PointwiseProgram& program, Specs inputs, Specs results) {
  if (program.empty() || results.empty() || results.size() != program.results.size() ||
      inputs.size() != program.inputs.size())
    return false;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].dtype != program.inputs[i] || inputs[i].rank() > results[0].rank()) return false;
  for (const Spec& result : results)
    if (!result.is_dense() || result.shape != results[0].shape ||
        !walk_in_order(result.shape, results[0].strides, result.strides).value_or(Walk{.rank = 2}).is_dense_order())
      return false;
  for (std::size_t k = 0; k < results.size(); ++k)
    if (results[k].dtype != program.dtype_of_slot(program.results[k])) return false;
  return true;
}

}  // namespace

std::optional<PointwisePlan> plan_pointwise(const PointwiseProgram& given, Specs inputs, Specs results) {
  if (!accepts(given, inputs, results)) return std::nullopt;
  std::optional<PointwiseProgram> program = in_lanes(given);
  if (!program) return std::nullopt;
  const Spec& first = results[0];
  std::vector<Walk> walks;
  for (const Spec& input : inputs) {
    const auto walk =
        walk_in_order(first.shape, first.strides, broadcast_strides(input.shape, input.strides, first.shape));
    if (!walk) return std::nullopt;
    walks.push_back(*walk);
  }
  spread_single_results(*program, walks);
  if (program->inputs.size() > kMaxInputs || program->inputs.size() + program->code.size() > kMaxSlots)
    return std::nullopt;
  if (first.numel() == 0) return PointwisePlan{};
  Planner planner{.program = *program, .plan = {}, .last_use = {}, .free_tiles = {}};
  planner.plan.count = first.numel();
  planner.plan.slots.resize(program->inputs.size() + program->code.size());
  planner.plan.to_boolean = to_boolean();
  planner.find_last_uses();
  for (std::size_t i = 0; i < walks.size(); ++i)
    if (planner.last_use[i] >= 0) planner.place_input(i, walks[i]);
  for (std::size_t i = 0; i < program->code.size(); ++i)
    if (!planner.place_row(i)) return std::nullopt;
  if (planner.frame_used > kFrameFloats) return std::nullopt;
  for (const std::uint16_t slot : program->results)
    planner.plan.results.push_back({.slot = slot,
                                    .boolean = program->dtype_of_slot(slot) == DType::boolean,
                                    .written = slot - static_cast<int>(program->inputs.size())});
  if (!planner.needs_tiles()) planner.plan.chunk = kPiece;
  return planner.plan;
}

}  // namespace percept::cpu
