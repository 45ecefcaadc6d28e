// verbs.h - the verbs of the command line. Each takes the arguments apart, calls the library, and prints.
#pragma once
#include <string_view>
#include <vector>

#include "args.h"
#include "percept/data/datasets.h"

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

int print_findings(const Args& args, const std::vector<Finding>& findings);
// Takes `threads` out of the settings and applies it.
void apply_threads(Args& args);

}  // namespace percept::cli
