// optimizer.h - any optimizer, by value: options plus a few states per parameter.
#pragma once
#include <concepts>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/options.h"
#include "percept/nn/module.h"

namespace percept {

// Computes the loss anew and its gradients, and gives the loss; for optimizers that look at several points in a step.
using LossClosure = std::function<Tensor()>;

// What SGD, Adam, ... have in common.
template <class O>
concept ConcreteOptimizer = requires(O optimizer, const O& constant, const std::vector<State*>& parameters) {
  optimizer.step(parameters);
  optimizer.prepare(parameters);
  optimizer.set_learning_rate(0.1);
  { constant.learning_rate() } -> std::convertible_to<double>;
  { optimizer.slots() } -> std::same_as<std::vector<NamedState>>;
  to_value(constant.options());
};

// Holds any optimizer; copying copies its slots.
class Optimizer {
 public:
  template <ConcreteOptimizer O>
    requires(!std::same_as<O, Optimizer>)
  Optimizer(O optimizer)  // NOLINT: implicit on purpose
      : held_(std::make_unique<Held<O>>(std::move(optimizer))) {}
  Optimizer(const Optimizer& other) : held_(other.held_->copy()) {}
  Optimizer(Optimizer&&) noexcept = default;
  Optimizer& operator=(const Optimizer& other) { return *this = Optimizer(other); }
  Optimizer& operator=(Optimizer&&) noexcept = default;

  // Applies the gradients to the parameters that have one, clears them, and advances the scope's step.
  // ValueError outside a TrainingScope.
  void step(const std::vector<State*>& parameters) { held_->step(parameters); }
  // The same with a closure that runs forward and backward and gives the loss: called once here, several times by
  // LBFGS, which cannot step otherwise. Gives the loss of the first call.
  Tensor step(const std::vector<State*>& parameters, const LossClosure& closure) {
    return held_->step_with(parameters, closure);
  }
  bool needs_closure() const { return held_->needs_closure(); }
  // Whether a step may be recorded once and run often: numbers that change are read where it runs, values by nobody.
  // So is every optimizer on GroupedOptimizer; one's own says so by `static constexpr bool kMayBeCaptured = true`.
  bool may_be_captured() const { return held_->may_be_captured(); }
  double learning_rate() const { return held_->learning_rate(); }
  void set_learning_rate(double value) { held_->set_learning_rate(value); }
  // Makes the slots of these parameters now, so that saved ones can be assigned before the first step.
  void prepare(const std::vector<State*>& parameters) { held_->prepare(parameters); }
  // Its states, "<path of the parameter>.<slot>", in the order in which parameters were met.
  std::vector<NamedState> slots() { return held_->slots(); }
  Value options() const { return held_->options(); }
  std::string_view type_name() const { return held_->type_name(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> copy() const = 0;
    virtual void step(const std::vector<State*>& parameters) = 0;
    virtual Tensor step_with(const std::vector<State*>& parameters, const LossClosure& closure) = 0;
    virtual bool needs_closure() const = 0;
    virtual bool may_be_captured() const = 0;
    virtual double learning_rate() const = 0;
    virtual void set_learning_rate(double value) = 0;
    virtual void prepare(const std::vector<State*>& parameters) = 0;
    virtual std::vector<NamedState> slots() = 0;
    virtual Value options() const = 0;
    virtual std::string_view type_name() const = 0;
  };
  template <class O>
  struct Held final : Base {
    explicit Held(O given) : optimizer(std::move(given)) {}
    std::unique_ptr<Base> copy() const override { return std::make_unique<Held>(optimizer); }
    void step(const std::vector<State*>& parameters) override { optimizer.step(parameters); }
    static constexpr bool kNeedsClosure =
        requires(O& one, const std::vector<State*>& all, const LossClosure& closure) { one.step(all, closure); };
    Tensor step_with(const std::vector<State*>& parameters, const LossClosure& closure) override {
      if constexpr (kNeedsClosure) {
        return optimizer.step(parameters, closure);
      } else {
        const Tensor loss = closure();
        optimizer.step(parameters);
        return loss;
      }
    }
    bool needs_closure() const override { return kNeedsClosure; }
    bool may_be_captured() const override {
      if constexpr (requires { O::kMayBeCaptured; })
        return O::kMayBeCaptured;
      else
        return false;
    }
    double learning_rate() const override { return optimizer.learning_rate(); }
    void set_learning_rate(double value) override { optimizer.set_learning_rate(value); }
    void prepare(const std::vector<State*>& parameters) override { optimizer.prepare(parameters); }
    std::vector<NamedState> slots() override { return optimizer.slots(); }
    Value options() const override { return to_value(optimizer.options()); }
    std::string_view type_name() const override { return type_name_of<O>(); }
    O optimizer;
  };
  std::unique_ptr<Base> held_;
};

}  // namespace percept
