// tensor.h - the one value type: a cheap handle on storage with shape, strides, dtype and device.
#pragma once
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "percept/core/spec.h"
#include "percept/core/storage.h"

namespace percept {

// What produced a tensor: a node of the recorded computation (ops/node.h) or a leaf (core/state.h).
struct NodeBase : RefCounted {
  bool is_leaf = false;
};

// Copies share storage. There is no in-place arithmetic: `x += y` rebinds the handle.
class Tensor {
 public:
  Tensor() = default;                 // undefined
  explicit Tensor(const Spec& spec);  // fresh memory, values not set
  Tensor(Ref<Storage> storage, Spec spec) : storage_(std::move(storage)), spec_(std::move(spec)) {}

  bool defined() const { return static_cast<bool>(storage_); }
  const Spec& spec() const { return spec_; }
  const Shape& shape() const { return spec_.shape; }
  const Strides& strides() const { return spec_.strides; }
  DType dtype() const { return spec_.dtype; }
  Device device() const { return spec_.device; }
  int rank() const { return spec_.rank(); }
  std::int64_t numel() const { return spec_.numel(); }
  std::int64_t size(int axis) const;  // negative axes count from the end
  bool is_contiguous() const { return spec_.is_contiguous(); }

  // The only element of a tensor that has one, as a double. ShapeError otherwise.
  double item() const;
  // All elements in row-major order, converted to T. T: float double Half BFloat16 int8..int64 uint8 bool.
  template <class T>
  std::vector<T> to_vector() const;

  // First element's address; T must be the element type (DTypeError otherwise), strides tell where the others are.
  template <class T>
  const T* data() const {
    check_type(dtype_of<T>());
    return static_cast<const T*>(raw_data());
  }
  // For filling fresh tensors from outside; never for tensors other handles may share.
  template <class T>
  T* mutable_data() {
    check_type(dtype_of<T>());
    T* const data = static_cast<T*>(raw_data());
    storage_->changed();
    return data;
  }
  void* raw_data() const;
  const Ref<Storage>& storage() const { return storage_; }

  // The same values without the record of how they were made: no gradient flows through.
  Tensor detach() const { return Tensor(storage_, spec_); }
  bool requires_grad() const { return static_cast<bool>(node_); }

  // Adds d(this)/d(state) to the gradient of every trainable state this scalar was computed from. Defined in autograd.
  void backward() const;

  const Ref<NodeBase>& node() const { return node_; }
  int node_result() const { return node_result_; }
  void set_node(Ref<NodeBase> node, int result) {
    node_ = std::move(node);
    node_result_ = result;
  }

  // The i-th entry along the first axis, a view. Defined in ops.
  Tensor operator[](std::int64_t index) const;

 private:
  void check_type(DType wanted) const;
  Ref<Storage> storage_;
  Spec spec_;
  Ref<NodeBase> node_;
  int node_result_ = 0;
};

// As PyTorch prints: tensor([[1., 2.], [3., 4.]]); long axes are summarised.
std::string str(const Tensor& tensor);
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

}  // namespace percept
