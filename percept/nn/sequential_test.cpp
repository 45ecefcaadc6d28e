// sequential_test.cpp - layers in a row: order, errors with the chain of shapes, the summary.
#include "percept/nn/sequential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/base/log.h"
#include "percept/nn/layers/activations.h"
#include "percept/nn/layers/batch_norm.h"
#include "percept/nn/layers/conv2d.h"
#include "percept/nn/layers/dropout.h"
#include "percept/nn/layers/flatten.h"
#include "percept/nn/layers/linear.h"
#include "percept/nn/layers/max_pool2d.h"
#include "percept/nn/layers/softmax.h"
#include "percept/nn/summary.h"
#include "percept/ops/ops.h"
#include "tests/refusal.h"

namespace percept::sequential_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

struct Block {
  Conv2d conv{{.out_channels = 2, .kernel_size = 1}};
  BatchNorm2d norm;
  Tensor operator()(const Tensor& x) const { return relu(norm(conv(x))); }
};
struct Net {
  Block block;
  Sequential head{Flatten{}, Linear{{.out_features = 2}}};
  Dropout unused;
  Tensor operator()(const Tensor& x) const { return head(block(x)); }
};

Sequential small_cnn() {
  return Sequential{Conv2d{{.out_channels = 32, .kernel_size = 3}}, ReLU{}, MaxPool2d{{.kernel_size = 2}}, Flatten{},
                    Linear{{.out_features = 10}}};
}

TEST(Sequential, HoldsLayersByValue) {
  Sequential model = small_cnn();
  ASSERT_EQ(model.size(), 5u);
  EXPECT_EQ(model[0].type_name(), "Conv2d");
  build(model, {1, 28, 28});
  EXPECT_EQ(model(zeros({2, 1, 28, 28})).shape(), (Shape{2, 10}));
  std::vector<std::string> paths;
  for (const NamedState& state : states(model)) paths.push_back(state.path);
  EXPECT_THAT(paths, ElementsAre("0.weight", "0.bias", "4.weight", "4.bias"));
  const Sequential copy = model;
  EXPECT_NE(states(copy)[0].state->id(), states(model)[0].state->id());
  Sequential nested{Sequential{ReLU{}}, Sequential{}, copy};
  nested.push_back(Dropout{});
  EXPECT_EQ(states(nested)[0].path, "2.0.weight");
  EXPECT_EQ((Sequential{}(ones({2})).to_vector<float>()), (std::vector<float>{1, 1}));
}

TEST(Sequential, StreamsFollowTheProgram) {
  seed(9);
  Sequential open{Linear{{.out_features = 3}}, Linear{{.out_features = 2}}};
  build(open, {4});
  seed(9);
  Sequential given{Linear{{.in_features = 4, .out_features = 3}}, Linear{{.in_features = 3, .out_features = 2}}};
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(states(open)[i].state->tensor().to_vector<float>(), states(given)[i].state->tensor().to_vector<float>());
}

TEST(Sequential, ErrorsShowLayerLineAndChain) {
  Sequential model{Linear{{.in_features = 2, .out_features = 3}}, ReLU{},
                   Linear{{.in_features = 4, .out_features = 1}}};
  const int line = __LINE__ + 1;
  const std::string text = refusal([&] { model(zeros({5, 2})); });
  EXPECT_THAT(text, StartsWith("2: Linear(in_features=4, out_features=1): linear: "));
  EXPECT_THAT(text, HasSubstr("\n  shapes: [5, 2] -> 0 Linear [5, 3] -> 1 ReLU [5, 3] -> 2 Linear"));
  EXPECT_THAT(text, HasSubstr("sequential_test.cpp:" + std::to_string(line)));
  Sequential outer{ReLU{}, std::move(model)};
  const std::string inner = refusal([&] { outer(zeros({5, 2})); });
  EXPECT_THAT(inner, StartsWith("1.2: Linear("));
  EXPECT_EQ(inner.find("shapes: "), inner.rfind("shapes: "));
}

