// epilogue.cpp - the parts that pieces complete, a kernel for each kind of part, and the two run in turn.
#include "percept/ops/epilogue.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

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

// The kernel that serves the program on its own, on a part.
std::optional<Prepared> prepare_part(const Epilogue& epilogue, Specs inputs, Specs results) {
  for (const Kernel& kernel : all_kernels()) {
    if (kernel.op != "pointwise") continue;
    auto prepared = kernel.prepare({}, inputs, results, epilogue.program);
    if (!prepared) continue;
    if (kernel.name != epilogue.kernel || prepared->workspace_bytes != 0) return {};
    return prepared;
  }
  return {};
}

// What runs behind the front kernel's pieces.
class Behind {
 public:
  Behind(const Epilogue& epilogue, Specs inputs, Specs results) : from_(epilogue.from), results_(results.size()) {
    for (const int from : from_)
      in_.push_back(
          repeated_over(from < 0 ? epilogue.between : inputs[static_cast<std::size_t>(from)], results[0].shape));
    out_.assign(results.begin(), results.end());
  }

  // Of the front kernel's next piece; false where no kernel takes it.
  bool add(const Epilogue& epilogue, const Region& region) {
    Part part{.kind = kinds_.size(), .in = {}, .out = {}};
    for (std::size_t kind = 0; kind < kinds_.size(); ++kind)
      if (kinds_[kind].first == region.size) part.kind = kind;
    if (part.kind == kinds_.size()) {
      std::vector<Spec> in, out;
      for (const Spec& spec : in_) in.push_back(part_of(spec, region));
      for (const Spec& spec : out_) out.push_back(part_of(spec, region));
      auto prepared = prepare_part(epilogue, in, out);
      if (!prepared) return false;
      kinds_.emplace_back(region.size, std::move(*prepared));
    }
    for (std::size_t i = 0; i < in_.size(); ++i) part.in[i] = place_of(in_[i], region);
    for (std::size_t k = 0; k < out_.size(); ++k) part.out[k] = place_of(out_[k], region);
    parts_.push_back(part);
    return true;
  }

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
    for (const Stage& stage : kinds_[part.kind].second.stages)
      for (std::int64_t i = 0; i < stage.pieces; ++i) stage.run(i, of_part);
  }

 private:
  struct Part {
    std::size_t kind;
    std::array<std::ptrdiff_t, kMostOperands> in, out;  // bytes before the first element
  };
  std::vector<int> from_;
  std::size_t results_;
  std::vector<Spec> in_, out_;
  std::vector<std::pair<Shape, Prepared>> kinds_;
  std::vector<Part> parts_;
};

}  // namespace

std::string names_of_rows(const PointwiseProgram& program) {
  std::string names;
  for (const Instruction& row : program.code)
    if (row.row != Row::constant) names += (names.empty() ? "" : " ") + std::string(name_of(row.row));
  return names;
}

std::shared_ptr<const Prepared> with_epilogue(std::shared_ptr<const Prepared> front, const Epilogue& epilogue,
                                              Specs inputs, Specs results) {
  const auto completes = front->stages.empty() ? nullptr : front->stages.back().completes;
  if (!completes || epilogue.from.size() > kMostOperands || results.size() > kMostOperands) return nullptr;
  auto behind = std::make_shared<Behind>(epilogue, inputs, results);
  for (std::int64_t piece = 0; piece < front->stages.back().pieces; ++piece)
    if (!behind->add(epilogue, completes(piece))) return nullptr;

  auto both = std::make_shared<Prepared>();
  both->kernel = front->kernel;
  both->epilogue = names_of_rows(epilogue.program);
  // The front kernel's result lies where the joint result will, or in the workspace.
  const bool in_result = !epilogue.over_inputs && results.size() == 1 && results[0] == epilogue.between;
  const std::size_t at = (front->workspace_bytes + kAlignment - 1) / kAlignment * kAlignment;
  const auto between_bytes = static_cast<std::size_t>(epilogue.between.numel()) * size_of(epilogue.between.dtype);
  both->workspace_bytes = in_result ? front->workspace_bytes : at + between_bytes;
  for (std::size_t s = 0; s < front->stages.size(); ++s) {
    const bool last = s + 1 == front->stages.size();
    both->stages.push_back({front->stages[s].pieces, [front, behind, s, last, in_result, at, own = epilogue.own_inputs](
                                                         std::int64_t piece, const Buffers& b) {
                              void* between[] = {in_result ? b.results[0] : b.workspace + at};
                              front->stages[s].run(piece, {b.inputs.first(own), between, b.workspace, b.report});
                              if (last) behind->run(piece, b, between[0]);
                            }});
  }
  return both;
}

}  // namespace percept
