// losses.h - losses as objects with options, PyTorch's nouns; by name for recipes.
// Those of two arguments serve as `fit(... .loss = CrossEntropyLoss{{.label_smoothing = 0.1}})`, the others in loops of
// your own. Formulas, shapes and refusals are those of the op each one calls (ops/ops.h, `percept explain NAME`).
// reduction: "mean" (what fit needs), "sum" or "none". Options out of range: ValueError when the loss is made.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "percept/nn/module.h"

namespace percept {

using LossFunction = std::function<Tensor(const Tensor& output, const Tensor& target)>;

// Logits [B, K, ...] and labels [B, ...], or probabilities of the logits' shape. Op cross_entropy.
class CrossEntropyLoss {
 public:
  struct Options {
    double label_smoothing = 0;
    std::int64_t ignore_index = -100;
    std::vector<double> class_weight = {};  // one per class; none: all 1
    std::string reduction = "mean";
  };
  explicit CrossEntropyLoss(Options options);
  CrossEntropyLoss() : CrossEntropyLoss(Options{}) {}
  Tensor operator()(const Tensor& logits, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Log probabilities [B, K, ...] (LogSoftmax) and labels [B, ...]. Op nll_loss.
class NLLLoss {
 public:
  struct Options {
    std::int64_t ignore_index = -100;
    std::vector<double> class_weight = {};
    std::string reduction = "mean";
  };
  explicit NLLLoss(Options options);
  NLLLoss() : NLLLoss(Options{}) {}
  Tensor operator()(const Tensor& log_probabilities, const Tensor& labels) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Mean square error. Op mse_loss.
class MSELoss {
 public:
  struct Options {
    std::string reduction = "mean";
  };
  explicit MSELoss(Options options);
  MSELoss() : MSELoss(Options{}) {}
  Tensor operator()(const Tensor& output, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Mean absolute error. Op l1_loss.
class L1Loss {
 public:
  struct Options {
    std::string reduction = "mean";
  };
  explicit L1Loss(Options options);
  L1Loss() : L1Loss(Options{}) {}
  Tensor operator()(const Tensor& output, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Square up to delta, straight beyond. Op huber_loss.
class HuberLoss {
 public:
  struct Options {
    double delta = 1;
    std::string reduction = "mean";
  };
  explicit HuberLoss(Options options);
  HuberLoss() : HuberLoss(Options{}) {}
  Tensor operator()(const Tensor& output, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// The same divided by beta. Op smooth_l1_loss.
class SmoothL1Loss {
 public:
  struct Options {
    double beta = 1;
    std::string reduction = "mean";
  };
  explicit SmoothL1Loss(Options options);
  SmoothL1Loss() : SmoothL1Loss(Options{}) {}
  Tensor operator()(const Tensor& output, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Probabilities (Sigmoid) and targets of 0..1, of one shape. Op binary_cross_entropy.
class BCELoss {
 public:
  struct Options {
    std::string reduction = "mean";
  };
  explicit BCELoss(Options options);
  BCELoss() : BCELoss(Options{}) {}
  Tensor operator()(const Tensor& probability, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Logits and targets of 0..1, of one shape. Op binary_cross_entropy_with_logits.
class BCEWithLogitsLoss {
 public:
  struct Options {
    std::vector<double> pos_weight = {};  // one, or one per class; none: 1
    std::string reduction = "mean";
  };
  explicit BCEWithLogitsLoss(Options options);
  BCEWithLogitsLoss() : BCEWithLogitsLoss(Options{}) {}
  Tensor operator()(const Tensor& logits, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Log probabilities and probabilities of one shape. reduction "batchmean" gives the mathematical value. Op kl_div.
class KLDivLoss {
 public:
  struct Options {
    bool log_target = false;
    std::string reduction = "mean";  // PyTorch's default; also "batchmean"
  };
  explicit KLDivLoss(Options options);
  KLDivLoss() : KLDivLoss(Options{}) {}
  Tensor operator()(const Tensor& log_input, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Scores and targets of -1 or 1, of one shape. Op hinge_loss.
class HingeLoss {
 public:
  struct Options {
    bool squared = false;
    std::string reduction = "mean";
  };
  explicit HingeLoss(Options options);
  HingeLoss() : HingeLoss(Options{}) {}
  Tensor operator()(const Tensor& scores, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Scores [B, K] and labels [B]. Op multi_margin_loss.
class MultiMarginLoss {
 public:
  struct Options {
    double margin = 1;
    std::string reduction = "mean";
  };
  explicit MultiMarginLoss(Options options);
  MultiMarginLoss() : MultiMarginLoss(Options{}) {}
  Tensor operator()(const Tensor& scores, const Tensor& labels) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Logits [B, K, ...] and labels [B, ...]. Op focal_loss.
class FocalLoss {
 public:
  struct Options {
    double gamma = 2;
    double alpha = -1;  // below 0: no weight
    std::string reduction = "mean";
  };
  explicit FocalLoss(Options options);
  FocalLoss() : FocalLoss(Options{}) {}
  Tensor operator()(const Tensor& logits, const Tensor& labels) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Logarithms of expected counts, and counts. Op poisson_nll_loss.
class PoissonNLLLoss {
 public:
  struct Options {
    bool log_input = true;
    bool full = false;
    double eps = 1e-8;
    std::string reduction = "mean";
  };
  explicit PoissonNLLLoss(Options options);
  PoissonNLLLoss() : PoissonNLLLoss(Options{}) {}
  Tensor operator()(const Tensor& output, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Two lists of vectors [B, D], and 1 (alike) or -1 for each pair. Op cosine_embedding_loss.
class CosineEmbeddingLoss {
 public:
  struct Options {
    double margin = 0;
    std::string reduction = "mean";
  };
  explicit CosineEmbeddingLoss(Options options);
  CosineEmbeddingLoss() : CosineEmbeddingLoss(Options{}) {}
  Tensor operator()(const Tensor& a, const Tensor& b, const Tensor& target) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// Vectors [B, D]: the anchor shall be nearer to the positive than to the negative. Op triplet_margin_loss.
class TripletMarginLoss {
 public:
  struct Options {
    double margin = 1;
    double p = 2;
    std::string reduction = "mean";
  };
  explicit TripletMarginLoss(Options options);
  TripletMarginLoss() : TripletMarginLoss(Options{}) {}
  Tensor operator()(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const;
  const Options& options() const { return options_; }

 private:
  Options options_;
};

// What a loss expects of the model's output.
enum class LossInput { values, logits, log_probabilities, probabilities };

// What it compares that with: class labels [B], or numbers of the output's shape.
enum class LossTarget { labels, numbers };

// A loss by name, for recipes and `percept explain`.
struct Loss {
  std::string_view name;  // "cross_entropy"
  std::string_view doc;
  LossInput input;
  LossTarget target;
  std::type_index made;   // of what `make` puts into the LossFunction
  LossFunction function;  // with the default options
  Value (*default_options)() = nullptr;
  // As LayerRecord::make.
  LossFunction (*make)(const Value& options, std::string_view context) = nullptr;
  std::vector<std::string> (*option_names)() = nullptr;
};

const std::vector<Loss>& all_losses();         // by name
const Loss* find_loss(std::string_view name);  // null when there is none

// "the model ends in Softmax, but cross_entropy takes logits ...": what is wrong with this loss behind the model's last
// layer; empty where nothing is, or where the loss is a function of the user's own.
std::string loss_warning(ModuleRef model, const LossFunction& loss);
// Says it in the log; true if there was something to say.
bool warn_about_loss(ModuleRef model, const LossFunction& loss);

}  // namespace percept
