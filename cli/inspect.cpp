// inspect.cpp - the verbs that only look: summary, recipes.
#include <algorithm>
#include <iostream>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/formats/safetensors.h"
#include "percept/nn/summary.h"
#include "percept/recipes/embedded.h"
#include "percept/recipes/items.h"
#include "verbs.h"

namespace percept::cli {
namespace {

Value summary_value(const Summary& s) {
  Value value = Value::object(), layers = Value::array();
  value.set("params", s.params);
  value.set("trainable", s.trainable);
  value.set("buffers", s.buffers);
  for (const SummaryRow& row : s.layers) {
    Value layer = Value::object(), shape = Value::array();
    layer.set("path", row.path);
    layer.set("type", row.type);
    for (std::int64_t size : row.output) shape.push_back(size);
    layer.set("output_shape", shape);
    layer.set("params", row.params);
    layers.push_back(layer);
  }
  value.set("layers", layers);
  return value;
}

// A file that no recipe made (a program's own save, PyTorch's): its tensors.
void print_tensors(const TensorFile& file, bool json) {
  Value list = Value::array();
  std::int64_t elements = 0;
  constexpr std::size_t kColumn = 60;  // longer names push their own row only
  std::size_t widest = 0;
  for (const auto& [name, tensor] : file.tensors) widest = std::max(widest, std::min(printable(name).size(), kColumn));
  for (const auto& [name, tensor] : file.tensors) {
    elements += tensor.numel();
    if (!json) {
      const std::string shown = printable(name);
      std::cout << shown << std::string(widest + 2 - std::min(shown.size(), widest), ' ') << name_of(tensor.dtype())
                << "  " << str(tensor.shape()) << "\n";
    }
    Value one = Value::object(), shape = Value::array();
    for (const std::int64_t size : tensor.shape()) shape.push_back(size);
    one.set("name", name);
    one.set("dtype", name_of(tensor.dtype()));
    one.set("shape", shape);
    list.push_back(one);
  }
  Value value = Value::object();
  value.set("tensors", list);
  value.set("elements", elements);
  if (json)
    std::cout << to_json(value) << "\n";
  else
    std::cout << file.tensors.size() << " tensors, " << elements << " elements; the file names no recipe\n";
}

std::string_view level_name(Finding::Level level) {
  switch (level) {
    case Finding::Level::ok:
      return "ok";
    case Finding::Level::warning:
      return "warning";
    case Finding::Level::error:
      break;
  }
  return "ERROR";
}

}  // namespace

int print_findings(const Args& args, const std::vector<Finding>& findings) {
  Value list = Value::array();
  bool bad = false;
  for (const Finding& finding : findings) {
    if (!args.json) std::cout << level_name(finding.level) << ": " << printable(finding.text, 4000, true) << "\n";
    Value one = Value::object();
    one.set("level", level_name(finding.level));
    one.set("text", finding.text);
    list.push_back(one);
    bad = bad || finding.level == Finding::Level::error;
  }
  Value value = Value::object();
  value.set("findings", list);
  if (args.json) std::cout << to_json(value) << "\n";
  return bad ? 3 : 0;
}

int summary(Args& args) {
  args.expect_words(1, 1, "percept summary ITEM|RECIPE|MODEL");
  const std::string& what = args.words[0];
  RecipeModel model;
  Shape sample_shape;
  if (is_model_path(what)) {
    args.finish({});
    const TensorFile file = read_safetensors(model_path(what));
    if (file.find_metadata("percept.name") == nullptr) {
      print_tensors(file, args.json);
      return 0;
    }
    LoadedModel loaded = load_model(what);
    model = std::move(loaded.model);
    sample_shape = loaded.info.sample_shape;
  } else {
    const BenchItem item = find_bench_item(what, args.rest());
    model = make_model(item.recipe);
    build_recipe_model(model, item.recipe, item.sample_shape);
    sample_shape = item.sample_shape;
  }
  const Summary table = summarize(model, sample_shape);
  if (args.json)
    std::cout << to_json(summary_value(table)) << "\n";
  else
    std::cout << str(table);
  return 0;
}

int recipes(Args& args) {
  args.expect_words(0, 1, "percept recipes [NAME]");
  args.finish({});
  if (args.words.empty()) {
    Value list = Value::array();
    for (const auto& [name, text] : embedded_recipes()) {
      const Recipe recipe = parse_recipe(text, name);
      if (!args.json)
        std::cout << name << std::string(name.size() < 22 ? 22 - name.size() : 1, ' ') << recipe.description << "\n";
      Value one = Value::object();
      one.set("name", name);
      one.set("description", recipe.description);
      list.push_back(one);
    }
    Value value = Value::object();
    value.set("recipes", list);
    if (args.json) std::cout << to_json(value) << "\n";
    return 0;
  }
  const Recipe recipe = find_recipe(args.words[0]);
  if (args.json)
    std::cout << to_json(to_value(recipe)) << "\n";
  else
    std::cout << to_toml(to_value(recipe));
  return 0;
}

}  // namespace percept::cli
