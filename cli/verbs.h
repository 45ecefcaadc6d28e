// verbs.h - the verbs of the command line. Each takes the arguments apart, calls the library, and prints.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "args.h"
#include "percept/data/datasets.h"
#include "percept/recipes/recipe.h"

namespace percept::cli {

struct Verb {
  std::string_view name;
  std::string_view usage;  // one line
  std::string_view help;   // what `--help` adds
  int (*run)(Args& args);
};

int train(Args& args);
int evaluate(Args& args);
int predict(Args& args);
int summary(Args& args);
int recipes(Args& args);
int datasets(Args& args);
int doctor(Args& args);
int explain(Args& args);
int check_op(Args& args);
int bench(Args& args);
int plan(Args& args);
int profile(Args& args);
int init(Args& args);
int augment(Args& args);
int lr_find(Args& args);

// The recipe that the first word names, or the one that suits the data it names; `say` hears why.
Recipe recipe_or_suggestion(const Args& args, const std::function<void(const std::string&)>& say);

// Prints lines for people where this call wants them, control characters made visible; empty under --quiet.
std::function<void(const std::string&)> line_printer(const Args& args);

int print_findings(const Args& args, const std::vector<Finding>& findings);
// Takes `threads` out of the settings and applies it.
void apply_threads(Args& args);
// Takes `precision`. UsageError for an unknown one, DeviceError for one that this machine has not.
ProductPrecision take_precision(Args& args);

}  // namespace percept::cli
