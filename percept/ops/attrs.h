// attrs.h - the settings of one op call: any plain struct, type-erased, comparable, hashable, printable.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <typeinfo>
#include <utility>

#include "percept/base/options.h"
#include "percept/base/visit_integers.h"

namespace percept {

class Attrs {
 public:
  Attrs() = default;  // no settings

  // T: an aggregate whose fields base/options.h understands. Tensors have no place in it.
  template <class T>
  static Attrs of(T value) {
    Attrs attrs;
    attrs.held_ = std::make_shared<const Held<T>>(std::move(value));
    return attrs;
  }
  template <class T>
  const T& as() const {
    return static_cast<const Held<T>&>(*held_).value;  // an op reads only the type its own `apply` wrote
  }
  bool empty() const { return held_ == nullptr; }
  std::size_t hash() const { return held_ ? held_->hash : 0; }
  std::string text() const { return held_ ? held_->text() : ""; }  // "axis=1", what differs from the defaults
  // The same settings with their n-th whole number (base/visit_integers.h) replaced, if its type can hold the value.
  // Nothing when there are not so many. For tests, which try on every op what a user might pass.
  std::optional<Attrs> with_integer(std::size_t n, std::int64_t value) const {
    return held_ ? held_->with_integer(n, value) : std::nullopt;
  }
  friend bool operator==(const Attrs& a, const Attrs& b) {
    return a.held_ == b.held_ || (a.held_ && b.held_ && a.held_->hash == b.held_->hash && a.held_->equals(*b.held_));
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual bool equals(const Base& other) const = 0;
    virtual std::string text() const = 0;
    virtual std::optional<Attrs> with_integer(std::size_t n, std::int64_t value) const = 0;
    std::size_t hash = 0;
  };
  template <class T>
  struct Held final : Base {
    explicit Held(T v) : value(std::move(v)) { hash = hash_fields(value) ^ typeid(T).hash_code(); }
    bool equals(const Base& other) const override {
      const auto* same = dynamic_cast<const Held*>(&other);
      return same != nullptr && equal_fields(value, same->value);
    }
    std::string text() const override { return str_options(value); }
    std::optional<Attrs> with_integer(std::size_t n, std::int64_t number) const override {
      T copy = value;
      std::size_t seen = 0;
      auto replace = [&]<class I>(I& integer) {
        if (seen++ == n && std::in_range<I>(number)) integer = static_cast<I>(number);
      };
      visit_integers(copy, replace);
      return n < seen ? std::optional(Attrs::of(std::move(copy))) : std::nullopt;
    }
    T value;
  };
  std::shared_ptr<const Base> held_;
};

}  // namespace percept
