// pointwise.cpp - runs pointwise programs row by row over tiles that stay in the first cache.
#include <algorithm>
#include <memory>

#include "percept/backends/cpu/_pointwise_plan.h"

namespace percept {
namespace cpu {
namespace {

// One piece at work: slots as addresses of the current tile's elements.
struct Runner {
  const PointwisePlan& plan;
  const Buffers& buffers;
  std::int64_t begin, end;
  float* at[kMaxSlots];
  Cursor cursors[kMaxInputs];  // of those that are gathered
  bool direct[kMaxSlots];      // one per result: its row writes the result's memory
  alignas(64) float frame[kFrameFloats];
  alignas(64) std::uint64_t raw[kTile];  // gathered elements before their conversion

  Runner(const PointwisePlan& p, const Buffers& b, std::int64_t from, std::int64_t to)
      : plan(p), buffers(b), begin(from), end(to) {}

  void place_inputs() {
    for (std::size_t s = 0; s < plan.slots.size(); ++s)
      if (plan.slots[s].frame >= 0) at[s] = frame + plan.slots[s].frame;
    for (const Constant& constant : plan.constants) std::fill_n(frame + constant.frame, kBlock, constant.value);
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
      const SlotInput& input = plan.inputs[i];
      const void* from = buffers.inputs[input.slot];
      switch (plan.slots[input.slot].place) {
        case Place::single: {
          float value = 0;
          if (input.convert)
            input.convert(&value, from, 1);
          else
            value = *static_cast<const float*>(from);
          std::fill_n(at[input.slot], kBlock, value);
          break;
        }
        case Place::pattern:
          lay_out_pattern(input, at[input.slot]);
          break;
        case Place::gather:
          cursors[i] = Cursor(input.walk, begin);
          break;
        default:
          break;
      }
    }
    for (const RowCall& call : plan.once) call.loop(at[call.d], at[call.a], at[call.b], at[call.c], kBlock);
  }

  // The period once, then doubled until a tile fits behind every phase.
  void lay_out_pattern(const SlotInput& input, float* to) const {
    Cursor cursor(input.walk, 0);
    gather_runs(input.walk, cursor, buffers.in<float>(input.slot), to, input.period);
    const std::int64_t needed = input.period + std::min(kTile, end - begin);
    for (std::int64_t have = input.period; have < needed; have *= 2)
      std::copy_n(to, std::min(have, needed - have), to + have);
  }

  // A row may write a result's memory unless an input that lies there is read by a later row. False: not all may.
  bool place_results() {
    bool all = true;
    for (std::size_t r = 0; r < plan.results.size(); ++r) {
      direct[r] = plan.slots[plan.results[r].slot].place == Place::result;
      for (const SlotInput& input : plan.inputs)
        if (buffers.inputs[input.slot] == buffers.results[r] && input.last_use > plan.results[r].written)
          direct[r] = false;
      all = all && direct[r];
    }
    return all;
  }

  void fetch(std::int64_t position, std::int64_t n) {
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
      const SlotInput& input = plan.inputs[i];
      const Slot& slot = plan.slots[input.slot];
      const void* from = buffers.inputs[input.slot];
      if (slot.place == Place::memory) {
        // Rows only read it: they write where `d` points.
        at[input.slot] = const_cast<float*>(static_cast<const float*>(from)) + position;
      } else if (slot.place == Place::pattern) {
        at[input.slot] = frame + slot.frame + position % input.period;
      } else if (slot.place == Place::gather) {
        gather(input, cursors[i], from, position, n);
      }
    }
    for (std::size_t r = 0; r < plan.results.size(); ++r)
      if (direct[r]) at[plan.results[r].slot] = buffers.out<float>(r) + position;
  }

  void gather(const SlotInput& input, Cursor& cursor, const void* from, std::int64_t position, std::int64_t n) {
    float* to = at[input.slot];
    if (input.convert == nullptr) {
      gather_runs(input.walk, cursor, static_cast<const float*>(from), to, n);
    } else if (input.walk.is_straight()) {
      input.convert(to, static_cast<const std::byte*>(from) + static_cast<std::size_t>(position) * input.element, n);
    } else {
      gather_bytes(input.walk, cursor, input.element, from, raw, n);
      input.convert(to, raw, n);
    }
  }

  void run() {
    const bool all_direct = place_results();
    place_inputs();
    const std::int64_t chunk = all_direct ? plan.chunk : kTile;
    for (std::int64_t position = begin; position < end; position += chunk) {
      const std::int64_t n = std::min(chunk, end - position);
      fetch(position, n);
      for (const RowCall& call : plan.rows) call.loop(at[call.d], at[call.a], at[call.b], at[call.c], n);
      for (std::size_t r = 0; r < plan.results.size(); ++r) {
        const SlotResult& result = plan.results[r];
        if (result.boolean)
          plan.to_boolean(buffers.out<std::byte>(r) + position, at[result.slot], n);
        else if (!direct[r])
          std::copy_n(at[result.slot], n, buffers.out<float>(r) + position);
      }
    }
  }
};

std::optional<Prepared> prepare_pointwise(const Attrs&, Specs inputs, Specs results, const PointwiseProgram& program) {
  auto plan = plan_pointwise(program, inputs, results);
  if (!plan) return std::nullopt;
  Prepared prepared;
  const std::int64_t pieces = ceil_div(plan->count, kPiece);
  // Shared: a plan is a few small lists, and stages are copied.
  prepared.stages.push_back({pieces, [plan = std::make_shared<const PointwisePlan>(std::move(*plan))](
                                         std::int64_t piece, const Buffers& buffers) {
                               const std::int64_t begin = piece * kPiece;
                               Runner(*plan, buffers, begin, std::min(begin + kPiece, plan->count)).run();
                             }});
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_pointwise();
std::vector<Kernel> kernels_cpu_pointwise() {
  return {{.op = "pointwise", .name = "pointwise", .backend = "cpu", .prepare = cpu::prepare_pointwise}};
}

}  // namespace percept
