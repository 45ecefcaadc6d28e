// dataset.h - what training reads: samples by index, as batches; TensorDataset holds them in memory.
#pragma once
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "percept/core/tensor.h"

namespace percept {

// Samples stacked along a new first axis. y is undefined where the data has no targets.
struct Batch {
  Tensor x;                       // [B, ...]
  Tensor y;                       // [B] labels or [B, ...] targets
  std::int64_t first_sample = 0;  // place of the batch's first sample in the epoch's order: what randomness counts by
  Tensor weight = {};             // f32 [B]: what each sample's loss is multiplied by; undefined: all 1
};

// What a type must offer to be held by Dataset. `get` is called from several threads at once.
// class_names() and fingerprint() may be left out.
template <class T>
concept DatasetLike = requires(const T& data, const std::vector<std::int64_t>& indices) {
  { data.size() } -> std::convertible_to<std::int64_t>;
  { data.sample_shape() } -> std::convertible_to<Shape>;
  { data.get(indices) } -> std::convertible_to<Batch>;
};

// A handle on data that does not change; copies share it. Any DatasetLike converts to it.
class Dataset {
 public:
  template <class T>
    requires(!std::same_as<T, Dataset> && DatasetLike<T>)
  Dataset(T data) : data_(std::make_shared<const Model<T>>(std::move(data))) {}

  std::int64_t size() const { return data_->size(); }
  Shape sample_shape() const { return data_->sample_shape(); }                   // of x, without the batch axis
  std::vector<std::string> class_names() const { return data_->class_names(); }  // by label; empty when not known
  // The samples at `indices` in that order; ValueError for one outside 0..size()-1. Thread-safe.
  Batch get(const std::vector<std::int64_t>& indices) const;
  // The same by a tensor i64 [B]: get(randint({64}, 0, data.size())). A template, so that {3, 7} is the list above.
  template <std::same_as<Tensor> T>
  Batch get(const T& indices) const {
    return get_rows(indices);
  }
  // Names the content: the number of samples and a hash, "60000-5c1b0c5b6d60d7a4". "" when the data has none.
  std::string fingerprint() const { return data_->fingerprint(); }
  // The samples first .. first+count-1; ValueError when they are not all there.
  Dataset subset(std::int64_t first, std::int64_t count) const;
  // The same samples, each with a weight of its loss: any numbers [N], kept as f32. The loss of a batch is then
  // sum(loss * weight) / B, as Keras's sample_weight (train/batch_loss.h). ShapeError unless there is one per sample,
  // ValueError for one that is not finite.
  Dataset with_weights(const Tensor& weights) const;

 private:
  Batch get_rows(const Tensor& indices) const;
  struct Concept {
    virtual ~Concept() = default;
    virtual std::int64_t size() const = 0;
    virtual Shape sample_shape() const = 0;
    virtual std::vector<std::string> class_names() const = 0;
    virtual Batch get(const std::vector<std::int64_t>& indices) const = 0;
    virtual std::string fingerprint() const = 0;
  };
  template <class T>
  struct Model final : Concept {
    explicit Model(T value) : data(std::move(value)) {}
    std::int64_t size() const override { return data.size(); }
    Shape sample_shape() const override { return data.sample_shape(); }
    std::vector<std::string> class_names() const override {
      if constexpr (requires { data.class_names(); })
        return data.class_names();
      else
        return {};
    }
    Batch get(const std::vector<std::int64_t>& indices) const override { return data.get(indices); }
    std::string fingerprint() const override {
      if constexpr (requires { data.fingerprint(); })
        return data.fingerprint();
      else
        return {};
    }
    T data;
  };
  std::shared_ptr<const Concept> data_;
};

// Rows of tensors in memory. Batches keep the tensors' dtypes: images stay u8, turning them to float belongs to the
// model. The tensors must not be changed afterwards.
class TensorDataset {
 public:
  // x [N, ...], y [N, ...] or undefined. ShapeError unless both have N rows.
  explicit TensorDataset(Tensor x, Tensor y = {}, std::vector<std::string> class_names = {});

  std::int64_t size() const { return x_.size(0); }
  Shape sample_shape() const;
  const std::vector<std::string>& class_names() const { return class_names_; }
  Batch get(const std::vector<std::int64_t>& indices) const;
  std::string fingerprint() const;  // of the bytes of x and y; computed once
  const Tensor& x() const { return x_; }
  const Tensor& y() const { return y_; }
  Dataset with_weights(const Tensor& weights) const { return Dataset(*this).with_weights(weights); }

 private:
  struct Lazy;
  Tensor x_, y_;
  std::vector<std::string> class_names_;
  std::shared_ptr<Lazy> lazy_;
};

// The last `fraction` of the samples, taken before any shuffling (Keras): n - floor(n * (1 - fraction)) of them.
// ValueError unless 0 < fraction < 1 and both parts get a sample.
struct TrainValidation {
  Dataset train, validation;
};
TrainValidation split_validation(const Dataset& dataset, double fraction);

}  // namespace percept
