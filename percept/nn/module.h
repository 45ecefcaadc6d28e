// module.h - a model is any struct of layers: borrowing one, owning a layer by value, walking and building it.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/base/options.h"
#include "percept/core/arg.h"
#include "percept/nn/module_walk.h"

namespace percept {

struct NamedState {
  std::string path;  // "layers.0.weight"
  State* state = nullptr;
};

struct NamedModule;

// One tensor per input of a model, with the batch axis: {a, b}. They tell dtypes as well as sizes.
struct Examples {
  template <std::convertible_to<Tensor>... More>
  Examples(Tensor first, More... more) : tensors{std::move(first), Tensor(std::move(more))...} {}
  std::vector<Tensor> tensors;
};

// Borrows any model; must not outlive it. A const model is borrowed for calling and reading.
class ModuleRef {
 public:
  template <class M>
    requires(!std::same_as<std::remove_const_t<M>, ModuleRef> && !std::same_as<std::remove_const_t<M>, AnyModule> &&
             LooksLikeModule<std::remove_const_t<M>>)
  ModuleRef(M& model)  // NOLINT: implicit on purpose
      : object_(const_cast<std::remove_const_t<M>*>(&model)), table_(&kModuleTable<std::remove_const_t<M>>) {}
  ModuleRef(const AnyModule& layer);  // the layer inside

  // Arg, so that the caller's line reaches the ops. ValueError for a struct without operator()(const Tensor&).
  Tensor operator()(const Arg& x) const;
  // Every state with its path, in the order of the fields. Writes the paths into the states, for messages.
  std::vector<NamedState> states() const;
  std::string_view type_name() const { return table_->type_name; }
  // What it was made with; an empty object for types without `options()`.
  Value options() const;
  // The modules it directly holds, with names relative to it ("layers.0", "hidden").
  std::vector<NamedModule> children() const;
  // Its own states and children, in the order of the fields.
  void visit(FieldVisitor& visitor) const { table_->visit(object_, visitor); }
  bool callable() const { return table_->call != nullptr; }  // with one tensor, giving one
  int inputs() const { return table_->inputs; }              // the fewest tensors it takes; 0: it is not called
  // Calls a model of any number of inputs; the tensors it returns, one by one, those of structs by their fields.
  // ValueError unless there are as many as it takes.
  std::vector<Tensor> run(const std::vector<Tensor>& inputs) const;
  // The model itself if it is an M, else null.
  template <class M>
  M* get_if() const {
    return table_ == &kModuleTable<M> ? static_cast<M*>(object_) : nullptr;
  }
  // Whether both borrow the same object.
  friend bool operator==(const ModuleRef&, const ModuleRef&) = default;

 private:
  void* object_;
  const ModuleTable* table_;
};

struct NamedModule {
  std::string path;
  ModuleRef module;
};

// Owns any layer by value: copying copies the layer (core/state.h says what that does to its states).
class AnyModule {
 public:
  template <class L>
    requires(!std::same_as<L, AnyModule> && !std::same_as<L, ModuleRef> && CallableModule<L>)
  AnyModule(L layer)  // NOLINT: implicit on purpose
      : held_(std::make_unique<Held<L>>(std::move(layer))) {}
  AnyModule(const AnyModule& other) : held_(other.held_->copy()) {}
  AnyModule(AnyModule&&) noexcept = default;
  AnyModule& operator=(const AnyModule& other) { return *this = AnyModule(other); }
  AnyModule& operator=(AnyModule&&) noexcept = default;

  Tensor operator()(const Arg& x) const { return ModuleRef(*this)(x); }
  std::string_view type_name() const { return ModuleRef(*this).type_name(); }
  Value options() const { return ModuleRef(*this).options(); }
  // The layer inside if it is an L, else null.
  template <class L>
  L* get_if() const {
    return ModuleRef(*this).get_if<L>();
  }

 private:
  friend class ModuleRef;
  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> copy() const = 0;
    virtual ModuleRef ref() = 0;
  };
  template <class L>
  struct Held final : Base {
    explicit Held(L given) : layer(std::move(given)) {}
    std::unique_ptr<Base> copy() const override { return std::make_unique<Held>(layer); }
    ModuleRef ref() override { return layer; }
    L layer;
  };
  std::unique_ptr<Base> held_;
};

inline ModuleRef::ModuleRef(const AnyModule& layer) : ModuleRef(layer.held_->ref()) {}

// Every module below the model with its path, in the order of the fields: a struct or Sequential before what it holds.
std::vector<NamedModule> modules(ModuleRef model);
// Every state with its path, in the order of the fields; a state tied to another is listed at both.
std::vector<NamedState> states(ModuleRef model);
// What an optimizer should train: declared Parameter and trainable at the moment; tied ones once.
std::vector<State*> parameters(ModuleRef model);
// All declared Parameters, frozen or not, tied ones once: their elements. ShapeError while unbuilt.
std::int64_t parameter_count(ModuleRef model);
// Settles the sizes that layers were given without: calls the model once with `sample_shape`, the shape of one sample
// without the batch axis ({1, 28, 28}). Nothing is computed; only a model that looks at values is run, on zeros.
// Harmless on a built model. ShapeError with the chain of shapes.
void build(ModuleRef model, const Shape& sample_shape, const char* file = __builtin_FILE(),
           int line = __builtin_LINE());
// The same for a model of several inputs or outputs, or of inputs that are no f32: build(model, {ids, images}).
void build(ModuleRef model, const Examples& examples);
// Frozen parameters receive no gradients and are not in parameters(model).
void freeze(ModuleRef model, bool frozen = true);
// Gives `to` the values of `from`, state by state. ValueError unless both have the same paths.
void copy_states(ModuleRef from, ModuleRef to);

// Sees each call of a layer, and of what a Sequential holds, on this thread while it lives: shapes for summary, outputs
// of inner layers. A layer inside a Sequential is seen twice, with the same output. Observers nest; all are told.
class CallObserver {
 public:
  using See = std::function<void(const ModuleRef& layer, const Tensor& output)>;
  explicit CallObserver(See see);
  ~CallObserver();
  CallObserver(const CallObserver&) = delete;
  CallObserver& operator=(const CallObserver&) = delete;

 private:
  friend void tell_observers(const ModuleRef& layer, const Tensor& output);
  See see_;
  CallObserver* outer_;
};
void tell_observers(const ModuleRef& layer, const Tensor& output);

}  // namespace percept
