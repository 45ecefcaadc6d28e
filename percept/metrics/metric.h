// metric.h - numbers that are gathered over batches: a name, what each batch adds, and the result so far.
#pragma once
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "percept/core/tensor.h"

namespace percept {

// What a type must offer to be held by Metric. It may also have
//   bool higher_is_better() const;  // or std::optional<bool>: which way is better, for callbacks with mode "auto"
//   bool costly() const;            // result() goes through all samples again: ask at the end of an epoch only
template <class T>
concept MetricLike = std::copyable<T> && requires(T metric, const T& fixed, const Tensor& tensor) {
  { fixed.name() } -> std::convertible_to<std::string>;
  metric.update(tensor, tensor);  // what the model gave and what it should have given
  { fixed.result() } -> std::convertible_to<double>;
  metric.reset();
};

// Any MetricLike, by value: copies gather on their own.
class Metric {
 public:
  template <class T>
    requires(!std::same_as<T, Metric> && MetricLike<T>)
  Metric(T metric) : metric_(std::make_unique<Model<T>>(std::move(metric))) {}
  Metric(const Metric& other) : metric_(other.metric_->clone()) {}
  Metric(Metric&&) noexcept = default;
  Metric& operator=(Metric other) noexcept {
    metric_ = std::move(other.metric_);
    return *this;
  }
  ~Metric() = default;

  std::string name() const { return metric_->name(); }
  void update(const Tensor& output, const Tensor& target) { metric_->update(output, target); }
  double result() const { return metric_->result(); }  // NaN before the first update
  void reset() { metric_->reset(); }
  std::optional<bool> higher_is_better() const { return metric_->higher_is_better(); }  // nothing: not known
  bool costly() const { return metric_->costly(); }  // whether result() is too dear to be asked for at every step

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual std::unique_ptr<Concept> clone() const = 0;
    virtual std::string name() const = 0;
    virtual void update(const Tensor& output, const Tensor& target) = 0;
    virtual double result() const = 0;
    virtual void reset() = 0;
    virtual std::optional<bool> higher_is_better() const = 0;
    virtual bool costly() const = 0;
  };
  template <class T>
  struct Model final : Concept {
    explicit Model(T value) : metric(std::move(value)) {}
    std::unique_ptr<Concept> clone() const override { return std::make_unique<Model>(metric); }
    std::string name() const override { return metric.name(); }
    void update(const Tensor& output, const Tensor& target) override { metric.update(output, target); }
    double result() const override { return metric.result(); }
    void reset() override { metric.reset(); }
    std::optional<bool> higher_is_better() const override {
      if constexpr (requires { metric.higher_is_better(); })
        return metric.higher_is_better();
      else
        return {};
    }
    bool costly() const override {
      if constexpr (requires { metric.costly(); })
        return metric.costly();
      else
        return false;
    }
    T metric;
  };
  std::unique_ptr<Concept> metric_;
};

// A sum that loses at most about the last digit however many values there are (Neumaier 1974): the small part that an
// addition rounds away is kept beside it. One value at a time in the order of the samples, so the result does not
// depend on how they were cut into batches.
class ExactSum {
 public:
  void add(double value);
  double value() const { return sum_ + rest_; }

 private:
  double sum_ = 0, rest_ = 0;
};

// The mean of values, each with a weight: the loss of an epoch from its batches' losses and sizes.
class RunningMean {
 public:
  void add(double value, double weight = 1) {
    sum_ += value * weight;
    weight_ += weight;
  }
  double result() const;  // NaN while nothing was added
  void reset() { sum_ = weight_ = 0; }

 private:
  double sum_ = 0, weight_ = 0;
};

}  // namespace percept
