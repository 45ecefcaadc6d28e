// train.cpp - a user's program: trains a small net, saves it, loads it into another, and compares what both say.
#include <percept/percept.h>
#include <iostream>

using namespace percept;

struct Net {
  Linear hidden{{.out_features = 32}};
  Linear more{{.out_features = 32}};
  Linear output{{.out_features = 2}};
  Tensor operator()(const Tensor& x) const {  // [B, 2] -> [B, 2]
    return output(tanh(more(tanh(hidden(x)))));
  }
};

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: train FILE.safetensors\n";
    return 2;
  }
  try {
    seed(0);
    const Dataset data = spirals({.points = 400, .turns = 1});
    Net model;
    const History history = fit(model, data,
                                {.loss = CrossEntropyLoss{},
                                 .optimizer = Adam{{.learning_rate = 1e-2}},
                                 .epochs = 30,
                                 .metrics = {accuracy()}});
    std::cout << "accuracy " << history.last("accuracy") << "\n";
    save(model, arguments[1]);
    Net again;
    load(again, arguments[1]);
    const Tensor x = data.get({0, 1, 2, 3}).x;
    const bool same = max(abs(predict(model, x) - predict(again, x))).item() == 0;
    std::cout << "weights " << weights_sha256(again) << (same ? "" : ", but the loaded model differs") << "\n";
    return same && history.last("accuracy") > 0.95 ? 0 : 1;
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
