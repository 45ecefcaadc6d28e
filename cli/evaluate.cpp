// evaluate.cpp - the verb evaluate: one model, or several as one.
#include <iostream>

#include "models.h"
#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/recipes/data.h"
#include "percept/recipes/evaluate.h"
#include "verbs.h"

namespace percept::cli {
namespace {

void check_fits(const ModelInfo& info, const ModelData& given) {
  if (given.data.sample_shape() != info.sample_shape)
    throw ShapeError("samples of " + given.source + " are " + str(given.data.sample_shape()) + ", the model takes " +
                         str(info.sample_shape),
                     "use data of the model's shape");
}

Evaluation evaluated(const std::vector<LoadedModel>& models, const ModelData& given, const EnsembleOptions& options) {
  try {
    return evaluate_models(models, given.data, options);
  } catch (const ValueError& error) {  // labels that the model has no output for
    throw IoError(given.source + ": " + error.problem(), error.fix());
  }
}

}  // namespace

int evaluate(Args& args) {
  args.expect_words(1, 1000, "percept evaluate MODEL... [data=SOURCE] [split=test] [tta=N]");
  apply_threads(args);
  std::string part = args.take("split");
  const std::string source = args.take("data");
  if (part == "val") part = "validation";
  const EnsembleOptions options{.tta = args.take_int("tta", 1, 1, 1000),
                                .num_workers = static_cast<int>(args.take_int("num_workers", 1, 0, 256))};
  const PrecisionScope precision(take_precision(args));
  args.finish({"data", "split", "threads", "precision", "tta", "num_workers"});
  const std::vector<LoadedModel> models = load_models(args.words);
  const ModelData given = data_for_model(models[0].info, source, part);
  check_fits(models[0].info, given);
  const Evaluation result = evaluated(models, given, options);
  // "all" of other data is a test as well.
  const std::string prefix = given.part == "all" && part.empty() ? "test" : given.part;
  std::ostream& people = args.json ? std::cerr : std::cout;
  if (!args.quiet) {
    people << with_thousands(given.data.size()) << " samples: "
           << (given.part == "all" ? "all of " + given.source + ", whatever of it the model was trained on"
                                   : "the " + given.part + " part of " + given.source)
           << "\n";
    if (result.confusion) people << class_table(*result.confusion) << "\n";
    for (const auto& [name, value] : result.values) people << prefix << " " << name << " " << fixed(value, 4) << "\n";
  }
  if (args.json) {
    Value value = Value::object();
    for (const auto& [name, number] : result.values) value.set(prefix + "_" + name, number);
    value.set("samples", given.data.size());
    value.set("model", args.words[0]);
    value.set("models", static_cast<std::int64_t>(models.size()));
    value.set("data", given.source);
    std::cout << to_json(value) << "\n";
  }
  return 0;
}

}  // namespace percept::cli
