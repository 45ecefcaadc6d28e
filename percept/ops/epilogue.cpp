// epilogue.cpp - the parts that pieces complete, a kernel for each kind of part, and the kernels run in turn.
#include "percept/ops/epilogue.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "percept/base/work_slots.h"
#include "percept/ops/apply.h"

namespace percept {
namespace {

constexpr std::size_t kMostOperands = 16, kAlignment = 64;

// An input of the program as it is read for every element of the result.
Spec repeated_over(const Spec& input, const Shape& shape) {
  Spec all = input;
  all.shape = shape;
  all.strides = Strides(shape.size(), 0);
  const std::size_t missing = shape.size() - input.shape.size();
  for (std::size_t axis = 0; axis < input.shape.size(); ++axis)
    if (input.shape[axis] != 1) all.strides[missing + axis] = input.strides[axis];
  return all;
}

// An operand of a program that takes memory as it lies.
Spec as_it_lies(Spec operand, const Spec& between) {
  operand.strides = operand.numel() == 1 ? Strides(between.shape.size(), 0) : between.strides;
  operand.shape = between.shape;
  return operand;
}

Spec part_of(const Spec& whole, const Region& region) {
  Spec part = whole;
  part.shape = region.size;
  return part;
}

std::ptrdiff_t place_of(const Spec& whole, const Region& region) {
  std::int64_t elements = 0;
  for (std::size_t axis = 0; axis < whole.shape.size(); ++axis) elements += region.first[axis] * whole.strides[axis];
  return static_cast<std::ptrdiff_t>(elements) * static_cast<std::ptrdiff_t>(size_of(whole.dtype));
}

// Bytes from the first element of a part to the end of its last.
std::size_t bytes_of(const Spec& whole, const Region& region) {
  std::int64_t elements = 1;
  for (std::size_t axis = 0; axis < whole.shape.size(); ++axis) {
    if (region.size[axis] == 0) return 0;
    elements += (region.size[axis] - 1) * whole.strides[axis];
  }
  return static_cast<std::size_t>(elements) * size_of(whole.dtype);
}

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

// The kernel that serves the program or the call on its own, on a part.
std::optional<Prepared> prepare_part(const Epilogue& epilogue, Specs inputs, Specs results) {
  if (results[0].numel() == 0) return Prepared{};
  for (const Kernel& kernel : all_kernels()) {
    if (kernel.op != (epilogue.op != nullptr ? epilogue.op->name : "pointwise")) continue;
    auto prepared = kernel.prepare(epilogue.attrs, inputs, results, epilogue.program);
    if (!prepared) continue;
    if (kernel.name != epilogue.kernel || prepared->workspace_bytes != 0) return {};
    return prepared;
  }
  return {};
}

// What runs behind the front kernel's pieces.
class Behind {
 public:
  Behind(const Epilogue& epilogue, Specs inputs, Specs results)
      : between_(epilogue.between), from_(epilogue.from), results_(results.size()) {
    for (const int from : from_) {
      const Spec& input = from < 0 ? epilogue.between : inputs[static_cast<std::size_t>(from)];
      in_.push_back(epilogue.op != nullptr ? input
                    : epilogue.by_memory   ? as_it_lies(input, between_)
                                           : repeated_over(input, results[0].shape));
    }
    for (const Spec& result : results) out_.push_back(epilogue.by_memory ? as_it_lies(result, between_) : result);
  }

  // Of the front kernel's next piece; false where no kernel takes it.
  bool add(const Epilogue& epilogue, const Region& region) {
    const auto result = epilogue.op != nullptr ? epilogue.op->part(epilogue.attrs, in_, out_, region) : region;
    if (!result) return false;
    Part part{.kind = kinds_.size(), .in = {}, .out = {}, .first = place_of(between_, region)};
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
      if (kinds_[kind].from == region.size && kinds_[kind].to == result->size) part.kind = kind;
    if (part.kind == kinds_.size()) {
      std::vector<Spec> in, out;
      for (const Spec& spec : in_) in.push_back(part_of(spec, region));
      for (const Spec& spec : out_) out.push_back(part_of(spec, *result));
      auto prepared = prepare_part(epilogue, in, out);
      if (!prepared) return false;
      kinds_.push_back({region.size, result->size, std::move(*prepared)});
    }
    for (std::size_t i = 0; i < in_.size(); ++i) part.in[i] = place_of(in_[i], region);
    for (std::size_t k = 0; k < out_.size(); ++k) part.out[k] = place_of(out_[k], *result);
    parts_.push_back(part);
    regions_.push_back(*result);
    most_bytes_ = std::max(most_bytes_, bytes_of(between_, region));
    return true;
  }

