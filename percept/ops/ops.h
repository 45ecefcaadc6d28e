// ops.h - every public op, by family. Arguments are tensors, states or numbers (core/arg.h); shapes in brackets.
// Each one's formula, dtypes, errors and source are in its file and in `percept explain NAME`.
#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "percept/core/arg.h"
#include "percept/core/factories.h"
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
Tensor where(Arg condition, Arg a, Arg b);  // condition: bool

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

// ---- products ----
Tensor matmul(Arg a, Arg b);  // [M, K] x [K, N] -> [M, N]
// x [B, in] * weight [out, in] transposed + bias [out] -> [B, out]
Tensor linear(Arg x, Arg weight, std::optional<Arg> bias = {});

struct Conv2dAttrs {
  Size2 stride{1};
  Padding padding{};
  Size2 dilation{1};
  std::int64_t groups = 1;
  std::string algorithm = "auto";  // "auto" | "direct"
};
// x [B, C, H, W], weight [O, C / groups, kh, kw], bias [O] -> [B, O, H', W'], stored channels-last.
Tensor conv2d(Arg x, Arg weight, std::optional<Arg> bias = {}, const Conv2dAttrs& attrs = {});

// ---- pooling: [B, C, H, W] -> [B, C, H', W'] ----
struct Pool2dAttrs {
  Size2 kernel_size{2};
  Size2 stride{0};  // 0: the kernel's size
  Padding padding{};
  bool count_include_pad = true;  // average only, as PyTorch's
};
Tensor max_pool2d(Arg x, const Pool2dAttrs& attrs);
Tensor avg_pool2d(Arg x, const Pool2dAttrs& attrs);

// ---- softmax family and losses ----
Tensor softmax(Arg x, int axis = -1);
Tensor log_softmax(Arg x, int axis = -1);
// logits [B, K] and labels [B] (integers 0..K-1) -> the mean of -log softmax(logits)[label], rank 0.
Tensor cross_entropy(Arg logits, Arg labels);
Tensor mse_loss(Arg x, Arg target);

// ---- indices ----
Tensor gather(Arg x, int axis, Arg index);                                // PyTorch's gather
Tensor scatter_add(Arg index, Arg values, int axis, const Shape& shape);  // its gradient: zeros, values added at index
Tensor one_hot(Arg labels, std::int64_t classes, DType dtype = DType::f32);  // [...] -> [..., classes]

// ---- normalisation ----
struct BatchNormResult {
  Tensor y, mean, var;  // var: biased, over B, H, W
};
// Batch statistics over all axes but 1; x [B, C, H, W] or [B, C].
BatchNormResult batch_norm(Arg x, Arg weight, Arg bias, double eps);
// The same with given statistics [C].
Tensor normalize(Arg x, Arg weight, Arg bias, Arg mean, Arg var, double eps);

// ---- random: a pure function of key, step counter and element ----
Tensor uniform(const Shape& shape, double low, double high, RandomKey key, DType dtype = DType::f32);
Tensor normal(const Shape& shape, double mean, double std, RandomKey key, DType dtype = DType::f32);
Tensor truncated_normal(const Shape& shape, double mean, double std, RandomKey key,
                        DType dtype = DType::f32);                    // cut at 2 std
Tensor uniform(const Shape& shape, double low = 0, double high = 1);  // the default generator's next stream
Tensor normal(const Shape& shape, double mean = 0, double std = 1);
// Identity outside a TrainingScope. Inside: zero with probability `rate`, the rest divided by 1 - rate.
// key: of the layer; call: which call of that layer in this step. Without them, the op's place in the step.
Tensor dropout(Arg x, double rate);
Tensor dropout(Arg x, double rate, RandomKey key, std::uint64_t call);

// ---- optimizer updates: states change in place; scalars are tensors of rank 0 (f32) ----
void sgd_update(State& parameter, State* velocity, const Tensor& grad, const Tensor& learning_rate, double momentum,
                double dampening, bool nesterov, double weight_decay);
void adam_update(State& parameter, State& m, State& v, const Tensor& grad, const Tensor& step_size,
                 const Tensor& correction2_sqrt, double beta1, double beta2, double eps, double weight_decay);
void adadelta_update(State& parameter, State& square_avg, State& delta_avg, const Tensor& grad,
                     const Tensor& learning_rate, double rho, double eps, double weight_decay);
void rmsprop_update(State& parameter, State& square_avg, const Tensor& grad, const Tensor& learning_rate, double alpha,
                    double eps, double weight_decay);

}  // namespace percept
