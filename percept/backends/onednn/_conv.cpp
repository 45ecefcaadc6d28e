// _conv.cpp - descriptors of convolutions, and weights between plain and oneDNN's order.
#include "percept/backends/onednn/_conv.h"

#include <functional>
#include <numeric>

namespace percept::onednn {
namespace {

using dnnl::memory;

memory::dims weight_dims(const ConvSizes& s) {
  const std::int64_t in_group = s.in_channels / s.groups;
  if (s.groups == 1) return {s.out_channels, in_group, s.kernel.h, s.kernel.w};
  return {s.groups, s.out_channels / s.groups, in_group, s.kernel.h, s.kernel.w};
}

// Parts of whole groups, or of whole blocks of out channels: oneDNN's blocks divide 64.
struct Parts {
  std::int64_t size, each;  // along the first axis
};
Parts parts_of(const memory::dims& dims) {
  constexpr std::int64_t kWorthAPart = std::int64_t{1} << 17, kBlock = 64;  // 0.5 MiB takes some 100 us
  std::int64_t elements = 1;
  for (const std::int64_t size : dims) elements *= size;
  const std::int64_t parts = std::clamp<std::int64_t>(elements / kWorthAPart, 1, 16);
  const std::int64_t each = (dims[0] + parts - 1) / parts;
  return {dims[0], (each + kBlock - 1) / kBlock * kBlock};
}

}  // namespace

ConvDescs conv_descs(const ConvSizes& s, std::int64_t images, Operands operands) {
  using Tag = memory::format_tag;
  const memory::data_type type = type_of(operands);
  return {.x = {{images, s.in_channels, s.input.h, s.input.w}, type, Tag::nhwc},
          .weight = {weight_dims(s), type, Tag::any},
          .bias = {},
          .y = {{images, s.out_channels, s.output.h, s.output.w}, type, Tag::nhwc},
          .stride = {s.stride.h, s.stride.w},
          .dilation = {s.dilation.h - 1, s.dilation.w - 1},
          .pad_before = {s.pads.top, s.pads.left},
          .pad_after = {s.pads.bottom, s.pads.right}};
}

ConvDescs conv_descs(const ConvSizes& s, std::int64_t images, ConvPass pass, Operands operands) {
  ConvDescs of_operands = conv_descs(s, images, operands);
  const ConvDescs exact = conv_descs(s, images, Operands::f32);
  if (pass == ConvPass::forward) of_operands.y = exact.y;
  if (pass == ConvPass::input_grad) of_operands.x = exact.x;
  if (pass == ConvPass::weight_grad) of_operands.weight = exact.weight;
  return of_operands;
}

Runner rounding(std::int64_t count, int slots) {
  const memory::dims dims{count}, strides{1};
  const memory::desc from = f32(dims, strides), to(dims, memory::data_type::bf16, strides);
  return reordering(from, to, slots);
}

memory::desc plain_weight(const ConvSizes& s) {
  return f32(weight_dims(s), s.groups == 1 ? memory::format_tag::oihw : memory::format_tag::goihw);
}

bool takes_conv(Specs inputs, Specs results) {
  for (const Specs specs : {inputs, results})
    for (const Spec& spec : specs)
      if (spec.dtype != DType::f32 || spec.numel() == 0) return false;
  return true;
}

WeightOrder::WeightOrder(const ConvSizes& sizes, const memory::desc& from, const memory::desc& to) {
  const memory::dims dims = weight_dims(sizes);
  // Only whole tensors where groups pad differently: a group's channels may be padded, groups themselves may be
  // blocked.
  const Parts parts = sizes.groups == 1 ? parts_of(dims) : Parts{dims[0], dims[0]};
  const std::int64_t count = (parts.size + parts.each - 1) / parts.each;
  slots_ = std::make_shared<WorkSlots>(count);
  shape_ = {sizes.out_channels, sizes.in_channels / sizes.groups, sizes.kernel.h, sizes.kernel.w};
  each_ = count == 1 ? sizes.out_channels : parts.each;
  const OneThread one;
  for (std::int64_t first = 0; first < parts.size; first += parts.each) {
    memory::dims part = dims, offset(dims.size(), 0);
    part[0] = std::min(parts.each, parts.size - first), offset[0] = first;
    const memory::desc source = count == 1 ? from : from.submemory_desc(part, offset);
    const memory::desc target = count == 1 ? to : to.submemory_desc(part, offset);
    parts_.push_back(reordering(source, target, slots_->count()));
    if (to.data_type() == memory::data_type::bf16) add_in_two(part, target);
  }
}

void WeightOrder::add_in_two(const memory::dims& part, const memory::desc& target) {
  const std::int64_t count = std::accumulate(part.begin(), part.end(), std::int64_t{1}, std::multiplies<>());
  if (in_two_.empty()) part_elements_ = count;  // the last may have fewer
  slot_bytes_ = std::max(slot_bytes_, bf16_bytes(count));
  const auto plain = part.size() == 4 ? memory::format_tag::oihw : memory::format_tag::goihw;
  in_two_.emplace_back(rounding(count, slots_->count()),
                       reordering({part, memory::data_type::bf16, plain}, target, slots_->count()));
}

void WeightOrder::run(std::int64_t piece, const void* from, void* to, std::byte* scratch) const {
  const WorkSlots::Held slot(*slots_);
  const OneThread one;
  if (scratch == nullptr || in_two_.empty()) {
    parts_[static_cast<std::size_t>(piece)].run(slot.index(), from, to);
    return;
  }
  const auto& [rounding, order] = in_two_[static_cast<std::size_t>(piece)];
  scratch += slot_bytes_ * static_cast<std::size_t>(slot.index());
  rounding.run(slot.index(), static_cast<const float*>(from) + piece * part_elements_, scratch);
  order.run(slot.index(), scratch, to);
}

Region WeightOrder::region(std::int64_t piece) const {
  Region part{{piece * each_, 0, 0, 0}, shape_};
  part.size[0] = std::min(each_, shape_[0] - part.first[0]);
  return part;
}

}  // namespace percept::onednn
