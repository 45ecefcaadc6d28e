// answers.cpp - outputs to answers, and answers to lines and JSON.
#include "answers.h"

#include <algorithm>
#include <cmath>

#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/data_loader.h"

namespace percept::cli {
namespace {

constexpr std::int64_t kBatch = 256;
constexpr int kWidest = 60;  // columns; longer names push their own line only

// Digits behind the point that leave six in all of the largest number; -1: such numbers are not written so.
int digits_of(const Answers& answers) {
  double largest = 0;
  for (const Answer& answer : answers.list)
    for (const double value : answer.numbers) largest = std::max(largest, std::abs(value));
  if (!(largest < 1e9) || (largest < 1e-3 && largest > 0)) return -1;
  int digits = 6;
  for (double rest = largest; rest >= 1 && digits > 0; rest /= 10) --digits;
  return digits;
}

std::string shown(const Answer& answer, int digits) {
  std::vector<std::string> texts;
  for (const double value : answer.numbers)
    texts.push_back(digits < 0 || !std::isfinite(value) ? number(static_cast<float>(value)) : fixed(value, digits));
  return join(texts);
}

std::string percent(double probability) { return fixed(probability * 100, 2) + "%"; }

int widest(const std::vector<std::string>& texts) {
  int width = 0;
  for (const std::string& text : texts) width = std::max(width, std::min(display_width(text), kWidest));
  return width;
}

}  // namespace

Answers answers_to(const Ensemble& models, const ModelInput& input, std::int64_t top, int num_workers) {
  Answers answers{.key = input.key, .target = input.target, .names = input.names, .keys = input.keys, .list = {}};
  const bool classes = !models.info().class_names.empty();
  for (const Batch& batch : DataLoader(input.data, {.batch_size = kBatch, .num_workers = num_workers})) {
    const NoGrad off;
    const Tensor outputs = models(batch.x);
    if (!classes)
      for (std::int64_t row = 0; row < outputs.size(0); ++row)
        answers.list.push_back({.numbers = outputs[row].to_vector<double>(), .top = {}});
    if (classes)
      for (std::vector<Ranked>& row : ranked(models.info(), outputs)) {
        row.resize(std::min(row.size(), static_cast<std::size_t>(top)));
        answers.list.push_back({.numbers = {}, .top = std::move(row)});
      }
  }
  return answers;
}

void print(std::ostream& out, const ModelInfo& info, const Answers& answers, bool by_name) {
  const bool table = !answers.target.empty(), classes = !info.class_names.empty();
  std::vector<std::string> labels, told;
  if (table) {
    labels.push_back(printable(by_name ? "input" : answers.key));
    told.push_back(printable(answers.target));
  }
  const int digits = digits_of(answers);
  for (std::size_t i = 0; i < answers.list.size(); ++i) {
    const Answer& answer = answers.list[i];
    labels.push_back(printable(table && !by_name ? answers.keys[i] : answers.names[i], 4000));
    told.push_back(classes ? shown_class(info, answer.top[0].label) : shown(answer, digits));
  }
  const int first = widest(labels), second = widest(told);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    out << pad_right(labels[i], first) << "  ";
    if (!classes) out << pad_left(told[i], second) << "\n";
    if (!classes) continue;
    const bool header = table && i == 0;
    const std::string sure = header ? "" : percent(answers.list[i - (table ? 1 : 0)].top[0].probability);
    out << (header ? told[i] : pad_right(told[i], second) + "  " + pad_left(sure, 7)) << "\n";
  }
}

void print_top(std::ostream& out, const ModelInfo& info, const Answer& answer) {
  for (const Ranked& one : answer.top)
    out << "  " << percent(one.probability) << "  " << shown_class(info, one.label) << "\n";
}

void append_json(Value& list, const ModelInfo& info, const Answers& answers) {
  for (std::size_t i = 0; i < answers.list.size(); ++i) {
    const Answer& answer = answers.list[i];
    Value one = Value::object(), top = Value::array(), values = Value::array();
    one.set("input", answers.names[i]);
    for (const double value : answer.numbers) values.push_back(value);
    if (answer.top.empty()) one.set("value", answer.numbers.size() == 1 ? values.as_array()[0] : values);
    for (const Ranked& each : answer.top) {
      Value entry = Value::object();
      entry.set("class", class_name(info, each.label));
      entry.set("probability", each.probability);
      top.push_back(entry);
    }
    if (!answer.top.empty()) {
      one.set("class", class_name(info, answer.top[0].label));
      one.set("probability", answer.top[0].probability);
      one.set("top", top);
    }
    list.push_back(one);
  }
}

}  // namespace percept::cli
