// onednn_winograd.h - oneDNN's own Winograd, which the library does not use: for a line beside ours in
// convolutions.cpp.
#pragma once
#include <array>
#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>

#include "percept/ops/conv/conv2d.h"

extern "C" void omp_set_num_threads(int) noexcept;

namespace percept {

#if DNNL_VERSION_MAJOR >= 3
inline std::optional<Prepared> onednn_winograd(const ConvSizes&, ConvPass) { return std::nullopt; }
#else
// In the orders that it likes best: the first run brings the inputs into them and the result back, later ones compute
// alone, on one thread. Nothing where oneDNN has none (other taps, no AVX-512).
class OneDnnWinograd {
 public:
  OneDnnWinograd(const ConvSizes& s, ConvPass pass) {
    using Tag = dnnl::memory::format_tag;
    omp_set_num_threads(1);
    const dnnl::memory::dims x_dims = {s.batch, s.in_channels, s.input.h, s.input.w},
                             w_dims = {s.out_channels, s.in_channels, s.kernel.h, s.kernel.w},
                             y_dims = {s.batch, s.out_channels, s.output.h, s.output.w}, one = {1, 1}, none = {0, 0},
                             before = {s.pads.top, s.pads.left}, after = {s.pads.bottom, s.pads.right};
    const auto desc = [](const dnnl::memory::dims& dims, Tag tag) {
      return dnnl::memory::desc(dims, dnnl::memory::data_type::f32, tag);
    };
    const auto x = desc(x_dims, Tag::any), w = desc(w_dims, Tag::any), y = desc(y_dims, Tag::any);
    const dnnl::convolution_forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, kind, x, w, y, one, none, before, after}, engine_);
    const auto plain_x = desc(x_dims, Tag::nhwc), plain_w = desc(w_dims, Tag::oihw), plain_y = desc(y_dims, Tag::nhwc);
    if (pass == ConvPass::forward) {
      primitive_ = dnnl::convolution_forward(forward);
      sides_ = {Side(DNNL_ARG_SRC, forward.src_desc(), plain_x),
                Side(DNNL_ARG_WEIGHTS, forward.weights_desc(), plain_w),
                Side(DNNL_ARG_DST, forward.dst_desc(), plain_y)};
    } else if (pass == ConvPass::input_grad) {
      const dnnl::convolution_backward_data::primitive_desc back({kind, x, w, y, one, none, before, after}, engine_,
                                                                 forward);
      primitive_ = dnnl::convolution_backward_data(back);
      sides_ = {Side(DNNL_ARG_DIFF_DST, back.diff_dst_desc(), plain_y),
                Side(DNNL_ARG_WEIGHTS, back.weights_desc(), plain_w),
                Side(DNNL_ARG_DIFF_SRC, back.diff_src_desc(), plain_x)};
    } else {
      const dnnl::convolution_backward_weights::primitive_desc back({kind, x, w, y, one, none, before, after}, engine_,
                                                                    forward);
      primitive_ = dnnl::convolution_backward_weights(back);
      sides_ = {Side(DNNL_ARG_DIFF_DST, back.diff_dst_desc(), plain_y), Side(DNNL_ARG_SRC, back.src_desc(), plain_x),
                Side(DNNL_ARG_DIFF_WEIGHTS, back.diff_weights_desc(), plain_w)};
    }
    for (Side& side : sides_) side.liked = dnnl::memory(side.liked_desc, engine_);
  }

  void run(const Buffers& b) {
    omp_set_num_threads(1);
    for (std::size_t i = 0; i < 2 && !ran_; ++i) bring(plain(sides_[i], b.inputs[i]), sides_[i].liked);
    primitive_.execute(
        stream_,
        {{sides_[0].index, sides_[0].liked}, {sides_[1].index, sides_[1].liked}, {sides_[2].index, sides_[2].liked}});
    if (!ran_) {
      dnnl::memory result = plain(sides_[2], b.results[0]);
      bring(sides_[2].liked, result);
    }
    ran_ = true;
  }

 private:
  static constexpr auto kind = dnnl::algorithm::convolution_winograd;
  struct Side {
    Side() = default;
    Side(int argument, dnnl::memory::desc liked_one, dnnl::memory::desc plain_one)
        : index(argument), liked_desc(std::move(liked_one)), plain_desc(std::move(plain_one)) {}
    int index = 0;
    dnnl::memory::desc liked_desc, plain_desc;
    dnnl::memory liked;
  };
  dnnl::memory plain(const Side& side, const void* data) const {
    return {side.plain_desc, engine_, const_cast<void*>(data)};
  }
  void bring(dnnl::memory from, dnnl::memory to) { dnnl::reorder(from, to).execute(stream_, from, to); }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  dnnl::primitive primitive_;
  std::array<Side, 3> sides_;
  bool ran_ = false;
};

inline std::optional<Prepared> onednn_winograd(const ConvSizes& s, ConvPass pass) {
  try {
    const auto winograd = std::make_shared<OneDnnWinograd>(s, pass);
    Prepared prepared;
    prepared.stages = {{1, [winograd](std::int64_t, const Buffers& b) { winograd->run(b); }}};
    return prepared;
  } catch (const dnnl::error&) {
    return std::nullopt;
  }
}
#endif

}  // namespace percept
