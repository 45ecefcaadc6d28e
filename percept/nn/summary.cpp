// summary.cpp - measuring a model and drawing the table.
#include "percept/nn/summary.h"

#include <array>
#include <map>
#include <set>

#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/core/mode.h"
#include "percept/nn/sequential.h"
#include "percept/nn/shapes_only.h"

namespace percept {
namespace {

// Elements of a module's own states, and of those below it where `deep`; tied ones once.
class Count final : public FieldVisitor {
 public:
  explicit Count(bool deep) : deep_(deep) {}
  std::int64_t params = 0, trainable = 0, buffers = 0, param_bytes = 0, trainable_bytes = 0, buffer_bytes = 0;

  void state(const std::string&, State& state, bool parameter) override {
    if (!state.built() || !seen_.insert(state.id()).second) return;
    const std::int64_t count = state.numel();
    const std::int64_t bytes = count * static_cast<std::int64_t>(size_of(state.dtype()));
    (parameter ? params : buffers) += count;
    (parameter ? param_bytes : buffer_bytes) += bytes;
    if (!parameter || !state.trainable()) return;
    trainable += count;
    trainable_bytes += bytes;
  }
  void child(const std::string&, const ModuleRef& module) override {
    if (deep_) module.visit(*this);
  }

 private:
  bool deep_;
  std::set<std::uint64_t> seen_;
};

using Outputs = std::vector<std::pair<ModuleRef, Shape>>;

void add_rows(const ModuleRef& model, const std::string& prefix, const Outputs& outputs,
              std::vector<SummaryRow>& rows) {
  for (const NamedModule& child : model.children()) {
    const std::string path = prefix.empty() ? child.path : prefix + "." + child.path;
    Count own(false);
    child.module.visit(own);
    // A struct of layers is shown by them, and by itself where it has parameters of its own.
    const bool leaf = child.module.children().empty();
    if (const auto* list = child.module.get_if<Sequential>(); list != nullptr && list->empty()) continue;
    SummaryRow row{path, std::string(child.module.type_name()), {}, false, own.params};
    for (const auto& [layer, shape] : outputs)
      if (layer == child.module) {
        row.output = shape;
        row.called = true;
      }
    if (leaf || own.params > 0) rows.push_back(std::move(row));
    if (!leaf) add_rows(child.module, path, outputs, rows);
  }
}

// "136.04 KB", as Keras writes it.
std::string readable_bytes(std::int64_t bytes) {
  double size = static_cast<double>(bytes);
  const std::array<const char*, 6> units{"B", "KB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < units.size(); ++unit) size /= 1024;
  return fixed(size, 2) + " " + units[unit];
}

// "(None, 32, 26, 26)": the batch may be any.
std::string keras_shape(const SummaryRow& row) {
  if (!row.called) return "?";
  std::string text = "(None";
  for (std::size_t i = 1; i < row.output.size(); ++i) text += ", " + number(row.output[i]);
  return text + (row.output.rank() == 1 ? ",)" : ")");
}

using Cells = std::array<std::string, 3>;
using Widths = std::array<int, 3>;  // inside the borders, a space on either side included

std::string rule(const Widths& widths, const char* left, const char* line, const char* cross, const char* right) {
  std::string text = left;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    for (int n = 0; n < widths[i]; ++n) text += line;
    text += i + 1 < widths.size() ? cross : right;
  }
  return text + "\n";
}

std::string line_of(const Cells& cells, const Widths& widths, const std::string& border) {
  std::string text = border;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const int room = widths[i] - 2;
    text += " " + (i == 2 ? pad_left(cells[i], room) : pad_right(cells[i], room)) + " " + border;
  }
  return text + "\n";
}

std::string total_line(const char* name, std::int64_t count, std::int64_t bytes) {
  return std::string(" ") + name + ": " + with_thousands(count) + " (" + readable_bytes(bytes) + ")\n";
}

}  // namespace

namespace {

Summary measure(const ModuleRef& model, const std::vector<Tensor>& inputs) {
  Summary out;
  out.type = model.type_name();
  Outputs outputs;
  if (model.inputs() > 0) {
    const InferenceScope inference;  // whatever scope the caller is in: no dropout, no statistics
    const CallObserver observer(
        [&](const ModuleRef& layer, const Tensor& output) { outputs.emplace_back(layer, output.shape()); });
    for (const Tensor& output : model.run(inputs)) outputs.emplace_back(model, output.shape());
  }
  add_rows(model, "", outputs, out.layers);
  Count count(true);
  model.visit(count);
  out.params = count.params;
  out.trainable = count.trainable;
  out.buffers = count.buffers;
  out.param_bytes = count.param_bytes;
  out.trainable_bytes = count.trainable_bytes;
  out.buffer_bytes = count.buffer_bytes;
  return out;
}

}  // namespace

Summary summarize(ModuleRef model, const Shape& sample_shape) {
  build(model, sample_shape);
  Shape shape = sample_shape;
  shape.insert(0, 1);
  Summary out;
  call_by_shapes(shape, [&](const Tensor& x) { out = measure(model, {x}); });
  return out;
}

Summary summarize(ModuleRef model, const Examples& examples) {
  build(model, examples);
  return measure(model, examples.tensors);
}

std::string str(const Summary& summary) {
  std::vector<Cells> rows;
  // Keras asks for 45 %, 80 % and 100 % of 88 columns; this is what its renderer makes of them.
  Widths widths{38, 29, 17};
  for (const SummaryRow& row : summary.layers) {
    rows.push_back({row.path + " (" + row.type + ")", keras_shape(row), with_thousands(row.params)});
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], display_width(rows.back()[i]) + 2);
  }
  // Heavy lines (U+2501, U+2503) around the header, light ones (U+2500, U+2502) below, as Keras draws them.
  std::string text = "Model: \"" + summary.type + "\"\n" + rule(widths, "\u250f", "\u2501", "\u2533", "\u2513") +
                     line_of({"Layer (type)", "Output Shape", "Param #"}, widths, "\u2503") +
                     rule(widths, "\u2521", "\u2501", "\u2547", "\u2529");
  for (std::size_t i = 0; i < rows.size(); ++i)
    text += (i > 0 ? rule(widths, "\u251c", "\u2500", "\u253c", "\u2524") : "") + line_of(rows[i], widths, "\u2502");
  text += rule(widths, "\u2514", "\u2500", "\u2534", "\u2518");
  text += total_line("Total params", summary.params, summary.param_bytes);
  text += total_line("Trainable params", summary.trainable, summary.trainable_bytes);
  text += total_line("Non-trainable params", summary.params - summary.trainable,
                     summary.param_bytes - summary.trainable_bytes);
  if (summary.buffers > 0) text += total_line("Buffers", summary.buffers, summary.buffer_bytes);
  return text;
}

std::string summary(ModuleRef model, const Shape& sample_shape) { return str(summarize(model, sample_shape)); }
std::string summary(ModuleRef model, const Examples& examples) { return str(summarize(model, examples)); }

}  // namespace percept
