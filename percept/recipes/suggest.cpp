// suggest.cpp - rules of thumb, each with its reason.
#include "percept/recipes/suggest.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <filesystem>

#include "percept/base/options.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/colorful.h"
#include "percept/recipes/data.h"
#include "percept/recipes/overrides.h"

namespace percept {
namespace {

constexpr double kValidation = 0.1;
// Tables of fewer training rows are learned by heart before the last epoch: iris and auto-mpg gained by an early end,
// California's 16,512 rows did not.
constexpr std::int64_t kFewRows = 2000;

// What the rules look at.
struct Facts {
  Shape sample;
  std::int64_t samples = 0;  // of the training part
  std::int64_t classes = 0;  // 0: the target is a number
  bool table = false;
  bool text = false;
  bool colors = false;      // of pictures
  bool bytes = false;       // of pictures: 0 to 255, as in files
  bool validation = false;  // there is a part of its own to look at between epochs
};

Value layer(const char* type, std::initializer_list<std::pair<const char*, Value>> options = {}) {
  Value table = Value::object();
  table.set("type", type);
  for (const auto& [key, value] : options) table.set(key, value);
  return table;
}

std::int64_t rounded(double value) { return static_cast<std::int64_t>(std::llround(value)); }

class Rules {
 public:
  Rules(const Facts& facts, Value& tree) : facts_(facts), tree_(tree) {}
  std::vector<std::string> reasons;