TEST(Sequential, UnbuiltSaysSo) {
  Sequential model = small_cnn();
  EXPECT_THAT(refusal([&] { model(zeros({1, 1, 28, 28})); }),
              StartsWith("0: Conv2d(out_channels=32, kernel_size=3): called before it is built"));
  Sequential flat{Linear{{.out_features = 2}}};
  EXPECT_THAT(refusal([&] { build(flat, {1, 4, 4}); }), HasSubstr("put Flatten before it"));
  build(flat, {16});  // a refused build leaves nothing behind
  EXPECT_EQ(flat(zeros({1, 16})).shape(), (Shape{1, 2}));
}

// The table with + = - and | for its lines: heavy ones become =, light ones -.
std::string in_ascii(std::string_view table) {
  std::string out;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<unsigned char>(table[i]) < 0x80) {
      out += table[i];
      continue;
    }
    const std::string_view sign = table.substr(i, 3);
    out += sign == "\u2501" ? '=' : sign == "\u2500" ? '-' : sign == "\u2502" || sign == "\u2503" ? '|' : '+';
    i += 2;
  }
  return out;
}

TEST(Summary, IsKerasTable) {
  Sequential model = small_cnn();
  const std::string table = summary(model, {1, 28, 28});
  EXPECT_EQ(in_ascii(table),
            R"(Model: "Sequential"
+======================================+=============================+=================+
| Layer (type)                         | Output Shape                |         Param # |
+======================================+=============================+=================+
| 0 (Conv2d)                           | (None, 32, 26, 26)          |             320 |
+--------------------------------------+-----------------------------+-----------------+
| 1 (ReLU)                             | (None, 32, 26, 26)          |               0 |
+--------------------------------------+-----------------------------+-----------------+
| 2 (MaxPool2d)                        | (None, 32, 13, 13)          |               0 |
+--------------------------------------+-----------------------------+-----------------+
| 3 (Flatten)                          | (None, 5408)                |               0 |
+--------------------------------------+-----------------------------+-----------------+
| 4 (Linear)                           | (None, 10)                  |          54,090 |
+--------------------------------------+-----------------------------+-----------------+
 Total params: 54,410 (212.54 KB)
 Trainable params: 54,410 (212.54 KB)
 Non-trainable params: 0 (0.00 B)
)");
  EXPECT_THAT(table, HasSubstr("\u2513\n\u2503 Layer (type)       "));
  EXPECT_THAT(table, HasSubstr(" \u2503\n\u2521\u2501\u2501"));
}

TEST(Summary, OfAStruct) {
  Net net;
  build(net, {1, 2, 2});
  freeze(net.block);
  const TrainingScope training;  // a summary in the middle of training moves no statistics
  const Summary summary = summarize(net, {1, 2, 2});
  std::vector<std::string> rows;
  for (const SummaryRow& row : summary.layers)
    rows.push_back(row.path + " " + row.type + " " + (row.called ? str(row.output) : "?") + " " + number(row.params));
  EXPECT_THAT(rows, ElementsAre("block.conv Conv2d [1, 2, 2, 2] 4", "block.norm BatchNorm2d [1, 2, 2, 2] 4",
                                "head.0 Flatten [1, 8] 0", "head.1 Linear [1, 2] 18", "unused Dropout ? 0"));
  EXPECT_EQ(summary.params, 26);
  EXPECT_EQ(summary.trainable, 18);
  EXPECT_EQ(summary.buffers, 5);
  EXPECT_EQ(net.block.norm.running_mean->tensor().to_vector<float>(), (std::vector<float>{0, 0}));
  EXPECT_THAT(str(summary), HasSubstr(" Non-trainable params: 8 (32.00 B)\n Buffers: 5 (24.00 B)\n"));
}

}  // namespace percept::sequential_test
