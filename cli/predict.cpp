// predict.cpp - the verbs evaluate and predict.
#include <iostream>

#include "draw.h"
#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/recipes/source.h"
#include "verbs.h"

namespace percept::cli {
namespace {

void check_fits(const ModelInfo& info, const Dataset& data, const std::string& source) {
  if (data.sample_shape() != info.sample_shape)
    throw ShapeError(
        "samples of " + source + " are " + str(data.sample_shape()) + ", the model takes " + str(info.sample_shape),
        "use data of the model's shape");
}

Evaluation evaluate_part(const LoadedModel& loaded, const Dataset& part, const std::string& source) {
  try {
    return evaluate_model(loaded.model, loaded.info, part);
  } catch (const ValueError& error) {  // labels that the model has no output for
    throw IoError(source + ": " + error.problem(), "use data with the classes the model was trained for");
  }
}

struct Input {
  std::string source, split;
  std::int64_t index = 0;
};

// NAME:test:INDEX
Input parse_input(const std::string& text) {
  std::vector<std::string> parts;
  for (std::string_view part : split(text, ':')) parts.emplace_back(part);
  const auto index = parts.size() == 3 ? parse_int64(parts[2]) : std::nullopt;
  if (!index || (parts[1] != "test" && parts[1] != "train"))
    throw UsageError("input '" + text + "' is not understood",
                     "write NAME:test:INDEX, e.g. fashion_mnist:test:0; image and table files come later");
  return {parts[0], parts[1], *index};
}

}  // namespace

int evaluate(Args& args) {
  if (args.words.size() > 1)
    throw UsageError("several models in `percept evaluate` are not in this version of Percept", "name one model");
  if (args.has("tta")) throw UsageError("tta= is not in this version of Percept", "remove it");
  args.expect_words(1, 1, "percept evaluate MODEL [data=SOURCE] [split=test]");
  apply_threads(args);
  const std::string split = args.take("split", "test");
  if (split != "test" && split != "train")
    throw UsageError("split is '" + split + "'", "use split=test or split=train");
  const std::string given = args.take("data");
  args.finish({"data", "split", "threads"});
  const LoadedModel loaded = load_model(args.words[0]);
  // A path in the file is what somebody else's machine had there: only data sets are found by the file's word.
  if (given.empty() && !names_dataset(loaded.info.data_source))
    throw UsageError("the model was trained on " + quote(loaded.info.data_source) + ", which is no data set by name",
                     "say where the data are: percept evaluate MODEL data=FOLDER");
  const std::string source = given.empty() ? loaded.info.data_source : given;
  const DatasetSplits data = load_source(source);
  const Dataset& part = split == "test" ? data.test : data.train;
  check_fits(loaded.info, part, source);
  const Evaluation result = evaluate_part(loaded, part, source);
  std::ostream& people = args.json ? std::cerr : std::cout;
  if (!args.quiet)
    people << class_table(result.confusion) << "\n"
           << split << " accuracy " << fixed(result.accuracy, 4) << "\n"
           << split << " loss " << fixed(result.loss, 4) << "\n";
  if (args.json) {
    Value value = Value::object();
    value.set(split + "_accuracy", result.accuracy);
    value.set(split + "_loss", result.loss);
    value.set("samples", part.size());
    value.set("model", args.words[0]);
    value.set("data", source);
    std::cout << to_json(value) << "\n";
  }
  return 0;
}

int predict(Args& args) {
  args.expect_words(2, 1000, "percept predict MODEL INPUT...");
  apply_threads(args);
  const std::int64_t top = args.take_int("top", 3, 1, 1000);
  args.finish({"top", "threads"});
  std::vector<Input> inputs;
  for (std::size_t i = 1; i < args.words.size(); ++i) inputs.push_back(parse_input(args.words[i]));
  const LoadedModel loaded = load_model(args.words[0]);
  Value predictions = Value::array();
  std::ostream& people = args.json ? std::cerr : std::cout;
  std::string loaded_source;
  std::optional<DatasetSplits> data;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Input& input = inputs[i];
    if (!data || input.source != loaded_source) data = load_source(loaded_source = input.source);
    const Dataset& part = input.split == "test" ? data->test : data->train;
    check_fits(loaded.info, part, input.source);
    if (input.index < 0 || input.index >= part.size())
      throw UsageError("input '" + args.words[i + 1] + "': index " + std::to_string(input.index),
                       "use an index from 0 to " + std::to_string(part.size() - 1));
    const NoGrad off;
    const auto order = ranked(loaded.model(part.get({input.index}).x), 0);
    Value one = Value::object(), list = Value::array();
    one.set("input", args.words[i + 1]);
    one.set("class", class_name(loaded.info, order[0].label));
    one.set("probability", order[0].probability);
    for (std::size_t k = 0; k < std::min<std::size_t>(order.size(), static_cast<std::size_t>(top)); ++k) {
      Value entry = Value::object();
      entry.set("class", class_name(loaded.info, order[k].label));
      entry.set("probability", order[k].probability);
      list.push_back(entry);
    }
    if (!args.quiet) {
      draw_predictions(people, loaded.model, loaded.info, part.subset(input.index, 1), 1);
      for (const Value& entry : list.as_array())
        people << "  " << fixed(entry.find("probability")->as_double() * 100, 2) << "%  "
               << entry.find("class")->as_string() << "\n";
    }
    one.set("top", list);
    predictions.push_back(one);
  }
  Value value = Value::object();
  value.set("predictions", predictions);
  if (args.json) std::cout << to_json(value) << "\n";
  return 0;
}

}  // namespace percept::cli
