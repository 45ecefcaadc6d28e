// residual_net.cpp - residual_net.py, a small residual network on Fashion-MNIST, ported from PyTorch line by line.
// residual_net [STEPS]
#include <percept/percept.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <numbers>
#include <optional>

using namespace percept;

struct Block {
  Block(std::int64_t width, std::int64_t out, std::int64_t stride = 1)
      : conv1{{.in_channels = width,
               .out_channels = out,
               .kernel_size = 3,
               .stride = stride,
               .padding = 1,
               .bias = false}},
        norm1{{.num_groups = 4, .num_channels = out}},
        conv2{{.in_channels = out, .out_channels = out, .kernel_size = 3, .padding = 1, .bias = false}},
        norm2{{.num_groups = 4, .num_channels = out}} {
    if (stride != 1 || width != out)
      shortcut = Conv2d{{.in_channels = width, .out_channels = out, .kernel_size = 1, .stride = stride, .bias = false}};
    initialize(norm2.weight, {"zeros"});
  }
  Conv2d conv1;
  GroupNorm norm1;
  Conv2d conv2;
  GroupNorm norm2;
  std::optional<Conv2d> shortcut;
  PERCEPT_FIELDS(conv1, norm1, conv2, norm2, shortcut);

  Tensor operator()(const Tensor& x) const {  // [B, C, H, W] -> [B, C', H', W']
    const Tensor y = norm2(conv2(silu(norm1(conv1(x)))));
    return silu(y + (shortcut ? (*shortcut)(x) : x));
  }
};

struct Output {
  Tensor logits, features;  // [B, 10], [B, 64]
};

struct Net {
  Conv2d stem{{.in_channels = 1, .out_channels = 16, .kernel_size = 3, .padding = 1}};
  Sequential blocks{Block(16, 16), Block(16, 32, 2), Block(32, 64, 2)};
  Dropout dropout{{.rate = 0.1}};
  Linear head{{.in_features = 64, .out_features = 10}};

  Output operator()(const Tensor& x) const {  // [B, 1, 28, 28]
    const Tensor features = mean(blocks(stem(x)), {.axes = {2, 3}});
    return {head(dropout(features)), features};
  }
};

int main(int count, char** arguments) {
  try {
    const int steps = count > 1 ? std::atoi(arguments[1]) : 300, warmup = 30;
    const std::int64_t batch_size = 64;
    const double base_rate = 4e-3;

    seed(0);
    const auto [train, test] = load_dataset("fashion_mnist");  // x: u8 [N, 1, 28, 28], y: i64 [N]
    Net model;
    const std::vector<State*> weights = parameters(model);
    std::vector<State*> decay, rest;
    for (State* p : weights) (p->rank() > 1 ? decay : rest).push_back(p);
    AdamW optimizer{{.learning_rate = base_rate}};
    optimizer.group(decay, {.weight_decay = 0.05}).group(rest, {.weight_decay = 0});
    const auto rate_at = [=](double t) {  // the LambdaLR; a loop of one's own needs no schedule object
      return base_rate * std::min((t + 1) / warmup, 0.5 * (1 + std::cos(std::numbers::pi * t / steps)));
    };

    TrainingScope training;
    for (int step = 0; step < steps; ++step) {
      const Batch batch = train.get(randint({batch_size}, 0, train.size()));
      Tensor x = batch.x / 255.0;
      if (step % 2) x = flip(x, 3);
      const auto [logits, features] = model(x);
      const Tensor loss = cross_entropy(logits, batch.y, {.label_smoothing = 0.1}) + 1e-4 * mean(square(features));
      loss.backward();
      const double norm = clip_grad_norm(weights, 1.0);
      optimizer.set_learning_rate(rate_at(step));
      optimizer.step(weights);
      if (step % 50 == 0)  // the rate is that of the next step, as get_last_lr() after schedule.step()
        std::printf("step %4d  loss %.4f  gradient norm %.3f  rate %.5f\n", step, loss.item(), norm, rate_at(step + 1));
    }

    const InferenceScope inference;
    Accuracy accuracy;
    for (const Batch& batch : DataLoader(test, {.batch_size = 500}))
      accuracy.update(model(batch.x / 255.0).logits, batch.y);
    std::printf("test accuracy %.4f, %lld parameters\n", accuracy.result(),
                static_cast<long long>(parameter_count(model)));
    save(model, "residual_net.safetensors");
    return accuracy.result() >= 0.59 ? 0 : 1;  // PyTorch with the same 300 steps: 0.63
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
