// train.cpp - the verb train.
#include <csignal>
#include <iostream>

#include "draw.h"
#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/recipes/run.h"
#include "percept/train/progress_bar.h"
#include "verbs.h"

namespace percept::cli {
namespace {

// What sections 10 and 11 of the design give to `train` later.
void refuse_what_is_to_come(Args& args) {
  for (const char* key : {"resume", "check", "dry_run", "folds"})
    if (args.has(key)) throw UsageError(std::string(key) + "= is not in this version of Percept", "remove it");
}

// The signal that asked for an end, 0 for none. The first lets the step finish and the model be saved; the next one
// ends the process as it would any other.
volatile std::sig_atomic_t asked_to_end = 0;
extern "C" void ask_to_end(int signal) {
  asked_to_end = signal;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}
// Unless whoever started the program wants it ignored, as nohup does.
void listen_for(int signal) {
  if (std::signal(signal, ask_to_end) == SIG_IGN) std::signal(signal, SIG_IGN);
}
struct EndWhenAsked {
  bool* ended;
  void on_step(Progress& at) {
    *ended = asked_to_end != 0 && at.step < at.total_steps;
    at.stop = at.stop || *ended;
  }
};

}  // namespace

int train(Args& args) {
  refuse_what_is_to_come(args);
  args.expect_words(1, 1, "percept train RECIPE [key=value]...");
  apply_threads(args);
  RunOptions options;
  options.out = args.take("out", "runs");
  options.num_workers = static_cast<int>(args.take_int("num_workers", 1, 0, 256));
  const Recipe recipe = find_recipe(args.words[0], args.rest());
  // Under --json the last line of stdout is the object; everything for people goes to stderr.
  std::ostream& people = args.json ? std::cerr : std::cout;
  if (!args.quiet) {
    options.callbacks = {ProgressBar{people}};
    options.say = [&](const std::string& line) { people << line << std::endl; };
  }
  bool ended = false;
  options.callbacks.push_back(EndWhenAsked{&ended});
  listen_for(SIGINT);
  listen_for(SIGTERM);
  const RunResult result = run_recipe(recipe, options);
  if (!args.quiet) {
    people << "\n" << class_table(result.confusion) << "\n";
    draw_predictions(people, result.model, result.info, result.test, 4);
    people << "model " << result.model_file.string() << "\nrun   " << result.folder.string() << "\n";
    people << "again: percept predict " << result.model_file.string() << " " << recipe.data.source << ":test:0\n";
  }
  if (args.json) std::cout << to_json(result.to_value()) << "\n";
  if (!ended) return 0;
  std::cerr << "stopped by signal " << asked_to_end << " after step " << result.history.steps
            << "; the model is saved as it was then\n";
  return 128 + static_cast<int>(asked_to_end);
}

}  // namespace percept::cli
