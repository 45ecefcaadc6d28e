// recipe.h - a whole training as data: data, preprocessing, model, loss, optimizer, schedule, training.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "percept/core/precision.h"
#include "percept/data/augment/augment_record.h"
#include "percept/data/picture.h"
#include "percept/data/table_schema.h"
#include "percept/data/vocabulary.h"
#include "percept/metrics/metric_record.h"
#include "percept/nn/losses.h"
#include "percept/recipes/toml.h"

namespace percept {

struct DataSection {
  std::string source;           // a data set by name, or the path of a folder, a table, text... (recipes/source.h)
  std::string test = {};        // where the source has no test part: another path of its kind
  std::string validation = {};  // likewise; not together with validation_split
  double validation_split = 0;  // the last part before shuffling; drawn per class where samples lie sorted
  double test_split = 0;        // held out before that, drawn per class; only where there is no test part
  std::string target = {};      // of a table: the column to tell from the others
  std::string task = "auto";    // of tables and arrays: "classify", "regress", or by the target's values
  std::uint64_t seed = 0;       // of the parts that are drawn; not train.seed, so that runs are tested on the same
  std::vector<std::string> ignore = {};  // columns of a table that are not used
  std::string header = "auto";           // of tables: whether line 1 names the columns, "yes", "no", or by a guess
  bool skip_bad = false;            // leave out files that cannot be read, and say which; otherwise they end the run
  std::string level = "character";  // of raw text: "character" or "word" (data/text_tokens.h)
  std::int64_t context = 16;        // tokens that a sample shows; the one behind them is to be told
  std::int64_t stride = 1;          // tokens from one sample's begin to the next one's
  std::int64_t vocabulary = 0;      // ids at most, <unknown> among them; 0: all characters, 10,000 words
  bool lower_case = false;          // the letters A-Z are read as a-z
};

// How the target of a table was scaled: the model gives its output * std + mean.
struct TargetScale {
  double mean = 0, std = 1;
};

// Part of the saved model: how files become tensors, then x / scale, then (x - mean) / std per channel.
struct PreprocessSection {
  double scale = 1;
  std::vector<double> mean = {}, std = {};
  std::optional<PictureOptions> picture = {};
  std::optional<TableSchema> table = {};
  std::optional<TargetScale> target = {};
  std::optional<Vocabulary> text = {};
};

struct TrainSection {
  std::int64_t epochs = 1;
  std::int64_t steps = 0;  // above 0: exactly so many; epochs is then ignored
  std::int64_t batch_size = 32;
  std::uint64_t seed = 0;
  ProductPrecision precision = ProductPrecision::f32;  // of convolutions and matrix products, in training and its tests
  std::vector<Value> metrics = {};       // words or tables; none: accuracy for classes, r2 and mae for numbers
  std::vector<Value> callbacks = {};     // tables with a `type` (train/callback_record.h)
  std::vector<Value> regularizers = {};  // likewise (train/regularizers.h), added to the loss
  std::vector<Value> constraints = {};   // (train/constraints.h), applied after each update
  std::vector<double> class_weight = {};
  bool capture = true;  // the same bits either way
  std::string algorithm = "auto";
  std::int64_t micro_batches = 1;
  std::string on_nan = "stop";
  std::int64_t checkpoint_every = 0;
  bool nondeterministic = false;
  double clip_value = 0, clip_norm = 0, clip_global_norm = 0;  // 0: not clipped
};

struct Recipe {
  std::string name;
  std::string description = {};
  DataSection data = {};
  PreprocessSection preprocess = {};
  AugmentSection augment = {};
  std::vector<Value> layers = {};  // of [model]: tables with a `type`
  Value loss = {};                 // tables with a `type`
  Value optimizer = {};
  Value schedule = {};  // null: constant
  TrainSection train = {};
  TomlDocument source = {};                // the text it came from, for lines in messages
  std::vector<std::string> comments = {};  // lines above its text: why a look at the data chose it (suggest.h)
};

inline constexpr std::uint64_t kMaxRecipeBytes = 1 << 20;  // the largest in the tree has 2 KB

// UsageError naming file, line, key and the nearest known one; also for what this version does not have yet.
// `overrides`: "epochs=3", "train.batch_size=64", "model.layers[0].out_channels=8", as on the command line.
Recipe parse_recipe(std::string_view text, std::string_view name, const std::vector<std::string>& overrides = {});
// A recipe by name (those compiled in) or by path of a .toml file. UsageError for an unknown name, IoError for a file
// that cannot be read.
Recipe find_recipe(const std::string& name_or_path, const std::vector<std::string>& overrides = {});

bool is_recipe_name(std::string_view name);  // of those compiled in

// Every default written out; parse_recipe reads it back to the same recipe.
Value to_value(const Recipe& recipe);
// The same as TOML, below its comments: what a recipe's file holds.
std::string recipe_text(const Recipe& recipe);
// The layers as they are made: train.algorithm for each, however deep, that has one of its own at "auto".
std::vector<Value> layers_of(const Recipe& recipe);
// The two sections that travel with a model file: the same algorithms give the same bits wherever it is loaded.
Value architecture_of(const Recipe& recipe);

// The loss that a [loss] table describes.
LossFunction loss_of(const Value& table);
// What metrics take from it: whether the outputs are probabilities.
MetricDefaults metric_defaults(const Value& loss_table);
// A [loss] table as a model file keeps it: its name where all options are the usual ones, else TOML. And back.
std::string loss_text(const Value& table);
Value loss_table(const std::string& text);

// Whether "key" or "section.key" is one that parse_recipe takes as an override.
bool is_recipe_key(std::string_view key);
std::vector<std::string> recipe_keys();

}  // namespace percept
