// callback.h - what hears of a run's progress: small objects with the hooks they need, under Keras's names.
#pragma once
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "percept/data/dataset.h"
#include "percept/nn/module.h"
#include "percept/optim/optimizer.h"

namespace percept {

// Names and values, in alphabetical order as Keras emits them: accuracy, loss, val_accuracy, val_loss.
using Logs = std::map<std::string, double>;

// Where a run is. Callbacks read it, may add to `logs`, and set `stop` to end the run after the current step.
struct Progress {
  ModuleRef model;
  Optimizer* optimizer = nullptr;  // null when nothing is trained: evaluate, predict
  std::int64_t epoch = 0, epochs = 1;
  std::int64_t step = 0;           // batches done, those of epochs before FitOptions.initial_epoch among them
  std::int64_t step_in_epoch = 0;  // batches done in this epoch
  std::int64_t steps_per_epoch = 0;
  std::int64_t total_steps = 0;    // where `step` will end unless the run is stopped
  std::int64_t batch_size = 0;     // asked for; the last batch of an epoch may be smaller
  std::int64_t samples = 0;        // done in this run
  std::int64_t skipped_steps = 0;  // updates left out because of NaN or infinity
  double seconds = 0;              // spent on batches, without what callbacks do at the ends of epochs
  // The last batch: its data, what the model gave (undefined if the step keeps it back), and its loss, if it has one.
  Batch batch = {};
  Tensor output = {};
  std::optional<double> loss = {};
  bool skipped = false;  // its update was left out
  Logs logs = {};        // of the epoch so far: means over its samples
  bool stop = false;
  std::string stopped_by = {};      // with `stop`, who and when: "EarlyStopping after epoch 17"; the first one stays
  std::int64_t restored_epoch = 0;  // set at the end of a run by who put its weights back; counts from 1
  bool validates = false;  // there is validation data; its results are among the logs of the epochs that are due
  // Which way is better, of metrics that say so and of their val_ forms.
  std::map<std::string, bool> higher_is_better = {};
  bool scheduled = false;  // a schedule sets the learning rate of every step
  bool nan_is_heard =
      false;  // set by a callback that ends the run itself at a loss that is NaN: nothing is thrown then
};

// Gradients that a hook leaves on parameters are no part of the next step. Any object with at least one of:
// on_train_begin, on_epoch_begin, on_step (after a batch), on_test_begin and on_test_end (around the validation of an
// epoch), on_epoch_end, on_train_end, on_failure (the run is being left by an exception; instead of on_train_end), each
// taking Progress&.
template <class T>
concept CallbackLike = requires(T callback, Progress& at) { callback.on_train_begin(at); } ||
                       requires(T callback, Progress& at) { callback.on_epoch_begin(at); } ||
                       requires(T callback, Progress& at) { callback.on_step(at); } ||
                       requires(T callback, Progress& at) { callback.on_test_begin(at); } ||
                       requires(T callback, Progress& at) { callback.on_test_end(at); } ||
                       requires(T callback, Progress& at) { callback.on_epoch_end(at); } ||
                       requires(T callback, Progress& at) { callback.on_train_end(at); };

// Holds any of them; copies share the object.
class Callback {
 public:
  template <class T>
    requires(!std::same_as<T, Callback> && CallbackLike<T>)
  Callback(T callback) : callback_(std::make_shared<Model<T>>(std::move(callback))) {}

  void on_train_begin(Progress& at) const { callback_->on_train_begin(at); }
  void on_epoch_begin(Progress& at) const { callback_->on_epoch_begin(at); }
  void on_step(Progress& at) const { callback_->on_step(at); }
  void on_test_begin(Progress& at) const { callback_->on_test_begin(at); }
  void on_test_end(Progress& at) const { callback_->on_test_end(at); }
  void on_epoch_end(Progress& at) const { callback_->on_epoch_end(at); }
  void on_train_end(Progress& at) const { callback_->on_train_end(at); }
  void on_failure(Progress& at) const { callback_->on_failure(at); }

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual void on_train_begin(Progress& at) = 0;
    virtual void on_epoch_begin(Progress& at) = 0;
    virtual void on_step(Progress& at) = 0;
    virtual void on_test_begin(Progress& at) = 0;
    virtual void on_test_end(Progress& at) = 0;
    virtual void on_epoch_end(Progress& at) = 0;
    virtual void on_train_end(Progress& at) = 0;
    virtual void on_failure(Progress& at) = 0;
  };
  template <class T>
  struct Model final : Concept {
    explicit Model(T value) : callback(std::move(value)) {}
    void on_train_begin([[maybe_unused]] Progress& at) override {
      if constexpr (requires { callback.on_train_begin(at); }) callback.on_train_begin(at);
    }
    void on_epoch_begin([[maybe_unused]] Progress& at) override {
      if constexpr (requires { callback.on_epoch_begin(at); }) callback.on_epoch_begin(at);
    }
    void on_step([[maybe_unused]] Progress& at) override {
      if constexpr (requires { callback.on_step(at); }) callback.on_step(at);
    }
    void on_test_begin([[maybe_unused]] Progress& at) override {
      if constexpr (requires { callback.on_test_begin(at); }) callback.on_test_begin(at);
    }
    void on_test_end([[maybe_unused]] Progress& at) override {
      if constexpr (requires { callback.on_test_end(at); }) callback.on_test_end(at);
    }
    void on_epoch_end([[maybe_unused]] Progress& at) override {
      if constexpr (requires { callback.on_epoch_end(at); }) callback.on_epoch_end(at);
    }
    void on_train_end([[maybe_unused]] Progress& at) override {
      if constexpr (requires { callback.on_train_end(at); }) callback.on_train_end(at);
    }
    void on_failure([[maybe_unused]] Progress& at) override {
      if constexpr (requires { callback.on_failure(at); }) callback.on_failure(at);
    }
    T callback;
  };
  std::shared_ptr<Concept> callback_;
};

// Hooks as functions: LambdaCallback{.on_step = [&](Progress& at) { ... }}.
struct LambdaCallback {
  using Hook = std::function<void(Progress&)>;
  Hook on_train_begin = [](Progress&) {};
  Hook on_epoch_begin = [](Progress&) {};
  Hook on_step = [](Progress&) {};
  Hook on_test_begin = [](Progress&) {};
  Hook on_test_end = [](Progress&) {};
  Hook on_epoch_end = [](Progress&) {};
  Hook on_train_end = [](Progress&) {};
  Hook on_failure = [](Progress&) {};
};

}  // namespace percept
