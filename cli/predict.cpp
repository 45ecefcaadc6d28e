// predict.cpp - the verb predict: what a model makes of files, tables and samples of data sets.
#include <iostream>
#include <limits>
#include <optional>
#include <span>

#include "answers.h"
#include "models.h"
#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/recipes/text_input.h"
#include "verbs.h"

namespace percept::cli {
namespace {

constexpr std::size_t kDrawn = 4;  // pictures drawn in the terminal, at most

// What a model of text goes on with; {"input", "text"}.
int generate(Args& args, const LoadedModel& loaded, std::span<const std::string> inputs,
             const GenerateOptions& options) {
  Value texts = Value::array();
  for (const std::string& input : inputs) {
    const std::string text = generate_text(loaded, input, options);
    if (!args.quiet) (args.json ? std::cerr : std::cout) << printable(text, text.size(), true) << "\n";
    Value one = Value::object();
    one.set("input", input);
    one.set("text", text);
    texts.push_back(one);
  }
  Value value = Value::object();
  value.set("texts", texts);
  if (args.json) std::cout << to_json(value) << "\n";
  return 0;
}

struct PredictOptions {
  std::int64_t top = 3;
  int num_workers = 1;
  std::optional<std::string> file;
  std::string identifier;
  bool with_probability = true;
};

int answer(Args& args, const std::vector<LoadedModel>& models, std::span<const std::string> inputs,
           const PredictOptions& options) {
  const Ensemble ensemble(models);
  const ModelInfo& info = ensemble.info();
  std::optional<AnswerFile> file;
  if (options.file) file.emplace(*options.file, args.words, options.with_probability);
  const bool say = !args.quiet && !file;
  Value predictions = Value::array();
  std::ostream& people = args.json ? std::cerr : std::cout;
  for (const std::string& word : inputs) {
    const ModelInput input = read_input(info, word, options.identifier);
    const bool one = input.data.size() == 1;
    if (say && one && inputs.size() <= kDrawn) draw_predictions(people, ensemble, info, input.data, 1, input.labelled);
    Answers answers = answers_to(ensemble, input, options.top, options.num_workers);
    if (say && one && inputs.size() == 1 && !info.class_names.empty())
      print_top(people, info, answers.list[0]);
    else if (say)
      print(people, info, answers, inputs.size() > 1);
    if (args.json) append_json(predictions, info, answers);
    if (file) file->add(std::move(answers));
  }
  Value value = Value::object();
  value.set("predictions", predictions);
  if (file) {
    const std::int64_t rows = file->save(info);
    if (!args.quiet) people << "wrote " << with_thousands(rows) << " rows to " << printable(*options.file) << "\n";
    value.set("file", *options.file);
  }
  if (args.json) std::cout << to_json(value) << "\n";
  return 0;
}

}  // namespace

int predict(Args& args) {
  constexpr const char* kUsage = "percept predict MODEL... INPUT... [file=NAME.csv]";
  args.expect_words(2, 1'000'000, kUsage);
  apply_threads(args);
  PredictOptions options;
  options.top = args.take_int("top", 3, 1, 1000);
  options.num_workers = static_cast<int>(args.take_int("num_workers", 1, 0, 256));
  if (args.has("file")) options.file = args.take("file");
  options.identifier = args.take("id");
  options.with_probability = args.take_bool("probability", true);
  GenerateOptions text{.count = args.take_int("generate", 0, 0, 1'000'000)};
  if (text.count > 0) {
    text.temperature = args.take_number("temperature", 0, 0, 100);
    text.seed = static_cast<std::uint64_t>(args.take_int("seed", 0, 0, std::numeric_limits<std::int64_t>::max()));
  }
  const PrecisionScope precision(take_precision(args));
  args.finish(
      {"top", "threads", "precision", "num_workers", "file", "id", "probability", "generate", "temperature", "seed"});
  const std::size_t models = count_models(args.words);
  const auto inputs = std::span<const std::string>(args.words).subspan(models);
  if (inputs.empty())
    throw UsageError("`percept predict` was given " + number(models) + " models and no input",
                     std::string("usage: ") + kUsage);
  if (text.count > 0 && (models > 1 || options.file))
    throw UsageError(models > 1 ? "generate=" + number(text.count) + " with " + number(models) + " models"
                                : "generate=" + number(text.count) + " with file=" + *options.file,
                     models > 1 ? "one model goes on with a text" : "read the text from --json");
  const auto loaded = load_models(std::span<const std::string>(args.words).first(models));
  return text.count > 0 ? generate(args, loaded[0], inputs, text) : answer(args, loaded, inputs, options);
}

}  // namespace percept::cli
