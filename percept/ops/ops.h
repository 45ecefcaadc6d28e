// ops.h - every public op, by family. Arguments are tensors, states or numbers (core/arg.h); shapes in brackets.
// Each one's formula, dtypes, errors and source are in its file and in `percept explain NAME`.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "percept/core/arg.h"
#include "percept/core/factories.h"
#include "percept/core/precision.h"
#include "percept/ops/sizes.h"

namespace percept {

// ---- pointwise: shapes broadcast, dtypes promote as in PyTorch ----
Tensor neg(Arg x);
Tensor abs(Arg x);
Tensor sign(Arg x);
Tensor exp(Arg x);
Tensor log(Arg x);
Tensor sqrt(Arg x);
Tensor rsqrt(Arg x);
Tensor square(Arg x);
Tensor reciprocal(Arg x);
Tensor sigmoid(Arg x);
Tensor tanh(Arg x);
Tensor relu(Arg x);
Tensor floor(Arg x);
Tensor ceil(Arg x);
Tensor round(Arg x);  // halves to even
Tensor sin(Arg x);
Tensor cos(Arg x);
Tensor tan(Arg x);
Tensor atan(Arg x);
Tensor sinh(Arg x);
Tensor cosh(Arg x);
Tensor erf(Arg x);
Tensor log1p(Arg x);
Tensor expm1(Arg x);
Tensor step(Arg x);         // 1 where x > 0, else 0: the perceptron's threshold
Tensor is_nan(Arg x);       // bool
Tensor is_finite(Arg x);    // bool
Tensor logical_not(Arg x);  // bool
Tensor cast(Arg x, DType dtype);

Tensor add(Arg a, Arg b);
Tensor sub(Arg a, Arg b);
Tensor mul(Arg a, Arg b);
Tensor div(Arg a, Arg b);  // true division: integers give f32
Tensor maximum(Arg a, Arg b);
Tensor minimum(Arg a, Arg b);
Tensor pow(Arg a, Arg b);
Tensor equal(Arg a, Arg b);  // comparisons give bool
Tensor not_equal(Arg a, Arg b);
Tensor less(Arg a, Arg b);
Tensor less_equal(Arg a, Arg b);
Tensor greater(Arg a, Arg b);
Tensor greater_equal(Arg a, Arg b);
Tensor logical_and(Arg a, Arg b);
Tensor logical_or(Arg a, Arg b);
Tensor where(Arg condition, Arg a, Arg b);    // condition: bool
Tensor clip(Arg x, double low, double high);  // PyTorch's clamp
Tensor lerp(Arg a, Arg b, Arg weight);        // a + weight * (b - a)
Tensor masked_fill(Arg x, Arg mask, double value);

// ---- activations: pointwise unless an axis is named ----
Tensor leaky_relu(Arg x, double negative_slope = 0.01);
Tensor prelu(Arg x, Arg weight);  // weight [1], or [C] for x [B, C, ...]
Tensor elu(Arg x, double alpha = 1);
Tensor celu(Arg x, double alpha = 1);
Tensor selu(Arg x);
Tensor gelu(Arg x, const std::string& approximate = "none");  // "none" (erf) or "tanh"
Tensor silu(Arg x);
Tensor mish(Arg x);
Tensor softplus(Arg x, double beta = 1, double threshold = 20);
Tensor log_sigmoid(Arg x);
Tensor relu6(Arg x);
Tensor hard_sigmoid(Arg x);
Tensor hard_swish(Arg x);
Tensor hard_tanh(Arg x, double low = -1, double high = 1);
Tensor hard_shrink(Arg x, double lambda = 0.5);
Tensor soft_shrink(Arg x, double lambda = 0.5);
Tensor tanh_shrink(Arg x);
Tensor threshold(Arg x, double threshold, double value);
Tensor glu(Arg x, int axis = -1);                // the first half times the sigmoid of the second
Tensor maxout(Arg x, int pieces, int axis = 1);  // the largest of every `pieces` neighbours along the axis

inline Tensor operator+(Arg a, Arg b) { return add(a, b); }
inline Tensor operator-(Arg a, Arg b) { return sub(a, b); }
inline Tensor operator*(Arg a, Arg b) { return mul(a, b); }
inline Tensor operator/(Arg a, Arg b) { return div(a, b); }
inline Tensor operator-(Arg x) { return neg(x); }
inline Tensor operator==(Arg a, Arg b) { return equal(a, b); }
inline Tensor operator!=(Arg a, Arg b) { return not_equal(a, b); }
inline Tensor operator<(Arg a, Arg b) { return less(a, b); }
inline Tensor operator<=(Arg a, Arg b) { return less_equal(a, b); }
inline Tensor operator>(Arg a, Arg b) { return greater(a, b); }
inline Tensor operator>=(Arg a, Arg b) { return greater_equal(a, b); }
// These rebind the handle on the left; nobody else's view changes.
inline Tensor& operator+=(Tensor& a, Arg b) { return a = add(Arg(a, b.site().file, b.site().line), b); }
inline Tensor& operator-=(Tensor& a, Arg b) { return a = sub(Arg(a, b.site().file, b.site().line), b); }
inline Tensor& operator*=(Tensor& a, Arg b) { return a = mul(Arg(a, b.site().file, b.site().line), b); }
inline Tensor& operator/=(Tensor& a, Arg b) { return a = div(Arg(a, b.site().file, b.site().line), b); }

// ---- views (share storage) and copies ----
Tensor reshape(Arg x, const Shape& shape);  // one size may be -1; copies where strides do not allow a view
Tensor permute(Arg x, const Dims& axes);
Tensor transpose(Arg x, int axis0 = -2, int axis1 = -1);
Tensor expand(Arg x, const Shape& shape);
Tensor slice(Arg x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step = 1);  // as Python's
Tensor select(Arg x, int axis, std::int64_t index);                                           // drops the axis
Tensor unsqueeze(Arg x, int axis);
Tensor squeeze(Arg x, int axis);
Tensor flatten(Arg x, int start_axis = 0);
Tensor copy(Arg x);           // fresh dense memory in the same order
Tensor contiguous(Arg x);     // x itself when already row-major
Tensor channels_last(Arg x);  // [B, C, H, W] stored as B, H, W, C; x itself when already so
Tensor concat(const std::vector<Tensor>& parts, int axis = 0, const char* file = __builtin_FILE(),
              int line = __builtin_LINE());
Tensor pad_to(Arg x, const Shape& shape, const Dims& offset);  // zeros around x; the gradient of slice
Tensor stack(const std::vector<Tensor>& parts, int axis = 0, const char* file = __builtin_FILE(),
             int line = __builtin_LINE());
std::vector<Tensor> split(Arg x, std::int64_t size, int axis = 0);  // views of `size` each, the last may be smaller
std::vector<Tensor> split(Arg x, const Dims& sizes, int axis = 0);
Tensor tile(Arg x, const Dims& repeats);               // PyTorch's repeat and tile
Tensor repeat(Arg x, std::int64_t repeats, int axis);  // each element in place: repeat_interleave
Tensor flip(Arg x, const Dims& axes);
inline Tensor flip(Arg x, int axis) { return flip(x, Dims{axis}); }
Tensor roll(Arg x, const Dims& shifts, const Dims& axes);
Tensor tril(Arg x, std::int64_t diagonal = 0);  // [..., M, N]: zero above the diagonal
Tensor triu(Arg x, std::int64_t diagonal = 0);
// before and after per axis, of the last axes: {left, right}, {left, right, top, bottom}, as PyTorch's pad.
// mode: "constant", "reflect" (mirror without the edge), "replicate".
Tensor pad(Arg x, const Dims& pads, const std::string& mode = "constant", double value = 0);
Tensor pixel_shuffle(Arg x, std::int64_t factor);    // [B, C r r, H, W] -> [B, C, H r, W r]
Tensor pixel_unshuffle(Arg x, std::int64_t factor);  // the reverse
// [B, C, ...]: the first channel of every group, then the second of every group, ...
Tensor channel_shuffle(Arg x, std::int64_t groups);

// ---- reductions: empty axes mean all ----
struct Reduce {
  Dims axes = {};
  bool keepdims = false;
};
Tensor sum(Arg x, Reduce reduce = {});
Tensor mean(Arg x, Reduce reduce = {});
Tensor max(Arg x, Reduce reduce = {});
Tensor min(Arg x, Reduce reduce = {});
Tensor var(Arg x, Reduce reduce = {}, int correction = 1);   // unbiased by default, as PyTorch's
Tensor argmax(Arg x, int axis = -1, bool keepdims = false);  // i64; the first of equals
Tensor argmin(Arg x, int axis = -1, bool keepdims = false);
Tensor prod(Arg x, Reduce reduce = {});
Tensor std(Arg x, Reduce reduce = {}, int correction = 1);
Tensor norm(Arg x, double p = 2, Reduce reduce = {});  // p: 0, 1, 2, ..., infinity
Tensor logsumexp(Arg x, Reduce reduce = {});
Tensor any(Arg x, Reduce reduce = {});  // bool
Tensor all(Arg x, Reduce reduce = {});  // bool
Tensor cumsum(Arg x, int axis);
Tensor cumprod(Arg x, int axis);
struct Sorted {
  Tensor values, indices;  // indices: i64
};
Sorted sort(Arg x, int axis = -1, bool descending = false);  // stable
Sorted top_k(Arg x, std::int64_t k, int axis = -1);          // the k largest, largest first; ties: the first

// ---- products ----
Tensor matmul(Arg a, Arg b);  // [..., M, K] x [..., K, N] -> [..., M, N]; leading axes broadcast; vectors as PyTorch's
Tensor einsum(const std::string& equation, const std::vector<Tensor>& inputs, const char* file = __builtin_FILE(),
              int line = __builtin_LINE());  // "bij,bjk->bik"
Tensor outer(Arg a, Arg b);                  // [M], [N] -> [M, N]
// x [..., in] * weight [out, in] transposed + bias [out] -> [..., out]
Tensor linear(Arg x, Arg weight, std::optional<Arg> bias = {});

struct Conv2dAttrs {
  Size2 stride{1};
  Padding padding{};
  Size2 dilation{1};
  std::int64_t groups = 1;
  std::string algorithm = "auto";                      // "auto" | "direct" | "winograd"
  ProductPrecision precision = ProductPrecision::f32;  // f32: the scope's (core/precision.h)
};
// x [B, C, H, W], weight [O, C / groups, kh, kw], bias [O] -> [B, O, H', W'], stored channels-last.
Tensor conv2d(Arg x, Arg weight, std::optional<Arg> bias = {}, Conv2dAttrs attrs = {});

struct Conv1dAttrs {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool same = false;  // padding "same"
};
// x [B, C, L], weight [O, C / groups, k], bias [O] -> [B, O, L'].
Tensor conv1d(Arg x, Arg weight, std::optional<Arg> bias = {}, const Conv1dAttrs& attrs = {});

struct ConvTranspose2dAttrs {
  Size2 stride{1};
  Size2 padding{0};
  Size2 output_padding{0};
  Size2 dilation{1};
  std::int64_t groups = 1;
};
// x [B, C, H, W], weight [C, O / groups, kh, kw] -> [B, O, H', W'], H' = (H - 1) stride - 2 padding + dilation (kh - 1)
// + output_padding + 1.
Tensor conv_transpose2d(Arg x, Arg weight, std::optional<Arg> bias = {}, const ConvTranspose2dAttrs& attrs = {});
struct ConvTranspose1dAttrs {
  std::int64_t stride = 1, padding = 0, output_padding = 0, dilation = 1, groups = 1;
};
Tensor conv_transpose1d(Arg x, Arg weight, std::optional<Arg> bias = {}, const ConvTranspose1dAttrs& attrs = {});

struct WindowAttrs {
  Size2 kernel_size{1};
  Size2 stride{1};
  Size2 padding{0};
  Size2 dilation{1};
};
Tensor im2col(Arg x, const WindowAttrs& attrs);                     // [B, C, H, W] -> [B, C kh kw, L]
Tensor col2im(Arg x, Size2 output_size, const WindowAttrs& attrs);  // its gradient: overlaps add up

// ---- pooling: [B, C, H, W] -> [B, C, H', W'] ----
struct Pool2dAttrs {
  Size2 kernel_size{2};
  Size2 stride{0};  // 0: the kernel's size
  Padding padding{};
  bool count_include_pad = true;  // average only, as PyTorch's
};
Tensor max_pool2d(Arg x, const Pool2dAttrs& attrs);
Tensor avg_pool2d(Arg x, const Pool2dAttrs& attrs);
struct Pool1dAttrs {
  std::int64_t kernel_size = 2;
  std::int64_t stride = 0;  // 0: the kernel's size
  std::int64_t padding = 0;
  bool count_include_pad = true;
};
Tensor max_pool1d(Arg x, const Pool1dAttrs& attrs);  // [B, C, L] -> [B, C, L']
Tensor avg_pool1d(Arg x, const Pool1dAttrs& attrs);
Tensor adaptive_avg_pool2d(Arg x, Size2 output_size);
Tensor adaptive_max_pool2d(Arg x, Size2 output_size);
Tensor adaptive_avg_pool1d(Arg x, std::int64_t output_size);
Tensor adaptive_max_pool1d(Arg x, std::int64_t output_size);
Tensor global_avg_pool(Arg x);  // [B, C, ...] -> [B, C]
Tensor global_max_pool(Arg x);

struct InterpolateAttrs {
  Size2 size{0};                 // of the result; 0: from `scale`
  double scale = 0;              // 0: from `size`
  std::string mode = "nearest";  // or "bilinear"
  bool align_corners = false;    // bilinear only
};
Tensor interpolate(Arg x, const InterpolateAttrs& attrs);  // [B, C, H, W] -> [B, C, H', W']

// ---- softmax family and losses ----
Tensor softmax(Arg x, int axis = -1);
Tensor log_softmax(Arg x, int axis = -1);
// Reduction of a loss: "mean", "sum" or "none".
struct CrossEntropyAttrs {
  double label_smoothing = 0;
  std::int64_t ignore_index = -100;  // labels of this value count for nothing
  std::string reduction = "mean";
};
// logits [B, K, ...] and labels [B, ...] (integers 0..K-1) or probabilities [B, K, ...]; class_weight [K].
// -> the mean of -log softmax(logits)[label], rank 0.
Tensor cross_entropy(Arg logits, Arg target, const CrossEntropyAttrs& attrs = {}, std::optional<Arg> class_weight = {});
Tensor nll_loss(Arg log_probabilities, Arg labels, const CrossEntropyAttrs& attrs = {},
                std::optional<Arg> class_weight = {});  // without label_smoothing
Tensor mse_loss(Arg x, Arg target, const std::string& reduction = "mean");
Tensor l1_loss(Arg x, Arg target, const std::string& reduction = "mean");
Tensor huber_loss(Arg x, Arg target, double delta = 1, const std::string& reduction = "mean");
Tensor smooth_l1_loss(Arg x, Arg target, double beta = 1, const std::string& reduction = "mean");
Tensor binary_cross_entropy(Arg probability, Arg target, const std::string& reduction = "mean");
Tensor binary_cross_entropy_with_logits(Arg logits, Arg target, std::optional<Arg> pos_weight = {},
                                        const std::string& reduction = "mean");
Tensor kl_div(Arg log_input, Arg target, bool log_target = false, const std::string& reduction = "mean");
Tensor hinge_loss(Arg x, Arg target, bool squared = false, const std::string& reduction = "mean");  // target -1 or 1
Tensor multi_margin_loss(Arg x, Arg labels, double margin = 1, const std::string& reduction = "mean");
Tensor focal_loss(Arg logits, Arg labels, double gamma = 2, double alpha = -1,
                  const std::string& reduction = "mean");  // categorical: logits [B, K]; alpha < 0: no weight
Tensor cosine_similarity(Arg a, Arg b, int axis = 1, double eps = 1e-8);
Tensor cosine_embedding_loss(Arg a, Arg b, Arg target, double margin = 0, const std::string& reduction = "mean");
Tensor triplet_margin_loss(Arg anchor, Arg positive, Arg negative, double margin = 1, double p = 2,
                           const std::string& reduction = "mean");
Tensor poisson_nll_loss(Arg x, Arg target, bool log_input = true, bool full = false, double eps = 1e-8,
                        const std::string& reduction = "mean");

// ---- indices ----
Tensor gather(Arg x, int axis, Arg index);                                // PyTorch's gather
Tensor scatter_add(Arg index, Arg values, int axis, const Shape& shape);  // its gradient: zeros, values added at index
Tensor one_hot(Arg labels, std::int64_t classes, DType dtype = DType::f32);  // [...] -> [..., classes]
Tensor take(Arg x, Arg index, int axis = 0);             // rows of x: PyTorch's index_select, any index rank
Tensor scatter(Arg x, int axis, Arg index, Arg values);  // x with values put at index; later ones win
Tensor embedding(Arg ids, Arg weight, std::int64_t padding_index = -1);  // ids [...] -> [..., D] of weight [V, D]

// ---- normalisation ----
struct BatchNormResult {
  Tensor y, mean, var;  // var: biased, over B, H, W
};
// Batch statistics over all axes but 1; x [B, C, H, W] or [B, C].
BatchNormResult batch_norm(Arg x, Arg weight, Arg bias, double eps);
// The same with given statistics [C].
Tensor normalize(Arg x, Arg weight, Arg bias, Arg mean, Arg var, double eps);
// Over the last axes, those of `shape`; weight and bias of that shape, or none.
Tensor layer_norm(Arg x, const Shape& shape, std::optional<Arg> weight = {}, std::optional<Arg> bias = {},
                  double eps = 1e-5);
Tensor rms_norm(Arg x, const Shape& shape, std::optional<Arg> weight = {}, double eps = 1e-6);
Tensor group_norm(Arg x, std::int64_t groups, std::optional<Arg> weight = {}, std::optional<Arg> bias = {},
                  double eps = 1e-5);  // x [B, C, ...]
Tensor instance_norm(Arg x, std::optional<Arg> weight = {}, std::optional<Arg> bias = {}, double eps = 1e-5);
Tensor l2_normalize(Arg x, int axis = 1, double eps = 1e-12);  // PyTorch's normalize with p = 2
Tensor local_response_norm(Arg x, std::int64_t size, double alpha = 1e-4, double beta = 0.75, double k = 1);

// ---- random: a pure function of key, step counter and element ----
Tensor uniform(const Shape& shape, double low, double high, RandomKey key, DType dtype = DType::f32);
Tensor normal(const Shape& shape, double mean, double std, RandomKey key, DType dtype = DType::f32);
Tensor truncated_normal(const Shape& shape, double mean, double std, RandomKey key,
                        DType dtype = DType::f32);                    // cut at 2 std
Tensor uniform(const Shape& shape, double low = 0, double high = 1);  // the default generator's next stream
Tensor normal(const Shape& shape, double mean = 0, double std = 1);
// i64 in low .. high - 1, each as likely, with replacement.
Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high, RandomKey key);
Tensor randint(const Shape& shape, std::int64_t low, std::int64_t high);
// Identity outside a TrainingScope. Inside: zero with probability `rate`, the rest divided by 1 - rate.
// key: of the layer; call: which call of that layer in this step. Without them, the op's place in the step.
Tensor dropout(Arg x, double rate);
Tensor dropout(Arg x, double rate, RandomKey key, std::uint64_t call);
// Whole channels of x [B, C, ...] at once.
Tensor feature_dropout(Arg x, double rate, RandomKey key, std::uint64_t call);
// Keeps mean and variance of activations that went through selu.
Tensor alpha_dropout(Arg x, double rate, RandomKey key, std::uint64_t call);
Tensor bernoulli(Arg probability, RandomKey key);                     // 0 or 1 of x's shape and dtype
Tensor permutation(std::int64_t count, RandomKey key);                // i64: 0 .. count-1 in random order
Tensor categorical(Arg logits, std::int64_t samples, RandomKey key);  // [B, K] -> i64 [B, samples], with replacement

// ---- gradients of one's own ----
// forward(inputs) runs unrecorded; backward(inputs, result, grad) gives one gradient per input (undefined for none).
using CustomForward = std::function<Tensor(const std::vector<Tensor>& inputs)>;
using CustomBackward =
    std::function<std::vector<Tensor>(const std::vector<Tensor>& inputs, const Tensor& result, const Tensor& grad)>;
Tensor custom_gradient(const std::vector<Tensor>& inputs, CustomForward forward, CustomBackward backward,
                       const char* file = __builtin_FILE(), int line = __builtin_LINE());

}  // namespace percept
