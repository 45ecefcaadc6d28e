// main.cpp - the program: finds the verb, runs it, and turns errors into messages and exit codes.
#include <csignal>
#include <cstdio>
#include <iostream>
#include <new>

#include "percept/base/error.h"
#include "percept/base/log.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/base/thread_pool.h"
#include "percept/ops/products.h"
#include "percept/train/progress_bar.h"
#include "percept/version.h"
#include "verbs.h"

namespace percept::cli {
namespace {

constexpr Verb kVerbs[] = {
    {"train", "percept train RECIPE|DATA [key=value]...",
     "Trains what a recipe describes (a .toml file or a name of `percept recipes`), or, given data alone (a folder of\n"
     "pictures, a table, ...), what suits them; tests it, and leaves a run folder with the model, the resolved recipe,\n"
     "metrics.csv, result.json and log.txt.\n"
     "  target=COLUMN  of a table, what to tell from the other columns\n"
     "  data.header=   of a table, whether its first line names the columns: yes, no (default auto: a guess)\n"
     "  folds=K        cross-validation in place of one training\n"
     "  epochs= steps= batch_size= seed= learning_rate= data=   and every other key of a recipe: optimizer.type=Adam\n"
     "  precision=bf16 convolutions and matrix products of numbers rounded to bf16, faster where the processor has the\n"
     "                 instructions (default f32; bf16_rounded: the same numbers anywhere, slower)\n"
     "  threads=N      threads that compute (default: what affinity and cgroup allow); the same bits for any number\n"
     "  num_workers=N  threads that fetch batches ahead (default 1); the same bits for any number\n"
     "  out=DIR        where run folders go (default runs)\n",
     train},
    {"evaluate", "percept evaluate MODEL... [data=SOURCE] [split=test]",
     "The loss, the metrics and the per-class table of a saved model (a file, or a run folder that holds one); several\n"
     "are averaged: their probabilities, or their numbers.\n"
     "  data=SOURCE    a data set by name, a folder of pictures, a table, ... (default: the data set\n"
     "                 by name it was trained on)\n"
     "  split=test     or train, val (the part that training looked at between epochs), all\n"
     "  tta=N          the mean of N views of each sample, changed as the training's augmentation did\n"
     "  precision=f32  or bf16, bf16_rounded: of convolutions and matrix products\n  threads=N\n",
     evaluate},
    {"predict", "percept predict MODEL... INPUT... [file=NAME.csv]",
     "What a saved model (a file, or a run folder that holds one; several are averaged) makes of inputs: PNG and JPEG\n"
     "files, folders of them, tables (.csv), arrays (.npy), or NAME:test:INDEX and NAME:train:INDEX, a sample of a data\n"
     "set (fashion_mnist:test:0); for models of text 'text:TO BE OR' and .txt files, whose next token is told.\n"
     "  file=NAME.csv  writes the answers instead: of a table its rows' identifiers (or numbers, from 1), what is told\n"
     "                 under the target's name, and for classes the probability, which probability=false leaves out\n"
     "  id=COLUMN      of a table, which column tells its rows apart (default: one called id, PassengerId, user_id, ...\n"
     "                 or a first one that the model does not look at)\n"
     "  top=K          how many classes to list (default 3)\n"
     "  generate=N     go on with N tokens; temperature=0.8 draws them (default 0: the most probable), seed=0\n"
     "  precision=f32  or bf16, bf16_rounded: of convolutions and matrix products\n  threads=N\n",
     predict},
    {"init", "percept init DATA [file=NAME.toml]",
     "Looks at data and writes the recipe that `percept train DATA` would use, without training.\n"
     "  target=COLUMN  what to tell from the other columns of a table\n"
     "  data.header=   of a table, whether its first line names the columns: yes, no (default auto: a guess)\n"
     "  and every other key of a recipe\n",
     init},
    {"augment", "percept augment RECIPE|DATA [file=augment.png]",
     "A sheet of pictures (PNG) as training will see them: each row a sample, as it is and in later epochs.\n"
     "  rows=8 columns=8 threads=N   and the keys of a recipe\n",
     augment},
    {"lr-find", "percept lr-find RECIPE|DATA [file=lr_find.csv]",
     "Trains a few steps at growing learning rates and says which one suits (Smith 2017); nothing is kept.\n"
     "  from=1e-7 to=10 points=100 threads=N   and the keys of a recipe\n",
     lr_find},
    {"summary", "percept summary ITEM|RECIPE|MODEL",
     "The layers, output shapes and parameters of a benchmark item, a recipe or a saved model (file, run folder).\n",
     summary},
    {"recipes", "percept recipes [NAME]", "The recipes that come with the program; with a name, its text.\n", recipes},
    {"datasets", "percept datasets list | check NAME|DATA | get NAME | export NAME DIR",
     "The known data sets and where they were found; `check` looks into the files, and into\n"
     "data of one's own as `doctor` does; `export` writes PNG files in folders of their classes, or tables.\n"
     "  format=png     or csv\n  split=all      or train, test\n  limit=N        samples of each part, at most\n",
     datasets},
    {"doctor", "percept doctor [DATA [key=value]...]",
     "This machine and build: devices, instruction sets, backends, and which kernel serves\neach op; with a data set,\n"
     "a folder of pictures, a table, ...: what is in them, and what cannot be read.\n"
     "  target=COLUMN data.header=yes|no   of a table; and the other keys of [data] and [preprocess]\n",
     doctor},
    {"explain", "percept explain [NAME]",
     "What an op, layer, optimizer, schedule or loss does; without a name, the list.\n", explain},
    {"check-op", "percept check-op [OP]",
     "Runs every kernel of an op (or of all) against its reference on this machine.\n", check_op},
    {"bench", "percept bench ITEM|RECIPE [seconds=3]",
     "Times steps on one fixed synthetic batch, after three that are not timed.\n"
     "Items: a_softmax b_mlp5 c_psc_cnn d_mnist_cnn e_lenet5 f_resnet20 f_resnet18 f_vgg16.\n"
     "  mode=train     forward, loss, backward, update; mode=infer: forward only\n"
     "  capture=true   the step as one plan; false: eager\n"
     "  precision=f32  or bf16, bf16_rounded\n"
     "  seconds=S steps=N threads=N batch_size=N   and the other keys of a recipe (optimizer.type=SGD)\n",
     bench},
    {"plan", "percept plan ITEM|RECIPE [batch_size=N]",
     "What a captured step will do, before it runs: every call with kernel, layout, FLOPs, bytes and its share of\n"
     "the time at this machine's measured best, the fused ones by their rows, and the memory.\n"
     "  mode=train     or mode=infer\n"
     "  dot=FILE.dot   the graph for Graphviz; svg=FILE.svg: as a picture\n"
     "  threads=N batch_size=N precision=bf16   and the other keys of a recipe\n",
     plan},
    {"profile", "percept profile ITEM|RECIPE [steps=20]",
     "Where the time of a step goes: its calls, the longest first.\n"
     "  trace=FILE.json   every call of every step, for chrome://tracing and ui.perfetto.dev\n"
     "  mode=train        or mode=infer; capture=false: eager\n"
     "  top=30 threads=N batch_size=N precision=bf16   and the other keys of a recipe\n",
     profile},
};

void print_help(std::ostream& out) {
  out << "percept " << kVersion << " - deep learning without Python\n\nusage: percept VERB ARG... [key=value]...\n\n";
  for (const Verb& verb : kVerbs) out << "  " << verb.usage << "\n";
  out << "\n`percept VERB --help` says more. On every verb: --json (one object on the last line), --quiet, --verbose.\n"
         "Exit codes: 0 done, 1 failed, 2 how it was called, 3 what was read or written, 4 not a number, 5 out of "
         "memory.\n";
}

// A message may quote a name of megabytes from a file.
std::string shown(std::string_view message) { return printable(message, 4000, true); }

int exit_code(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::io:
    case ErrorKind::shape:
    case ErrorKind::dtype:
      return 3;
    case ErrorKind::not_a_number:
      return 4;
    case ErrorKind::out_of_memory:
      return 5;
    case ErrorKind::value:
    case ErrorKind::device:
      break;
  }
  return 1;
}

const Verb& find_verb(const std::string& name) {
  std::vector<std::string> names;
  for (const Verb& verb : kVerbs) {
    if (verb.name == name) return verb;
    names.emplace_back(verb.name);
  }
  const std::string close = nearest(name, names);
  throw UsageError("unknown verb '" + name + "'", (close.empty() ? "" : "did you mean '" + close + "'? ") +
                                                      std::string("known: ") + join(names, ", "));
}

void set_log(const Args& args) {
  // On a terminal in place of the bar that may stand there, which is drawn again on the next line.
  const std::string begin = is_terminal(std::cerr) ? "\r\x1b[K" : "";
  set_log_sink([quiet = args.quiet, begin](LogLevel level, std::string_view text) {
    if (!quiet || level == LogLevel::error) std::cerr << begin << shown(text) << "\n";
  });
  set_log_level(args.verbose ? LogLevel::debug : LogLevel::info);
}

int run(int count, const char* const* values) {
  Args args = parse_args(count, values);
  if (args.version) {
    std::cout << "percept " << kVersion << "\n";
    return 0;
  }
  if (args.verb.empty() || args.verb == "help") {
    print_help(args.verb.empty() && !args.help ? std::cerr : std::cout);
    return args.verb.empty() && !args.help ? 2 : 0;
  }
  const Verb& verb = find_verb(args.verb);
  if (args.help) {
    std::cout << "usage: " << verb.usage << "\n\n" << verb.help;
    return 0;
  }
  set_log(args);
  return verb.run(args);
}

}  // namespace

void apply_threads(Args& args) {
  if (args.has("threads")) set_num_threads(static_cast<int>(args.take_int("threads", 1, 1, 1024)));
}

ProductPrecision take_precision(Args& args) {
  const std::string word = args.take("precision", "f32");
  const auto precision = enum_value<ProductPrecision>(word);
  if (!precision) throw UsageError("precision is '" + word + "'", "use precision=f32, bf16 or bf16_rounded");
  require_precision(*precision);
  return *precision;
}

}  // namespace percept::cli

int main(int count, char** values) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that left is an error of write, not a death
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int code = percept::cli::run(count, values);
    std::cout.flush();
    if (!std::cout)
      throw percept::IoError("writing to the standard output failed", "is the disk full, or the reader gone?");
    return code;
  } catch (const percept::Error& error) {
    std::cerr << "error: " << percept::cli::shown(error.what()) << "\n";
    return percept::cli::exit_code(error);
  } catch (const std::bad_alloc&) {
    std::cerr << "error: out of memory\n  fix: use a smaller batch_size or a smaller model\n";
    return 5;
  } catch (const std::exception& error) {
    std::cerr << "error: " << percept::cli::shown(error.what()) << "\n";
    return 1;
  }
}