  const Spec& result() const { return out_[0]; }
  // What is whole when the joint piece ends.
  Region region(std::int64_t piece) const { return regions_[static_cast<std::size_t>(piece)]; }
  // Where the piece's part of what lies between begins, and the bytes of the largest.
  std::ptrdiff_t first(std::int64_t piece) const { return parts_[static_cast<std::size_t>(piece)].first; }
  std::size_t most_bytes() const { return most_bytes_; }

  void run(std::int64_t piece, const Buffers& buffers, const void* between) const {
    const Part& part = parts_[static_cast<std::size_t>(piece)];
    std::array<const void*, kMostOperands> in{};
    std::array<void*, kMostOperands> out{};
    for (std::size_t i = 0; i < in_.size(); ++i) {
      const void* whole = from_[i] < 0 ? between : buffers.inputs[static_cast<std::size_t>(from_[i])];
      in[i] = static_cast<const std::byte*>(whole) + part.in[i];
    }
    for (std::size_t k = 0; k < results_; ++k) out[k] = static_cast<std::byte*>(buffers.results[k]) + part.out[k];
    const Buffers of_part{{in.data(), in_.size()}, {out.data(), results_}, nullptr, buffers.report};
    for (const Stage& stage : kinds_[part.kind].prepared.stages)
      for (std::int64_t i = 0; i < stage.pieces; ++i) stage.run(i, of_part);
  }

 private:
  struct Part {
    std::size_t kind;
    std::array<std::ptrdiff_t, kMostOperands> in, out;  // bytes before the first element
    std::ptrdiff_t first;
  };
  Spec between_;
  std::vector<int> from_;
  std::size_t results_;
  std::vector<Spec> in_, out_;
  struct Kind {
    Shape from, to;  // sizes of a part
    Prepared prepared;
  };
  std::vector<Kind> kinds_;
  std::vector<Part> parts_;
  std::vector<Region> regions_;
  std::size_t most_bytes_ = 0;
};

// Where what lies between is written: in the joint result, all of it in the workspace, or each piece's part in a slot
// of its own there, which the next piece writes over while it is still in the cache.
struct Between {
  enum class Place : std::uint8_t { result, workspace, slots } place = Place::result;
  std::size_t at = 0, slot_bytes = 0;  // in the workspace
  std::shared_ptr<WorkSlots> slots = nullptr;

  Between(const Epilogue& epilogue, const Prepared& front, const Behind& behind, std::size_t results)
      : at(aligned(front.workspace_bytes)), slot_bytes(aligned(behind.most_bytes())) {
    // A program reads each element before it writes it; a pool reads its neighbours later.
    const bool over_itself = epilogue.op == nullptr && !epilogue.over_inputs;
    if (over_itself && results == 1 && behind.result() == epilogue.between) return;
    place = Place::workspace;
    whole_bytes_ = static_cast<std::size_t>(epilogue.between.numel()) * size_of(epilogue.between.dtype);
    auto some = std::make_shared<WorkSlots>(front.stages.back().pieces);
    if (epilogue.op == nullptr || slot_bytes * static_cast<std::size_t>(some->count()) >= whole_bytes_) return;
    place = Place::slots;
    slots = std::move(some);
  }
  std::size_t workspace_bytes(const Prepared& front) const {
    if (place == Place::result) return front.workspace_bytes;
    return at + (slots ? slot_bytes * static_cast<std::size_t>(slots->count()) : whole_bytes_);
  }

