// onednn_winograd.h - oneDNN's own Winograd, which the library does not use: for a line beside ours in
// convolutions.cpp.
#pragma once
#include <memory>
#include <optional>

#include "hwy/aligned_allocator.h"
#include "percept/backends/onednn/_conv.h"

namespace percept::onednn {

#if DNNL_VERSION_MAJOR >= 3
inline std::optional<Prepared> own_winograd(const ConvSizes&, ConvPass) { return std::nullopt; }
#else
// In the orders that it likes best: the first run brings the inputs into them and the result back, later ones compute
// alone, on one thread. Nothing where oneDNN has none (other taps, no AVX-512).
class OwnWinograd {
 public:
  OwnWinograd(const ConvSizes& s, ConvPass pass) {
    using Tag = dnnl::memory::format_tag;
    const OneThread one;
    const ConvDescs plain = conv_descs(s, s.batch);
    ConvDescs c = plain;
    for (dnnl::memory::desc* desc : {&c.x, &c.y, &c.weight}) *desc = f32(desc->dims(), Tag::any);
    const dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, kind, c.x, c.weight, c.y, c.stride, c.dilation, c.pad_before, c.pad_after},
        attributes(), engine());
    if (pass == ConvPass::forward) {
      take(forward, dnnl::convolution_forward(forward), {DNNL_ARG_SRC, forward.src_desc(), plain.x},
           {DNNL_ARG_WEIGHTS, forward.weights_desc(), plain_weight(s)}, {DNNL_ARG_DST, forward.dst_desc(), plain.y});
    } else if (pass == ConvPass::input_grad) {
      const dnnl::convolution_backward_data::primitive_desc desc(
          {kind, c.x, c.weight, c.y, c.stride, c.dilation, c.pad_before, c.pad_after}, attributes(), engine(), forward);
      take(desc, dnnl::convolution_backward_data(desc), {DNNL_ARG_DIFF_DST, desc.diff_dst_desc(), plain.y},
           {DNNL_ARG_WEIGHTS, desc.weights_desc(), plain_weight(s)},
           {DNNL_ARG_DIFF_SRC, desc.diff_src_desc(), plain.x});
    } else {
      const dnnl::convolution_backward_weights::primitive_desc desc(
          {kind, c.x, c.weight, c.y, c.stride, c.dilation, c.pad_before, c.pad_after}, attributes(), engine(), forward);
      take(desc, dnnl::convolution_backward_weights(desc), {DNNL_ARG_DIFF_DST, desc.diff_dst_desc(), plain.y},
           {DNNL_ARG_SRC, desc.src_desc(), plain.x},
           {DNNL_ARG_DIFF_WEIGHTS, desc.diff_weights_desc(), plain_weight(s)});
    }
  }

  void run(const Buffers& b) {
    const OneThread one;
    if (!ran_) {
      before_[0].run(0, b.inputs[0], at(0));
      before_[1].run(0, b.inputs[1], at(1));
    }
    compute_.run(0, at(0), at(1), at(2), scratch_.get());
    if (!ran_) after_.run(0, at(2), b.results[0]);
    ran_ = true;
  }

 private:
  static constexpr auto kind = dnnl::algorithm::convolution_winograd;
  struct Side {
    int index;
    dnnl::memory::desc liked, plain;
  };

  template <class Desc>
  void take(const Desc& desc, dnnl::primitive primitive, const Side& first, const Side& second, const Side& result) {
    const Side* sides[] = {&first, &second, &result};
    for (int i = 0; i < 3; ++i) blocks_[i] = hwy::AllocateAligned<std::byte>(sides[i]->liked.get_size() + 64);
    scratch_ = hwy::AllocateAligned<std::byte>(desc.scratchpad_desc().get_size() + 64);
    for (int i = 0; i < 2; ++i) before_[i] = reorder(sides[i]->plain, sides[i]->liked);
    after_ = reorder(result.liked, result.plain);
    compute_ = Runner(std::move(primitive),
                      {{first.index, first.liked}, {second.index, second.liked}, {result.index, result.liked}},
                      desc.scratchpad_desc(), 1);
  }
  static Runner reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to) {
    const auto desc = reorder_desc(from, to);
    return Runner(dnnl::reorder(desc), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}, desc.scratchpad_desc(), 1);
  }
  std::byte* at(int i) const { return blocks_[i].get(); }

  Runner before_[2], compute_, after_;
  hwy::AlignedFreeUniquePtr<std::byte[]> blocks_[3], scratch_;
  bool ran_ = false;
};

inline std::optional<Prepared> own_winograd(const ConvSizes& s, ConvPass pass) {
  try {
    const auto winograd = std::make_shared<OwnWinograd>(s, pass);
    Prepared prepared;
    prepared.stages = {{1, [winograd](std::int64_t, const Buffers& b) { winograd->run(b); }}};
    return prepared;
  } catch (const dnnl::error&) {
    return std::nullopt;
  }
}
#endif

}  // namespace percept::onednn
