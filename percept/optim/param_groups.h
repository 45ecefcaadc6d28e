// param_groups.h - groups of parameters with settings of their own, and the frame that gives them to every optimizer.
#pragma once
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "percept/base/options.h"
#include "percept/core/trace.h"
#include "percept/optim/slots.h"

namespace percept {

// What is different for a group; the rest is the optimizer's own.
struct GroupOptions {
  std::optional<double> learning_rate = {};  // in the proportion it has to the optimizer's own, which schedules move
  double learning_rate_scale = 1;            // or that proportion itself
  std::optional<double> weight_decay = {};
  Value options = {};  // any other of the optimizer's options by name
};

// Which parameter belongs to which group: the first that names it, by pattern of its path or by its id.
class ParamGroups {
 public:
  void add(std::vector<std::string> patterns, std::vector<std::uint64_t> ids);
  bool empty() const { return groups_.empty(); }
  // The group's number, -1 where there is none. Settled when the parameter is first met: a walk over a part of the
  // model gives it another path.
  int of(const State& parameter) const;
  // ValueError for patterns that none of these parameters matches; looked at until all do.
  void check_all_met(std::string_view who, const std::vector<State*>& parameters);

 private:
  struct Group {
    std::vector<std::string> patterns;
    std::vector<std::uint64_t> ids;
    bool holds(const State& parameter) const;
  };
  std::vector<Group> groups_;
  mutable std::unordered_map<std::uint64_t, int> known_;  // by the parameter's id
  bool checked_ = false;
};

// Whether the path matches; '*' stands for any characters, dots too.
bool matches_path(std::string_view pattern, std::string_view path);

// The options of a group as an object of the optimizer's options: weight_decay and `options`.
Value group_overrides(const GroupOptions& group);
// The group's rate as a share of the optimizer's. ValueError where both are given, or where it cannot be one.
double group_scale(std::string_view who, const GroupOptions& group, double learning_rate);

// For the frame: p = p (1 - share); the gradient with its sign changed.
void decay(State& parameter, std::function<double()> share);
Tensor negated(const Tensor& grad);

// The frame of an optimizer O with options A: groups, slots, decoupled weight decay, the learning rate. O has
//   static constexpr std::string_view kName;
//   static std::vector<Slots::Kind> kinds(const A&, const State& parameter);
//   void update(State&, const Tensor& grad, const A&, std::vector<Buffer>& slots, double weight_decay);
// where `weight_decay` is what the update adds to the gradient: 0 where the decay is decoupled.
template <class O, class A>
class GroupedOptimizer {
 public:
  using Options = A;
  static constexpr bool kMayBeCaptured = true;

  // Applies the gradients to the parameters that have one and clears them. ValueError outside a TrainingScope.
  void step(const std::vector<State*>& parameters) {
    groups_.check_all_met(O::kName, parameters);
    token_.tell();
    host_action([this] {
      for (std::size_t i = 0; i < group_options_.size(); ++i)
        group_options_[i].learning_rate = options_.learning_rate * scales_[i];
    });
    step_parameters(O::kName, parameters, [this](State& parameter, const Tensor& grad) {
      const A& options = options_for(parameter);
      auto& slots = slots_for(parameter);
      double weight_decay = options.weight_decay;
      if (weight_decay != 0 && decoupled(options)) {
        decay(parameter, [&options, weight_decay] { return options.learning_rate * weight_decay; });
        weight_decay = 0;
      }
      self().update(parameter, ascends(options) ? negated(grad) : grad, options, slots, weight_decay);
    });
  }
  double learning_rate() const { return options_.learning_rate; }
  void set_learning_rate(double value) {
    refuse_while_capturing("set_learning_rate()", "call it outside the captured function: the step reads it anew");
    check_learning_rate(O::kName, value);
    options_.learning_rate = value;
  }
  void prepare(const std::vector<State*>& parameters) {
    for (const State* parameter : parameters) slots_for(*parameter);
  }
  std::vector<NamedState> slots() { return slots_.named(); }
  const A& options() const { return options_; }

  // Gives parameters settings of their own, by patterns of their paths in the model ("features.*", "*.bias") or by a
  // list: Adam{{...}}.group("features.*", {.learning_rate = 1e-4}).group("*.bias", {.weight_decay = 0}). The first
  // group that names a parameter has it. Schedules move all groups in proportion. Before the first step. ValueError for
  // options out of range, at the first step for a group without parameters.
  O& group(const std::string& pattern, const GroupOptions& options) { return add({pattern}, {}, options); }
  O& group(std::initializer_list<std::string_view> patterns, const GroupOptions& options) {
    return add({patterns.begin(), patterns.end()}, {}, options);
  }
  O& group(const std::vector<State*>& parameters, const GroupOptions& options) {
    std::vector<std::uint64_t> ids;
    for (const State* parameter : parameters) ids.push_back(parameter->id());
    return add({}, std::move(ids), options);
  }
  O& add(std::vector<std::string> patterns, std::vector<std::uint64_t> ids, const GroupOptions& group) {
    token_ = ObjectToken();  // options may move
    A own = options_;
    from_value(group_overrides(group), own, O::kName);
    scales_.push_back(group_scale(O::kName, group, options_.learning_rate));
    group_options_.push_back(O(own).options());  // the constructor refuses what is out of range
    groups_.add(std::move(patterns), std::move(ids));
    return self();
  }

 protected:
  explicit GroupedOptimizer(A options) : options_(std::move(options)) {}

 private:
  O& self() { return static_cast<O&>(*this); }
  const A& options_for(const State& parameter) const {
    const int group = groups_.empty() ? -1 : groups_.of(parameter);
    return group < 0 ? options_ : group_options_[static_cast<std::size_t>(group)];
  }
  std::vector<Buffer>& slots_for(const State& parameter) {
    return slots_.of(parameter, [&] { return O::kinds(options_for(parameter), parameter); });
  }
  static bool decoupled(const A& options) {
    if constexpr (requires { options.decoupled_weight_decay; })
      return options.decoupled_weight_decay;
    else
      return true;  // AdamW, Muon, Lion: there is no other kind
  }
  static bool ascends(const A& options) {
    if constexpr (requires { options.maximize; })
      return options.maximize;
    else
      return false;
  }

  ObjectToken token_;
  A options_;
  Slots slots_;
  ParamGroups groups_;
  std::vector<A> group_options_;
  std::vector<double> scales_;
};

}  // namespace percept
