// door.h - the one place where oneDNN's versions (2.6 here; 3.x's constructors differ) and its threads are met.
//
// oneDNN decides when a primitive is made, and again when it runs, how many OpenMP threads to use, and its sums depend
// on that. Percept's pieces are the only parallelism: whoever makes or runs a primitive holds a OneThread.
#pragma once
#include <oneapi/dnnl/dnnl.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "percept/base/error.h"

// Of omp.h, which not every compiler's folders hold; the run time is the one oneDNN itself is linked with.
extern "C" int omp_get_max_threads() noexcept;
extern "C" void omp_set_num_threads(int) noexcept;

namespace percept::onednn {

// One OpenMP thread for the calling thread, its own setting back at the end. Costs nothing where one is set already.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) {
    if (before_ != 1) omp_set_num_threads(1);
  }
  ~OneThread() {
    if (before_ != 1) omp_set_num_threads(before_);
  }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

inline const dnnl::engine& engine() {
  static const dnnl::engine& cpu = *new dnnl::engine(dnnl::engine::kind::cpu, 0);  // static tensors may need it longer
  return cpu;
}

// Scratchpads come from the workspace; f32 stays f32 whatever ONEDNN_DEFAULT_FPMATH_MODE says.
inline dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attr.set_fpmath_mode(dnnl::fpmath_mode::strict);
  return attr;
}

inline dnnl::memory::desc f32(const dnnl::memory::dims& dims, const dnnl::memory::dims& strides) {
  return {dims, dnnl::memory::data_type::f32, strides};
}
inline dnnl::memory::desc f32(const dnnl::memory::dims& dims, dnnl::memory::format_tag tag) {
  return {dims, dnnl::memory::data_type::f32, tag};
}

// What products read: f32 as it is, or rounded to bf16. Sums and results are f32.
enum class Operands : std::uint8_t { f32, bf16 };
inline dnnl::memory::data_type type_of(Operands operands) {
  return operands == Operands::bf16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
}
inline std::int64_t bytes_of(Operands operands) { return operands == Operands::bf16 ? 2 : 4; }
inline bool has_bf16() { return dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core_bf16; }

// ---- primitive descriptors; each throws dnnl::error where oneDNN has no implementation ----

inline dnnl::matmul::primitive_desc matmul_desc(const dnnl::memory::desc& a, const dnnl::memory::desc& b,
                                                const dnnl::memory::desc& c) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), a, b, c, attributes()};
#else
  return {dnnl::matmul::desc(a, b, c), attributes(), engine()};
#endif
}

// A convolution's memories and windows; dilation as oneDNN counts it (0: none). No bias: its desc is empty.
struct ConvDescs {
  dnnl::memory::desc x, weight, bias, y;
  dnnl::memory::dims stride, dilation, pad_before, pad_after;
};

inline dnnl::convolution_forward::primitive_desc conv_forward_desc(const ConvDescs& c) {
  const auto kind = dnnl::prop_kind::forward_training;
  const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine(), kind,     direct,     c.x,          c.weight,    c.bias,
          c.y,      c.stride, c.dilation, c.pad_before, c.pad_after, attributes()};
#else
  return {{kind, direct, c.x, c.weight, c.bias, c.y, c.stride, c.dilation, c.pad_before, c.pad_after},
          attributes(),
          engine()};
#endif
}

// Gradients: `like` is a forward convolution of operands of one type, as oneDNN wants to see beside it.
inline dnnl::convolution_backward_data::primitive_desc conv_input_grad_desc(const ConvDescs& c, const ConvDescs& like) {
  const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine(),    direct,     c.x,          c.weight,    c.y,
          c.stride,    c.dilation, c.pad_before, c.pad_after, conv_forward_desc(like),
          attributes()};
#else
  return {{direct, c.x, c.weight, c.y, c.stride, c.dilation, c.pad_before, c.pad_after},
          attributes(),
          engine(),
          conv_forward_desc(like)};
#endif
}

inline dnnl::convolution_backward_weights::primitive_desc conv_weight_grad_desc(const ConvDescs& c,
                                                                                const ConvDescs& like) {
  const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine(),    direct,     c.x,          c.weight,    c.y,
          c.stride,    c.dilation, c.pad_before, c.pad_after, conv_forward_desc(like),
          attributes()};
#else
  return {{direct, c.x, c.weight, c.y, c.stride, c.dilation, c.pad_before, c.pad_after},
          attributes(),
          engine(),
          conv_forward_desc(like)};
#endif
}

inline dnnl::reorder::primitive_desc reorder_desc(const dnnl::memory::desc& from, const dnnl::memory::desc& to) {
  return {engine(), from, engine(), to, attributes()};
}

inline void check(dnnl_status_t status, const char* what) {
  if (status != dnnl_success)
    throw DeviceError(
        "oneDNN: " + std::string(what) + " failed with status " + std::to_string(static_cast<int>(status)),
        "run with PERCEPT_KERNELS=reference, and report the shapes");
}

// A primitive ready to run in any of several slots (see _slots.h), each with memory objects of its own, so that a run
// allocates nothing here: it only puts the addresses in.
class Runner {
 public:
  struct Argument {
    int index;  // DNNL_ARG_...
    dnnl::memory::desc desc;
  };

  Runner() = default;
  Runner(dnnl::primitive primitive, std::vector<Argument> arguments, const dnnl::memory::desc& scratchpad, int slots)
      : primitive_(std::move(primitive)),
        arguments_(std::move(arguments)),
        scratch_bytes_(scratchpad.get_size()),
        stream_(engine()) {
    arguments_.push_back({DNNL_ARG_SCRATCHPAD, scratchpad});
    for (int slot = 0; slot < slots; ++slot)
      for (const Argument& argument : arguments_) memories_.emplace_back(argument.desc, engine(), nullptr);
  }

  std::size_t scratch_bytes() const { return scratch_bytes_; }

  // Addresses in the order of the arguments, the scratchpad's last. The caller holds a OneThread and the slot.
  template <class... Address>
  void run(int slot, Address*... addresses) const {
    const std::array<const void*, sizeof...(Address)> at{addresses...};
    std::array<dnnl_exec_arg_t, sizeof...(Address)> args;
    const std::size_t first = static_cast<std::size_t>(slot) * arguments_.size();
    for (std::size_t i = 0; i < args.size(); ++i) {
      const dnnl_memory_t memory = memories_[first + i].get();
      check(dnnl_memory_set_data_handle(memory, const_cast<void*>(at[i])), "setting an address");
      args[i] = {arguments_[i].index, memory};
    }
    check(dnnl_primitive_execute(primitive_.get(), stream_.get(), static_cast<int>(args.size()), args.data()),
          "running a primitive");
  }

 private:
  dnnl::primitive primitive_;
  std::vector<Argument> arguments_;
  std::size_t scratch_bytes_ = 0;
  dnnl::stream stream_;
  std::vector<dnnl::memory> memories_;  // slot after slot
};

// From one order, or one type, to another.
inline Runner reordering(const dnnl::memory::desc& from, const dnnl::memory::desc& to, int slots) {
  const auto desc = reorder_desc(from, to);
  if (desc.scratchpad_desc().get_size() != 0) throw dnnl::error(dnnl_unimplemented, "a reorder wants a scratchpad");
  return Runner(dnnl::reorder(desc), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}, desc.scratchpad_desc(), slots);
}

}  // namespace percept::onednn
