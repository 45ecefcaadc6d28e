// predict.cpp - the verb predict: what a model makes of files, tables and samples of data sets.
#include <iostream>

#include "draw.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/data_loader.h"
#include "percept/recipes/read_input.h"
#include "verbs.h"

namespace percept::cli {
namespace {

constexpr std::int64_t kBatch = 256;
constexpr std::size_t kDrawn = 4;  // pictures drawn in the terminal, at most

Value prediction(const ModelInfo& info, const std::string& name, const Tensor& outputs, std::int64_t row,
                 std::int64_t top) {
  Value one = Value::object();
  one.set("input", name);
  if (info.class_names.empty()) {
    Value values = Value::array();
    const NoGrad off;
    for (const double value : outputs[row].to_vector<double>()) values.push_back(value);
    one.set("value", outputs.size(1) == 1 ? values.as_array()[0] : values);
    return one;
  }
  const auto order = ranked(outputs, row);
  Value list = Value::array();
  for (std::size_t k = 0; k < std::min<std::size_t>(order.size(), static_cast<std::size_t>(top)); ++k) {
    Value entry = Value::object();
    entry.set("class", class_name(info, order[k].label));
    entry.set("probability", order[k].probability);
    list.push_back(entry);
  }
  one.set("class", class_name(info, order[0].label));
  one.set("probability", order[0].probability);
  one.set("top", list);
  return one;
}

void print(std::ostream& out, const Value& one, bool many) {
  if (const Value* value = one.find("value")) {
    out << printable(one.find("input")->as_string()) << "  " << to_text(*value) << "\n";
    return;
  }
  if (many) {
    out << printable(one.find("input")->as_string()) << "  " << one.find("class")->as_string() << "  "
        << fixed(one.find("probability")->as_double() * 100, 2) << "%\n";
    return;
  }
  for (const Value& entry : one.find("top")->as_array())
    out << "  " << fixed(entry.find("probability")->as_double() * 100, 2) << "%  "
        << entry.find("class")->as_string() << "\n";
}

}  // namespace

int predict(Args& args) {
  args.expect_words(2, 1'000'000, "percept predict MODEL INPUT...");
  apply_threads(args);
  const std::int64_t top = args.take_int("top", 3, 1, 1000);
  const int num_workers = static_cast<int>(args.take_int("num_workers", 1, 0, 256));
  args.finish({"top", "threads", "num_workers"});
  const LoadedModel loaded = load_model(args.words[0]);
  Value predictions = Value::array();
  std::ostream& people = args.json ? std::cerr : std::cout;
  for (std::size_t i = 1; i < args.words.size(); ++i) {
    const ModelInput input = read_input(loaded.info, args.words[i]);
    const bool many = args.words.size() > 2 || input.data.size() > 1;
    if (!args.quiet && input.data.size() == 1 && args.words.size() <= kDrawn + 1)
      draw_predictions(people, loaded.model, loaded.info, input.data, 1, input.labelled);
    std::size_t at = 0;
    for (const Batch& batch : DataLoader(input.data, {.batch_size = kBatch, .num_workers = num_workers})) {
      const NoGrad off;
      const Tensor outputs = loaded.model(batch.x);
      for (std::int64_t row = 0; row < outputs.size(0); ++row) {
        const Value one = prediction(loaded.info, input.names[at++], outputs, row, top);
        if (!args.quiet) print(people, one, many);
        if (args.json) predictions.push_back(one);
      }
    }
  }
  Value value = Value::object();
  value.set("predictions", predictions);
  if (args.json) std::cout << to_json(value) << "\n";
  return 0;
}

}  // namespace percept::cli
