// node.cpp - taking nodes apart without recursion, and the path of the current layer.
#include "percept/ops/node.h"

#include <utility>

namespace percept {
namespace {

// Nodes whose last reference went away while another node was being destroyed.
thread_local std::vector<Ref<NodeBase>>* pending = nullptr;

thread_local std::shared_ptr<const std::string> current_path;

}  // namespace

Node::~Node() {
  std::vector<Ref<NodeBase>> own;
  const bool outermost = pending == nullptr;
  if (outermost) pending = &own;
  auto let_go = [](Ref<NodeBase> node) {
    if (node && node->ref_count() == 1) pending->push_back(std::move(node));
  };
  for (Edge& edge : inputs) let_go(std::move(edge.node));
  for (Tensor& tensor : saved_inputs) {
    Ref<NodeBase> node = tensor.node();
    tensor.set_node({}, 0);  // before letting go, so that ours is the last reference
    let_go(std::move(node));
  }
  if (!outermost) return;
  while (!own.empty()) {
    Ref<NodeBase> last = std::move(own.back());
    own.pop_back();
  }
  pending = nullptr;
}

LayerPath::LayerPath(std::string_view name) : before_(current_path) {
  std::string path = before_ ? *before_ + "." : "";
  current_path = std::make_shared<const std::string>(path.append(name));
}
LayerPath::LayerPath(std::shared_ptr<const std::string> whole)
    : before_(std::exchange(current_path, std::move(whole))) {}
LayerPath::~LayerPath() { current_path = std::move(before_); }
const std::shared_ptr<const std::string>& layer_path() { return current_path; }

}  // namespace percept