 private:
  std::size_t whole_bytes_ = 0;
};

// What of the joint call's operands is the front's: the first inputs, and behind what lies between the last results.
struct Share {
  std::size_t inputs, others;
};

// A stage's piece with what lies between as its first result, and behind the last stage's the epilogue.
void run_piece(const Stage& stage, std::int64_t piece, const Behind* behind, const Between& between, const Share& own,
               const Buffers& b) {
  const auto run = [&](std::byte* to) {
    std::array<void*, kMostOperands> results{to};
    const auto others = b.results.last(own.others);
    std::copy(others.begin(), others.end(), results.begin() + 1);
    stage.run(piece, {b.inputs.first(own.inputs), {results.data(), 1 + own.others}, b.workspace, b.report});
    if (behind != nullptr) behind->run(piece, b, to);
  };
  if (between.place == Between::Place::result) return run(static_cast<std::byte*>(b.results[0]));
  if (between.place == Between::Place::workspace || behind == nullptr) return run(b.workspace + between.at);
  const WorkSlots::Held slot(*between.slots);
  // The whole result would begin there for the piece's part to lie in the slot.
  run(b.workspace + between.at + between.slot_bytes * static_cast<std::size_t>(slot.index()) - behind->first(piece));
}

}  // namespace

std::string names_of_rows(const PointwiseProgram& program) {
  std::string names;
  for (const Instruction& row : program.code)
    if (row.row != Row::constant) names += (names.empty() ? "" : " ") + std::string(name_of(row.row));
  return names;
}

static std::string name_of(const Epilogue& epilogue) {
  return epilogue.op != nullptr ? std::string(epilogue.op->name) : names_of_rows(epilogue.program);
}

std::string names_of(Epilogues epilogues) {
  std::string names;
  for (const auto& epilogue : epilogues) names += (names.empty() ? "" : " ") + name_of(*epilogue);
  return names;
}

std::shared_ptr<const Prepared> with_epilogue(std::shared_ptr<const Prepared> front, const Epilogue& epilogue,
                                              Specs inputs, Specs results) {
  const auto completes = front->stages.empty() ? nullptr : front->stages.back().completes;
  if (!completes || epilogue.from.size() > kMostOperands || results.size() >= kMostOperands) return nullptr;
  const Specs own = results.first(results.size() - epilogue.others.size());
  auto behind = std::make_shared<Behind>(epilogue, inputs, own);
  for (std::int64_t piece = 0; piece < front->stages.back().pieces; ++piece)
    if (!behind->add(epilogue, completes(piece))) return nullptr;

  auto both = std::make_shared<Prepared>();
  const Share share{epilogue.own_inputs, epilogue.others.size()};
  const Between between(epilogue, *front, *behind, own.size());
  both->kernel = front->kernel;
  both->epilogue = front->epilogue + (front->epilogue.empty() ? "" : " ") + name_of(epilogue);
  both->in_front = front->in_front ? *front->in_front : epilogue.between;
  both->workspace_bytes = between.workspace_bytes(*front);
  for (std::size_t s = 0; s < front->stages.size(); ++s) {
    const bool last = s + 1 == front->stages.size();
    both->stages.push_back(
        {front->stages[s].pieces, [front, behind, s, last, between, share](std::int64_t piece, const Buffers& b) {
           run_piece(front->stages[s], piece, last ? behind.get() : nullptr, between, share, b);
         }});
  }
  // By memory, its parts are no regions of its own shape: nothing can come behind.
  if (!epilogue.over_inputs && !epilogue.by_memory)
    both->stages.back().completes = [behind](std::int64_t i) { return behind->region(i); };
  return both;
}

// The results of what is in front.
static std::vector<Spec> front_results(const Epilogue& epilogue) {
  std::vector<Spec> results{epilogue.between};
  results.insert(results.end(), epilogue.others.begin(), epilogue.others.end());
  return results;
}

std::shared_ptr<const Prepared> with_epilogues(std::shared_ptr<const Prepared> front, Epilogues epilogues, Specs inputs,
                                               Specs results) {
  for (std::size_t i = 0; i < epilogues.size() && front != nullptr; ++i) {
    if (i + 1 == epilogues.size()) return with_epilogue(std::move(front), *epilogues[i], inputs, results);
    const Epilogue& next = *epilogues[i + 1];
    front = with_epilogue(std::move(front), *epilogues[i], inputs.first(next.own_inputs), front_results(next));
  }
  return front;
}

std::shared_ptr<const Prepared> prepare_front(const Op& op, const Attrs& attrs, Epilogues epilogues, Specs inputs,
                                              Specs results) {
  if (epilogues.empty()) return prepare(op, attrs, inputs, results);
  return prepare(op, attrs, inputs.first(epilogues[0]->own_inputs), front_results(*epilogues[0]));
}

}  // namespace percept
