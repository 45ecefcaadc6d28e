// suggest.cpp - rules of thumb, each with its reason.
#include "percept/recipes/suggest.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cmath>
#include <filesystem>

#include "percept/base/options.h"
#include "percept/base/text.h"
#include "percept/recipes/data.h"
#include "percept/recipes/overrides.h"

namespace percept {
namespace {

constexpr double kValidation = 0.1;

// What the rules look at.
struct Facts {
  Shape sample;
  std::int64_t samples = 0;  // of the training part
  std::int64_t classes = 0;  // 0: the target is a number
  bool table = false;
  bool text = false;
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
    set("model", "layers", layers);
    say("pictures of " + number(facts_.sample[1]) + " x " + number(facts_.sample[2]) + ": " + number(stages) +
        " stages of convolution, normalisation and pooling with " + join(widths) + " channels");
    if (facts_.bytes) set("preprocess", "scale", 255.0);
    say(facts_.bytes ? "bytes become numbers from 0 to 1; the first normalisation does the rest"
                     : "the pictures' numbers are taken as they are; the first normalisation does the rest");
    augment(large);
    const std::int64_t epochs =
        std::clamp<std::int64_t>(rounded(350'000.0 / static_cast<double>(facts_.samples)), 5, 60);
    training(epochs, facts_.samples < 2000 ? 16 : facts_.samples < 20'000 ? 64 : 128, 2e-3);
  }

  void rows() {
    const std::int64_t width = facts_.samples < 2000 ? 64 : 128;
    Value layers = Value::array();
    if (!facts_.table) layers.push_back(layer("BatchNorm1d"));  // nothing is known of the columns' scale
    for (int i = 0; i < 2; ++i) {
      layers.push_back(layer("Linear", {{"out_features", width}}));
      layers.push_back(layer("ReLU"));
    }
    layers.push_back(layer("Linear", {{"out_features", std::max<std::int64_t>(facts_.classes, 1)}}));
    set("model", "layers", layers);
    say(number(facts_.sample[0]) + " features of " + with_thousands(facts_.samples) +
        " training rows: two hidden layers of " + number(width));
    const std::int64_t epochs =
        std::clamp<std::int64_t>(rounded(1'000'000.0 / static_cast<double>(facts_.samples)), 20, 100);
    training(epochs, facts_.samples < 300 ? 8 : facts_.samples < 2000 ? 16 : 128, 3e-3);
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
    set("model", "layers", layers);
    say("text: which of " + with_thousands(facts_.classes) + " tokens comes behind " + number(facts_.sample[0]) +
        " others; each becomes " + number(kVector) + " numbers, one hidden layer of " + number(kWidth) +
        " sees them all");
    set("train", "metrics", Value(Value::Array{Value("accuracy"), Value("perplexity")}));
    if (cut) {
      set("data", "test_split", 0.1);
      say("the last tenth of the text is the test part: text is cut by position, not drawn");
    }
    const std::int64_t epochs =
        std::clamp<std::int64_t>(rounded(4'000'000.0 / static_cast<double>(facts_.samples)), 1, 30);
    training(epochs, facts_.samples < 20'000 ? 32 : 256, 3e-3);
  }

  void held_out(const Source& source, bool given) {
    if (source.has_test() || given) return;
    set("data", "test_split", 0.2);
    say(std::string("there is no test part: a fifth, drawn once") +
        (facts_.classes > 0 ? " with each class in its proportion" : "") + ", is held out and never trained on");
  }

 private:
  void say(std::string reason) { reasons.push_back(std::move(reason)); }
  void set(const char* section, const char* key, Value value) {
    Value* table = tree_.find(section);
    if (table == nullptr) table = &tree_.set(section, Value::object());
    if (table->find(key) == nullptr) table->set(key, std::move(value));
  }

  void augment(bool photographs) {
    Value steps = Value::array();
    if (photographs) steps.push_back(layer("horizontal_flip"));
    for (Value step : {layer("rotate", {{"degrees", 10}}), layer("zoom", {{"scale", 0.1}}),
                       layer("shift", {{"height", 0.1}, {"width", 0.1}})}) {
      step.set("fill_mode", "replicate");  // the edge goes on: no new lines for the network to learn
      steps.push_back(step);
    }
    set("augment", "steps", steps);
    say(photographs ? "training pictures are mirrored, turned, zoomed and shifted a little"
                    : "training pictures are turned, zoomed and shifted a little; not mirrored, which may change what "
                      "small signs mean");
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
    say(there("train", "epochs") + " epochs of batches of " + there("train", "batch_size") + ", " +
        there("optimizer", "type") + " with " + there("schedule", "type") + " and a learning rate of " +
        there("optimizer", "learning_rate") + (classes ? "" : "; the mean square of the error goes down"));
    if (facts_.validation || tree_.find("data")->find("validation") != nullptr ||
        tree_.find("data")->find("validation_split") != nullptr)
      return;
    set("data", "validation_split", kValidation);
    say("a tenth of the training part is looked at after every epoch and not trained on");
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

template <class Section>
Section section_of(const Value& tree, const char* name) {
  Section section{};
  if (const Value* table = tree.find(name)) from_value(*table, section, name);
  return section;
}

}  // namespace

Suggestion suggest_recipe(const std::string& source, const std::vector<std::string>& settings) {
  Value tree = Value::object();
  const std::string name = name_from(source);
  tree.set("name", name);
  tree.set("description", "chosen for " + source);
  Value data = Value::object();
  data.set("source", source);
  tree.set("data", data);
  apply_overrides(tree, settings);
  DataSection looked = section_of<DataSection>(tree, "data");
  const auto open = open_source(looked, section_of<PreprocessSection>(tree, "preprocess"));
  if (!open->has_test() && looked.test_split == 0) looked.test_split = 0.2;
  looked.validation_split = 0;
  DataParts parts = cut_data(*open, looked);
  if (parts.preprocess.text && looked.validation.empty()) {  // the vocabulary is that of what will be trained on
    const double given = section_of<DataSection>(tree, "data").validation_split;
    looked.validation_split = given > 0 ? given : kValidation;
    parts = cut_data(*open, looked);
  }
  const Facts facts{.sample = parts.train.sample_shape(),
                    .samples = parts.train.size(),
                    .classes = static_cast<std::int64_t>(parts.train.class_names().size()),
                    .table = parts.preprocess.table.has_value(),
                    .text = parts.preprocess.text.has_value(),
                    .bytes = parts.preprocess.picture || parts.train.get({0}).x.dtype() == DType::u8,
                    .validation = open->has_validation()};
  Rules rules(facts, tree);
  rules.held_out(*open, tree.find("data")->find("test_split") != nullptr);
  facts.text ? rules.text(looked.test.empty()) : facts.sample.rank() == 3 ? rules.pictures() : rules.rows();
  std::string toml = "# Chosen by a look at " + source + ":\n";
  for (const std::string& reason : rules.reasons) toml += "#  - " + reason + "\n";
  return {name, toml + "\n" + to_toml(tree), rules.reasons};
}

}  // namespace percept