  void pictures() {
    const std::int64_t side = std::min(facts_.sample[1], facts_.sample[2]);
    // Halved until about 4 pixels are left: each stage then sees twice as far.
    const int stages = std::clamp(static_cast<int>(std::bit_width(static_cast<std::uint64_t>(side / 3))) - 1, 1, 5);
    const bool large = side > 64;
    std::int64_t width = large ? 16 : 32;
    Value layers = Value::array();
    std::vector<std::int64_t> widths;
    for (int stage = 0; stage < stages; ++stage) {
      widths.push_back(width);
      layers.push_back(layer("Conv2d", {{"out_channels", width}, {"kernel_size", 3}, {"padding", 1}, {"bias", false}}));
      layers.push_back(layer("BatchNorm2d"));
      layers.push_back(layer("ReLU"));
      if (side >> stage >= 2) layers.push_back(layer("MaxPool2d", {{"kernel_size", 2}}));
      width = std::min<std::int64_t>(2 * width, 128);
    }
    layers.push_back(large ? layer("GlobalAvgPool") : layer("Flatten"));
    layers.push_back(layer("Dropout", {{"rate", large ? 0.2 : 0.4}}));
    layers.push_back(layer("Linear", {{"out_features", std::max<std::int64_t>(facts_.classes, 1)}}));
    if (set("model", "layers", layers))
      say("pictures of " + number(facts_.sample[1]) + " x " + number(facts_.sample[2]) + ": " + number(stages) +
          " stages of convolution, normalisation and pooling with " + join(widths) + " channels");
    if (!facts_.bytes)
      say("the pictures' numbers are taken as they are; the first normalisation does the rest");
    else if (set("preprocess", "scale", 255.0))
      say("bytes become numbers from 0 to 1; the first normalisation does the rest");
    augment();
    const std::int64_t epochs =
        std::clamp<std::int64_t>(rounded(350'000.0 / static_cast<double>(facts_.samples)), 5, 60);
    training(epochs, facts_.samples < 2000 ? 16 : facts_.samples < 20'000 ? 64 : 128, 2e-3);
  }

  void rows() {
    const bool few = facts_.samples < kFewRows;
    const std::int64_t width = few ? 64 : 128;
    Value layers = Value::array();
    if (!facts_.table) layers.push_back(layer("BatchNorm1d"));  // nothing is known of the columns' scale
    for (int i = 0; i < 2; ++i) {
      layers.push_back(layer("Linear", {{"out_features", width}}));
      layers.push_back(layer("ReLU"));
    }
    layers.push_back(layer("Linear", {{"out_features", std::max<std::int64_t>(facts_.classes, 1)}}));
    if (set("model", "layers", layers))
      say(number(facts_.sample[0]) + " features of " + with_thousands(facts_.samples) +
          " training rows: two hidden layers of " + number(width));
    const std::int64_t epochs =
        std::clamp<std::int64_t>(rounded(1'000'000.0 / static_cast<double>(facts_.samples)), 20, 100);
    training(epochs, facts_.samples < 300 ? 8 : few ? 16 : 128, 3e-3);
    if (facts_.table && few) stop_early();
  }

  // A network of n-grams: Bengio, Ducharme, Vincent, Jauvin 2003, "A neural probabilistic language model".
  void text(bool cut) {
    constexpr std::int64_t kVector = 32, kWidth = 512;
    Value layers = Value::array();
    layers.push_back(layer("Embedding", {{"num_embeddings", facts_.classes}, {"embedding_dim", kVector}}));
    layers.push_back(layer("Flatten"));
    layers.push_back(layer("Linear", {{"out_features", kWidth}}));
    layers.push_back(layer("ReLU"));
    layers.push_back(layer("Dropout", {{"rate", 0.2}}));
    layers.push_back(layer("Linear", {{"out_features", facts_.classes}}));
    if (set("model", "layers", layers))
      say("text: which of " + with_thousands(facts_.classes) + " tokens comes behind " + number(facts_.sample[0]) +
          " others; each becomes " + number(kVector) + " numbers, one hidden layer of " + number(kWidth) +
          " sees them all");
    set("train", "metrics", Value(Value::Array{Value("accuracy"), Value("perplexity")}));
    if (cut && set("data", "test_split", 0.1))
      say("the last tenth of the text is the test part: text is cut by position, not drawn");
    const std::int64_t epochs =
        std::clamp<std::int64_t>(rounded(4'000'000.0 / static_cast<double>(facts_.samples)), 1, 30);
    training(epochs, facts_.samples < 20'000 ? 32 : 256, 3e-3);
  }

  void held_out(const Source& source) {
    if (source.has_test() || !set("data", "test_split", 0.2)) return;
    say(std::string("there is no test part: a fifth, drawn once") +
        (facts_.classes > 0 ? " with each class in its proportion" : "") + ", is held out and never trained on");
  }

 private:
  void say(std::string reason) { reasons.push_back(std::move(reason)); }
  // Whether it was open: the user's own word stays.
  bool set(const char* section, const char* key, Value value) {
    Value* table = tree_.find(section);
    if (table == nullptr) table = &tree_.set(section, Value::object());
    if (table->find(key) != nullptr) return false;
    table->set(key, std::move(value));
    return true;
  }

  void augment() {
    Value steps = Value::array();
    if (facts_.colors) steps.push_back(layer("horizontal_flip"));
    for (Value step : {layer("rotate", {{"degrees", 10}}), layer("zoom", {{"scale", 0.1}}),
                       layer("shift", {{"height", 0.1}, {"width", 0.1}})}) {
      step.set("fill_mode", "replicate");  // the edge goes on: no new lines for the network to learn
      steps.push_back(step);
    }
    if (!set("augment", "steps", steps)) return;
    say(facts_.colors
            ? "training pictures are turned, zoomed and shifted a little, and mirrored, since they are in colour as "
              "photographs are; where left and right matter (text, signs, hands) take horizontal_flip out of "
              "augment.steps"
            : "training pictures are turned, zoomed and shifted a little; not mirrored, since they are grey, and signs "
              "and digits may then mean something else; where they do not, add horizontal_flip to augment.steps");
  }

  std::string there(const char* section, const char* key) const {
    const Value* value = tree_.find(section)->find(key);
    return value != nullptr ? to_text(*value) : "no " + std::string(key);
  }

  void training(std::int64_t epochs, std::int64_t batch_size, double learning_rate) {
    const bool classes = facts_.classes > 0;
    set("loss", "type", classes ? "cross_entropy" : "mse");
    set("optimizer", "type", "AdamW");
    set("optimizer", "learning_rate", learning_rate);
    set("schedule", "type", "one_cycle");
    set("train", "epochs", epochs);
    set("train", "batch_size", batch_size);
    // What stands there now may be the user's own.
    const bool steps = tree_.find("train")->find("steps") != nullptr;
    say((steps ? there("train", "steps") + " steps" : there("train", "epochs") + " epochs") + " of batches of " +
        there("train", "batch_size") + ", " + there("optimizer", "type") + " with " + there("schedule", "type") +
        " and a learning rate of " + there("optimizer", "learning_rate") +
        (there("loss", "type") == "mse" ? "; the mean square of the error goes down" : ""));
    if (!facts_.validation && tree_.find("data")->find("validation") == nullptr &&
        set("data", "validation_split", kValidation))
      say("a tenth of the training part is looked at after every epoch and not trained on");
  }

  void stop_early() {
    constexpr std::int64_t kPatience = 20;
    const Value* split = tree_.find("data")->find("validation_split");
    if (!facts_.validation && tree_.find("data")->find("validation") == nullptr && split->as_double() == 0) return;
    Value callbacks = Value::array();
    callbacks.push_back(layer("EarlyStopping", {{"patience", kPatience}, {"restore_best_weights", true}}));
    if (set("train", "callbacks", callbacks))
      say("few rows are soon learned by heart: the weights of the epoch with the lowest validation loss are kept, and "
          "training ends after " +
          number(kPatience) + " epochs without a lower one (EarlyStopping)");
  }

  const Facts& facts_;
  Value& tree_;
};

// Letters, digits, '_', '-', '.' of the path's last name.
std::string name_from(const std::string& source) {
  std::filesystem::path path = source.starts_with("data:") ? source.substr(5) : source;
  if (path.filename().empty()) path = path.parent_path();
  if (path.extension() == ".gz") path = path.stem();
  std::string name = path.stem().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-') c = '_';
  name = name.substr(0, 40);
  return name.empty() || name.find_first_not_of('_') == std::string::npos ? "model" : name;
}

// The parts as training will have them, but for the validation part.
DataParts parts_of(const Source& source, DataSection data) {
  const double validation = data.validation_split > 0 ? data.validation_split : kValidation;
  if (!source.has_test() && data.test_split == 0) data.test_split = 0.2;
  data.validation_split = 0;
  DataParts parts = cut_data(source, data);
  if (!parts.preprocess.text || !data.validation.empty()) return parts;
  data.validation_split = validation;  // the vocabulary is that of what will be trained on
  return cut_data(source, data);
}

Facts facts_of(const Source& source, const DataParts& parts) {
  Facts facts;  // member by member, as in train_on: reading pictures may throw
  facts.sample = parts.train.sample_shape();
  facts.samples = parts.train.size();
  facts.classes = static_cast<std::int64_t>(parts.train.class_names().size());
  facts.table = parts.preprocess.table.has_value();
  facts.text = parts.preprocess.text.has_value();
  facts.colors = colorful(parts.train);
  facts.bytes = parts.preprocess.picture || parts.train.get({0}).x.dtype() == DType::u8;
  facts.validation = source.has_validation();
  return facts;
}

}  // namespace

Suggestion suggest_recipe(const std::string& source, const std::vector<std::string>& settings) {
  Value tree = Value::object();
  tree.set("name", name_from(source));
  tree.set("description", "chosen for " + source);
  Value data = Value::object();
  data.set("source", source);
  tree.set("data", data);
  apply_overrides(tree, settings);
  const auto [looked, preprocess] = data_settings(tree);
  const auto open = open_source(looked, preprocess);
  const Facts facts = facts_of(*open, parts_of(*open, looked));
  Rules rules(facts, tree);
  rules.held_out(*open);
  facts.text ? rules.text(looked.test.empty()) : facts.sample.rank() == 3 ? rules.pictures() : rules.rows();
  std::vector<std::string> comments{"Chosen by a look at " + source + ":"};
  for (const std::string& reason : rules.reasons) comments.push_back(" - " + reason);
  std::string toml;
  for (const std::string& line : comments) toml += toml_comment(line);
  toml += "\n" + to_toml(tree);
  Recipe recipe = parse_recipe(toml, "the recipe chosen for " + printable(source), settings);
  recipe.comments = std::move(comments);
  return {.recipe = std::move(recipe), .toml = std::move(toml), .reasons = std::move(rules.reasons)};
}

}  // namespace percept
