// two_inputs.cpp - a model that takes two inputs: a picture and a number, each through layers of its own, then joined.
// The class is told only by both together: which quarter of the picture is bright, and whether the number is negative.
#include <percept/percept.h>
#include <cstdio>

using namespace percept;

struct TwoInputs {
  Conv2d conv{{.in_channels = 1, .out_channels = 8, .kernel_size = 3, .padding = 1}};
  Linear number{{.in_features = 1, .out_features = 8}};
  Linear joined{{.in_features = 8 * 4 * 4 + 8, .out_features = 32}};
  Linear output{{.in_features = 32, .out_features = 8}};

  // pictures [B, 1, 8, 8], numbers [B, 1] -> [B, 8]
  Tensor operator()(const Tensor& pictures, const Tensor& numbers) const {
    const Tensor seen = flatten(max_pool2d(relu(conv(pictures)), {.kernel_size = 2}), 1);
    return output(relu(joined(concat({seen, relu(number(numbers))}, 1))));
  }
};

struct Samples {
  Tensor pictures, numbers, classes;
};

Samples make(std::int64_t count, std::uint64_t stream) {
  const Tensor quarter = cast(floor(uniform({count}, 0, 4, {7, stream})), DType::i64);
  const Tensor numbers = uniform({count, 1}, -1, 1, {7, stream + 1});
  // One quarter of the noisy picture is brighter: bright[q] is that quarter as a picture.
  const Tensor half = cast(arange(8) < 4, DType::f32), other = 1 - half;
  const Tensor bright = stack({unsqueeze(half, 1) * half, unsqueeze(half, 1) * other, unsqueeze(other, 1) * half,
                               unsqueeze(other, 1) * other});  // [4, 8, 8]
  const Tensor chosen = reshape(matmul(one_hot(quarter, 4), reshape(bright, {4, 64})), {count, 1, 8, 8});
  const Tensor pictures = chosen + normal({count, 1, 8, 8}, 0, 0.7, {7, stream + 2});
  return {pictures, numbers, quarter + 4 * cast(squeeze(numbers, 1) < 0, DType::i64)};
}

double accuracy_of(const TwoInputs& model, const Samples& samples) {
  const InferenceScope inference;
  Accuracy accuracy;
  accuracy.update(model(samples.pictures, samples.numbers), samples.classes);
  return accuracy.result();
}

int main() {
  seed(2);
  const Samples train = make(2048, 0), test = make(1024, 10);
  TwoInputs model;
  Adam optimizer{{.learning_rate = 3e-3}};
  TrainingScope training;
  for (int epoch = 1; epoch <= 15; ++epoch)
    for (std::int64_t at = 0; at < 2048; at += 64) {
      const auto rows = [&](const Tensor& x) { return slice(x, 0, at, at + 64); };
      cross_entropy(model(rows(train.pictures), rows(train.numbers)), rows(train.classes)).backward();
      optimizer.step(parameters(model));
    }
  const double accuracy = accuracy_of(model, test);
  std::printf("accuracy on other samples %.4f\n", accuracy);

  save(model, "two_inputs.safetensors");
  TwoInputs again;
  load(again, "two_inputs.safetensors");
  const Samples blind{test.pictures, zeros(test.numbers.shape()), test.classes};
  std::printf("without the number %.4f\n", accuracy_of(model, blind));
  return accuracy > 0.9 && accuracy_of(again, test) == accuracy && accuracy_of(model, blind) < 0.7 ? 0 : 1;
}
