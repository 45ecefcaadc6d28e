// convolutions.cpp - every algorithm for every convolution of the reference networks, forward and both gradients,
// beside each other in one run: the table of docs/performance.md (benchmarks/peers/convolutions.py). One line of JSON
// per layer and pass:
//   build/release/benchmarks/benchmark_convolutions [THREADS [SECONDS [NAME]]]
// NAME "grid" takes a grid of channels and sizes instead, which `choose_conv2d` follows, "depthwise" convolutions in as
// many groups as channels. With ONEDNN_MAX_CPU_ISA=AVX2
// in the environment our kernels are held to AVX2 too.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "hwy/aligned_allocator.h"
#include "hwy/targets.h"
#include "percept/base/thread_pool.h"
#include "percept/ops/conv/conv2d.h"
#include "percept/ops/pointwise.h"
#ifdef PERCEPT_HAVE_ONEDNN
#include "benchmarks/onednn_winograd.h"
#endif

using namespace percept;

namespace {

struct Layer {
  std::string name;
  Shape x, weight;
  std::int64_t padding, groups = 1;
};

Layer layer_of(const std::string& net, std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t side,
               std::int64_t kernel, std::int64_t padding) {
  return {net + " " + std::to_string(in) + "-" + std::to_string(out) + " " + std::to_string(kernel) + "x" +
              std::to_string(kernel) + " " + std::to_string(side) + " b" + std::to_string(batch),
          {batch, in, side, side},
          {out, in, kernel, kernel},
          padding};
}

// As many images as make 0.6 GFLOP, from 1 to 256.
std::vector<Layer> grid() {
  std::vector<Layer> all;
  for (const std::int64_t kernel : {3, 5})
    for (const auto& [in, out] : {std::pair<std::int64_t, std::int64_t>{8, 8},
                                  {16, 16},
                                  {16, 32},
                                  {32, 32},
                                  {32, 64},
                                  {64, 32},
                                  {64, 64},
                                  {64, 128},
                                  {128, 128},
                                  {128, 256},
                                  {256, 256},
                                  {512, 512}})
      for (const std::int64_t side : {4, 7, 14, 28, 56}) {
        const std::int64_t of_image = 2 * side * side * in * out * kernel * kernel;
        const std::int64_t batch = std::clamp<std::int64_t>(600'000'000 / of_image, 1, 256);
        all.push_back(layer_of("grid", batch, in, out, side, kernel, kernel / 2));
      }
  return all;
}

std::vector<Layer> layers() {
  std::vector<Layer> all;
  const auto add = [&](auto... sizes) { all.push_back(layer_of(sizes...)); };
  add("lenet5", 128, 1, 6, 28, 5, 2), add("lenet5", 128, 6, 16, 14, 5, 0);
  add("c", 50, 1, 32, 28, 5, 2), add("c", 50, 32, 64, 14, 5, 2);
  add("d", 128, 1, 32, 28, 3, 0), add("d", 128, 32, 64, 26, 3, 0);
  add("resnet20", 128, 3, 16, 32, 3, 1), add("resnet20", 128, 16, 16, 32, 3, 1);
  add("resnet20", 128, 32, 32, 16, 3, 1), add("resnet20", 128, 64, 64, 8, 3, 1);
  add("resnet18", 16, 3, 64, 32, 3, 1), add("resnet18", 16, 64, 64, 32, 3, 1);
  add("resnet18", 16, 128, 128, 16, 3, 1), add("resnet18", 16, 256, 256, 8, 3, 1);
  add("resnet18", 16, 512, 512, 4, 3, 1);
  add("vgg16", 1, 3, 64, 224, 3, 1), add("vgg16", 1, 64, 64, 224, 3, 1), add("vgg16", 1, 64, 128, 112, 3, 1);
  add("vgg16", 1, 128, 128, 112, 3, 1), add("vgg16", 1, 128, 256, 56, 3, 1), add("vgg16", 1, 256, 256, 56, 3, 1);
  add("vgg16", 1, 256, 512, 28, 3, 1), add("vgg16", 1, 512, 512, 28, 3, 1), add("vgg16", 1, 512, 512, 14, 3, 1);
  return all;
}

// MobileNet's kind: a filter per channel. Bound by memory: GiB/s tell more than GFLOP/s.
std::vector<Layer> depthwise() {
  std::vector<Layer> all;
  for (const auto& [channels, side, batch] : {std::tuple<std::int64_t, std::int64_t, std::int64_t>{32, 112, 4},
                                              {128, 56, 8},
                                              {256, 28, 16},
                                              {512, 14, 32},
                                              {512, 14, 1}})
    for (const std::int64_t kernel : {3, 5}) {
      Layer layer = layer_of("depthwise", batch, channels, channels, side, kernel, kernel / 2);
      layer.weight[1] = 1, layer.groups = channels;
      all.push_back(layer);
    }
  return all;
}

// Memory of a tensor, uniform in [-1, 1).
struct Memory {
  Spec spec;
  hwy::AlignedFreeUniquePtr<float[]> data;
  Memory(Spec of, std::uint32_t seed) : spec(std::move(of)) {
    const auto count = static_cast<std::size_t>(spec.numel());
    data = hwy::AllocateAligned<float>(count);
    std::mt19937 engine(seed);
    std::uniform_real_distribution<float> values(-1, 1);
    for (std::size_t i = 0; i < count; ++i) data[i] = values(engine);
  }
};

struct Call {
  std::string op;
  ConvPass pass;
  Attrs attrs;
  Memory *first, *second, *result;
};

struct Candidate {
  std::string name;
  Prepared prepared;
  hwy::AlignedFreeUniquePtr<std::byte[]> workspace;
  std::vector<double> wall = {}, cpu = {};
  double error = 0;
};

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void run(Candidate& c, const Call& call) {
  const void* inputs[] = {call.first->data.get(), call.second->data.get()};
  void* results[] = {call.result->data.get()};
  const Buffers buffers{inputs, results, c.workspace.get(), nullptr};
  const double wall = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  for (const Stage& stage : c.prepared.stages)
    parallel_for(stage.pieces, [&](std::int64_t piece) { stage.run(piece, buffers); });
  c.wall.push_back(seconds_of(CLOCK_MONOTONIC) - wall);
  c.cpu.push_back(seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu);
}

std::vector<Candidate> candidates_of(const ConvSizes& s, const Call& call) {
  std::vector<Candidate> found;
  const std::vector<Spec> in = {call.first->spec, call.second->spec};
  for (const Kernel& kernel : all_kernels()) {
    if (kernel.op != call.op || (kernel.backend == "cpu" && kernel.algorithm == "direct" && s.groups == 1)) continue;
    if (kernel.fallback && kernel.algorithm != "rounded") continue;
    if (kernel.algorithm == "winograd" && !takes_winograd(s)) continue;
    constexpr std::int64_t kFew = 8, kFewSources = 16;  // what these kernels are for
    const auto [sources, targets] = call.pass == ConvPass::input_grad ? std::pair(s.out_channels, s.in_channels)
                                                                      : std::pair(s.in_channels, s.out_channels);
    if ((kernel.algorithm == "planes" || kernel.algorithm == "shifts") && targets > kFew) continue;
    if (kernel.algorithm == "planes" && sources > kFewSources) continue;
    auto prepared = kernel.prepare(call.attrs, in, Specs(&call.result->spec, 1), {});
    if (!prepared) continue;
    Candidate c{std::string(kernel.backend) + " " + std::string(kernel.algorithm), std::move(*prepared), nullptr};
    c.workspace = hwy::AllocateAligned<std::byte>(c.prepared.workspace_bytes + 64);
    found.push_back(std::move(c));
  }
#ifdef PERCEPT_HAVE_ONEDNN
  if (auto prepared = num_threads() == 1 ? onednn_winograd(s, call.pass) : std::nullopt)
    found.push_back({"onednn winograd", std::move(*prepared), hwy::AllocateAligned<std::byte>(64)});
#endif
  return found;
}

// The sum in double that element (i, j, k, l) of the call's result stands for.
double exact(const ConvSizes& s, const Call& call, const Memory& x, const Memory& w, const Memory& dy,
             const std::int64_t* at) {
  const auto value = [](const Memory& m, std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
    const Strides& t = m.spec.strides;
    return static_cast<double>(m.data[static_cast<std::size_t>(a * t[0] + b * t[1] + c * t[2] + d * t[3])]);
  };
  const auto in_image = [](std::int64_t i, std::int64_t j, Size2 size) {
    return i >= 0 && i < size.h && j >= 0 && j < size.w;
  };
  double sum = 0;
  const std::int64_t in_group = s.in_channels / s.groups, out_group = s.out_channels / s.groups;
  if (call.op == "conv2d_weight_grad") {
    const std::int64_t channel = at[0] / out_group * in_group + at[1];
    for (std::int64_t b = 0; b < s.batch; ++b)
      for (std::int64_t i = 0; i < s.output.h; ++i)
        for (std::int64_t j = 0; j < s.output.w; ++j)
          if (const std::int64_t u = i - s.pads.top + at[2], v = j - s.pads.left + at[3]; in_image(u, v, s.input))
            sum += value(dy, b, at[0], i, j) * value(x, b, channel, u, v);
    return sum;
  }
  const bool forward = call.op == "conv2d";
  for (std::int64_t k = 0; k < s.kernel.h; ++k)
    for (std::int64_t l = 0; l < s.kernel.w; ++l) {
      const std::int64_t u = forward ? at[2] - s.pads.top + k : at[2] + s.pads.top - k;
      const std::int64_t v = forward ? at[3] - s.pads.left + l : at[3] + s.pads.left - l;
      if (!in_image(u, v, forward ? s.input : s.output)) continue;
      const std::int64_t group = at[1] / (forward ? out_group : in_group);
      for (std::int64_t c = 0; c < (forward ? in_group : out_group); ++c)
        sum += forward ? value(x, at[0], group * in_group + c, u, v) * value(w, at[1], c, k, l)
                       : value(dy, at[0], group * out_group + c, u, v) *
                             value(w, group * out_group + c, at[1] % in_group, k, l);
    }
  return sum;
}

// Root of the mean square of the error over that of the result, of some hundred elements.
double error_of(const ConvSizes& s, const Call& call, const Memory& x, const Memory& w, const Memory& dy) {
  std::mt19937 engine(7);
  double squares = 0, size = 0;
  for (int n = 0; n < 200; ++n) {
    std::int64_t at[4], place = 0;
    for (std::size_t axis = 0; axis < 4; ++axis) {
      at[axis] = static_cast<std::int64_t>(engine() % static_cast<std::uint32_t>(call.result->spec.shape[axis]));
      place += at[axis] * call.result->spec.strides[axis];
    }
    const double wanted = exact(s, call, x, w, dy, at);
    const double off = static_cast<double>(call.result->data[static_cast<std::size_t>(place)]) - wanted;
    squares += off * off, size += wanted * wanted;
  }
  return std::sqrt(squares / size);
}

double at_share(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void measure(const Layer& layer, double seconds) {
  const Conv2dAttrs attrs{.padding = layer.padding, .groups = layer.groups};
  const ConvSizes s = conv_sizes(layer.x, layer.weight, attrs);
  const Shape y_shape = {s.batch, s.out_channels, s.output.h, s.output.w};
  Memory x(channels_last_spec(DType::f32, layer.x), 1), w(contiguous_spec(DType::f32, layer.weight), 2);
  Memory dy(channels_last_spec(DType::f32, y_shape), 3), y(dy.spec, 4), dx(x.spec, 5), dw(w.spec, 6);
  const Call calls[] = {
      {"conv2d", ConvPass::forward, Attrs::of(attrs), &x, &w, &y},
      {"conv2d_input_grad", ConvPass::input_grad, Attrs::of(Conv2dGradAttrs{attrs, layer.x}), &dy, &w, &dx},
      {"conv2d_weight_grad", ConvPass::weight_grad, Attrs::of(Conv2dGradAttrs{attrs, layer.weight}), &dy, &x, &dw}};
  const double flops = 2.0 * static_cast<double>(y.spec.numel()) *
                       static_cast<double>(s.in_channels / s.groups * s.kernel.h * s.kernel.w);
  for (const Call& call : calls) {
    std::vector<Candidate> candidates = candidates_of(s, call);
    for (Candidate& c : candidates) {
      run(c, call);
      c.error = error_of(s, call, x, w, dy);
      c.wall.clear(), c.cpu.clear();
    }
    const double begin = seconds_of(CLOCK_MONOTONIC);
    while (candidates.front().wall.size() < 3 || seconds_of(CLOCK_MONOTONIC) - begin < seconds)
      for (Candidate& c : candidates) run(c, call);
    std::printf("{\"layer\": \"%s\", \"pass\": \"%s\", \"threads\": %d, \"chosen\": \"%s\"", layer.name.c_str(),
                call.op.c_str(), num_threads(), std::string(choose_conv2d(s, call.pass, "auto")).c_str());
    for (const Candidate& c : candidates)
      std::printf(", \"%s\": {\"ms\": %.3f, \"p10\": %.3f, \"cpu_p10\": %.3f, \"gflops\": %.0f, \"error\": %.1e}",
                  c.name.c_str(), at_share(c.wall, 0.5) * 1e3, at_share(c.wall, 0.1) * 1e3, at_share(c.cpu, 0.1) * 1e3,
                  flops / at_share(c.wall, 0.5) * 1e-9, c.error);
    std::printf("}\n");
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* const most = std::getenv("ONEDNN_MAX_CPU_ISA");
  if (most != nullptr && std::string_view(most) == "AVX2") hwy::SetSupportedTargetsForTest(HWY_AVX2);
  if (argc > 1) set_num_threads(std::atoi(argv[1]));
  const std::string name = argc > 3 ? argv[3] : "";
  for (const Layer& layer : name.starts_with("grid") ? grid() : name.starts_with("depthwise") ? depthwise() : layers())
    if (layer.name.find(name) != std::string::npos) measure(layer, argc > 2 ? std::atof(argv[2]) : 0.5);
}
