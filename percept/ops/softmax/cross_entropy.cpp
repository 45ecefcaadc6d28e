// cross_entropy.cpp - losses: cross entropy of logits and labels, and the mean square error.
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"
#include "percept/ops/window_sizes.h"

namespace percept {
namespace {

// --- cross_entropy ---

struct CrossEntropy {
  struct Attrs {};
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "cross_entropy";
  static constexpr std::string_view doc =
      "loss = mean over b of -log_softmax(logits)[b, labels[b]], a tensor of rank 0.\n"
      "logits: [B, K], floating. labels: [B], u8, i32 or i64, each of 0..K-1. B = 0 gives NaN.\n"
      "Errors: other shapes, labels that are no integers, a label out of range (its value, row and the range are\n"
      "named). Composed of log_softmax, gather and mean.";

  static std::vector<Tensor> compose(const percept::Attrs&, const std::vector<Tensor>& in) {
    const Tensor &logits = in[0], &labels = in[1];
    check(logits, labels);
    return {-mean(picked(log_softmax(logits, 1), labels))};
  }

  static void check(const Tensor& logits, const Tensor& labels) {
    if (logits.rank() != 2)
      throw ShapeError(
          "cross_entropy: logits are " + str(logits.shape()) + ", of rank " + std::to_string(logits.rank()),
          "pass [batch, classes]; flatten or squeeze other axes");
    check_floating("cross_entropy", "logits", logits.dtype());
    const DType dtype = labels.dtype();
    if (dtype != DType::u8 && dtype != DType::i32 && dtype != DType::i64)
      throw DTypeError("cross_entropy: labels are " + std::string(name_of(dtype)),
                       "pass class numbers as u8, i32 or i64; from one-hot rows take argmax(labels, 1)");
    if (labels.shape() != Shape{logits.shape()[0]})
      throw ShapeError("cross_entropy: logits are " + str(logits.shape()) + ", labels are " + str(labels.shape()),
                       "labels must be [" + std::to_string(logits.shape()[0]) + "], one class number per row");
  }

  // The numbers of a [B, K] table that the labels name: [B, 1].
  static Tensor picked(const Tensor& table, const Tensor& labels) {
    try {
      // No call site: an error is to carry the line of the caller of cross_entropy.
      return gather(Arg(table, nullptr, 0), 1, Arg(reshape(labels, {labels.shape()[0], 1}), nullptr, 0));
    } catch (ValueError& error) {
      error.add_context("cross_entropy: a label is no class of 0.." + std::to_string(table.shape()[1] - 1));
      throw;
    }
  }

  static std::vector<Sample> samples() {
    const SampleInput row{.shape = {1, 2}};  // 0, 1
    const auto labels = [](std::vector<double> values, DType dtype = DType::i64) {
      const auto count = static_cast<std::int64_t>(values.size());
      return SampleInput{.shape = {count}, .values = std::move(values), .dtype = dtype};
    };
    return {
        {.inputs = {row, labels({1})}, .expect = {0.3132616875182228}},  // log(1 + e) - 1
        {.inputs = {{.shape = {2, 2}, .values = {0, 0, 0, 1}}, labels({0, 0}, DType::u8)},
         .expect = {1.0032044340390841}},  // (log 2 + log(1 + e)) / 2
        {.inputs = {{.shape = {2, 1}}, labels({0, 0}, DType::i32)}, .expect = {0}},
        {.inputs = {{.shape = {4, 3}}, labels({2, 0, 1, 2})}},
        {.inputs = {{.shape = {3, 5}}, labels({4, 4, 0}, DType::u8)}},
        {.inputs = {{.shape = {3, 4}}, labels({1, 4, 5})}, .error = "cross_entropy: a label is no class of 0..3"},
        {.inputs = {{.shape = {3, 4}}, labels({1, 4, 5})}, .error = "index 4 at [1, 0]"},
        {.inputs = {{.shape = {3, 4}}, labels({1, 3, -1})}, .error = "index -1 at [2, 0]"},
        {.inputs = {{.shape = {3, 4}}, labels({1, 3})}, .error = "logits are [3, 4], labels are [2]"},
        {.inputs = {row, {.shape = {1, 1}, .dtype = DType::i64}}, .error = "labels are [1, 1]"},
        {.inputs = {{.shape = {2}}, labels({0, 0})}, .error = "cross_entropy: logits are [2], of rank 1"},
        {.inputs = {row, {.shape = {1}}}, .error = "cross_entropy: labels are"},
        {.inputs = {{.shape = {1, 2}, .dtype = DType::i64}, labels({0})}, .error = "logits is i64"},
    };
  }
};

// --- mse_loss ---

struct MseLoss {
  struct Attrs {};
  static constexpr int arity = 2;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;
  static constexpr std::string_view name = "mse_loss";
  static constexpr std::string_view doc =
      "loss = mean of (x - target)^2 over all elements, a tensor of rank 0. No elements give NaN.\n"
      "x: any shape, floating. target: the same shape; dtypes promote as in PyTorch.\n"
      "Errors: shapes that differ: [B, 1] against [B] would silently compare all pairs. Composed.";

  static std::vector<Tensor> compose(const percept::Attrs&, const std::vector<Tensor>& in) {
    check_floating("mse_loss", "x", in[0].dtype());
    if (in[0].shape() != in[1].shape())
      throw ShapeError("mse_loss: shapes differ: x is " + str(in[0].shape()) + ", target is " + str(in[1].shape()),
                       "they must be equal; reshape one of them");
    return {mean(square(in[0] - in[1]))};
  }

  static std::vector<Sample> samples() {
    return {
        {.inputs = {{.shape = {2, 2}}, {.shape = {2, 2}, .values = {0, 0, 0, 0}}}, .expect = {3.5}},  // (1+4+9)/4
        {.inputs = {{.shape = {2}}, {.shape = {2}, .values = {2, 2}, .dtype = DType::i64}}, .expect = {2.5}},
        {.inputs = {{.shape = {}, .values = {3}}, {.shape = {}, .values = {1}}}, .expect = {4}},
        {.inputs = {{.shape = {3, 2}}, {.shape = {3, 2}}}},
        {.inputs = {{.shape = {2, 1}}, {.shape = {2}}}, .error = "mse_loss: shapes differ: x is [2, 1], target is [2]"},
        {.inputs = {{.shape = {2}, .dtype = DType::i64}, {.shape = {2}}}, .error = "mse_loss: x is i64"},
    };
  }
};

}  // namespace

std::vector<const Op*> ops_cross_entropy() { return {&op_of<CrossEntropy>(), &op_of<MseLoss>()}; }

Tensor cross_entropy(Arg logits, Arg labels, const CrossEntropyAttrs&, std::optional<Arg>) {
  return apply_one<CrossEntropy>({}, {logits.tensor(), labels.tensor()}, logits.site());
}
Tensor mse_loss(Arg x, Arg target, const std::string&) { return apply_one<MseLoss>({}, {x.tensor(), target.tensor()}, x.site()); }

}  // namespace percept
