// node.h - one recorded call: what the walk for gradients and a captured graph are made of.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/core/recomputation.h"
#include "percept/core/tensor.h"
#include "percept/ops/attrs.h"

namespace percept {

struct Op;

// Names a producer, never a tensor: only what an op `saves` keeps storage alive. A null node: a constant.
struct Edge {
  Ref<NodeBase> node;
  int result = 0;
};

struct Node final : NodeBase {
  ~Node() override;  // iterative: a chain of a million nodes does not exhaust the stack

  const Op* op = nullptr;
  Attrs attrs;
  std::vector<Edge> inputs;
  std::vector<Spec> input_specs, result_specs;
  CallSite site;
  std::shared_ptr<const std::string> path;  // of the layer that made the call; null outside layers
  std::vector<Tensor> saved_inputs;         // in place, undefined where not saved; empty where the op saves none
  std::vector<Tensor> saved_results;        // likewise; without their node, which would be a cycle
  Ref<Recomputation> recomputation;         // gives what was let go of what backward reads; null: all is here
  std::size_t call = 0;                     // its number in there
};

// Puts a name on the path of the layer being called: errors and nodes carry it ("layers.0").
class LayerPath {
 public:
  explicit LayerPath(std::string_view name);
  // The whole path in place of the present one; null: none.
  explicit LayerPath(std::shared_ptr<const std::string> whole);
  ~LayerPath();
  LayerPath(const LayerPath&) = delete;
  LayerPath& operator=(const LayerPath&) = delete;

 private:
  std::shared_ptr<const std::string> before_;
};
const std::shared_ptr<const std::string>& layer_path();

}  // namespace percept
