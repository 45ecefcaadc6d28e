// confusion_matrix.cpp - counts, scores, and their tables as text.
#include "percept/metrics/confusion_matrix.h"

#include <algorithm>
#include <limits>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/metrics/classified.h"

namespace percept {
namespace {

std::vector<std::string> numbered(std::int64_t classes) {
  std::vector<std::string> names;
  for (std::int64_t k = 0; k < classes; ++k) names.push_back(number(k));
  return names;
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// One mean over classes: plain with weights of 1.
ClassScore mean_of(const std::vector<ClassScore>& scores, const char* name, bool by_support) {
  ClassScore mean{.name = name};
  double weights = 0;
  for (const ClassScore& score : scores) {
    const double weight = by_support ? static_cast<double>(score.support) : 1;
    weights += weight;
    mean.precision += weight * score.precision;
    mean.recall += weight * score.recall;
    mean.f1 += weight * score.f1;
    mean.support += score.support;
  }
  mean.precision = ratio(mean.precision, weights);
  mean.recall = ratio(mean.recall, weights);
  mean.f1 = ratio(mean.f1, weights);
  return mean;
}

constexpr int kColumn = 11;
constexpr std::size_t kLongestName = 40;  // bytes: names come from folders and files, and the table is for a terminal

std::vector<std::string> shown(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) out.push_back(printable(name, kLongestName));
  return out;
}

std::string line_of(const ClassScore& score, int width) {
  std::string line = pad_left(printable(score.name, kLongestName), width);
  for (const double value : {score.precision, score.recall, score.f1}) line += pad_left(fixed(value, 4), kColumn);
  return line + pad_left(number(score.support), kColumn) + "\n";
}

int widest(const std::vector<std::string>& names, int at_least) {
  for (const std::string& name : names) at_least = std::max(at_least, display_width(name));
  return at_least;
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::vector<std::string> class_names) : names_(std::move(class_names)) {
  if (names_.empty()) throw ValueError("ConfusionMatrix: no classes", "give the names of at least one class");
  counts_.resize(static_cast<std::size_t>(checked_mul(classes(), classes())));
}
ConfusionMatrix::ConfusionMatrix(std::int64_t classes) : ConfusionMatrix(numbered(classes)) {}

void ConfusionMatrix::reset() { std::fill(counts_.begin(), counts_.end(), 0); }

void ConfusionMatrix::add(std::int64_t truth, std::int64_t predicted) {
  for (const std::int64_t label : {truth, predicted})
    if (label < 0 || label >= classes())
      throw ValueError("ConfusionMatrix: label " + number(label), "labels are 0.." + number(classes() - 1));
  ++counts_[static_cast<std::size_t>(truth * classes() + predicted)];
}

void ConfusionMatrix::update(const Tensor& output, const Tensor& target, double cut) {
  const Classified batch(output, target, "ConfusionMatrix");
  if (batch.classes() != classes())
    throw ShapeError("ConfusionMatrix: output is " + str(output.shape()) + " for " + number(classes()) + " classes",
                     "the model's last size and the number of class names must be equal");
  for (std::int64_t row = 0; row < batch.rows(); ++row) add(batch.truth(row), batch.predicted(row, cut));
}

std::int64_t ConfusionMatrix::count(std::int64_t truth, std::int64_t predicted) const {
  return counts_.at(static_cast<std::size_t>(truth * classes() + predicted));
}

std::int64_t ConfusionMatrix::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t value : counts_) sum += value;
  return sum;
}

double ConfusionMatrix::accuracy() const {
  std::int64_t correct = 0;
  for (std::int64_t k = 0; k < classes(); ++k) correct += count(k, k);
  const std::int64_t all = total();
  return all > 0 ? static_cast<double>(correct) / static_cast<double>(all) : std::numeric_limits<double>::quiet_NaN();
}

std::vector<ClassScore> ConfusionMatrix::scores() const {
  std::vector<ClassScore> scores;
  for (std::int64_t k = 0; k < classes(); ++k) {
    std::int64_t called = 0, support = 0;
    for (std::int64_t other = 0; other < classes(); ++other) {
      called += count(other, k);
      support += count(k, other);
    }
    const auto right = static_cast<double>(count(k, k));
    scores.push_back({.name = names_[static_cast<std::size_t>(k)],
                      .precision = ratio(right, static_cast<double>(called)),
                      .recall = ratio(right, static_cast<double>(support)),
                      .f1 = ratio(2 * right, static_cast<double>(called + support)),
                      .support = support});
  }
  return scores;
}

ClassScore ConfusionMatrix::macro_average() const { return mean_of(scores(), "macro average", false); }
ClassScore ConfusionMatrix::weighted_average() const { return mean_of(scores(), "weighted average", true); }

std::string class_table(const ConfusionMatrix& matrix) {
  const int width = widest(shown(matrix.class_names()), display_width("weighted average"));
  std::string text = pad_left("", width);
  for (const char* title : {"precision", "recall", "f1", "support"}) text += pad_left(title, kColumn);
  text += "\n";
  for (const ClassScore& score : matrix.scores()) text += line_of(score, width);
  text += "\n" + pad_left("accuracy", width) + pad_left(fixed(matrix.accuracy(), 4), 3 * kColumn) +
          pad_left(number(matrix.total()), kColumn) + "\n";
  return text + line_of(matrix.macro_average(), width) + line_of(matrix.weighted_average(), width);
}

std::string count_table(const ConfusionMatrix& matrix) {
  const std::int64_t classes = matrix.classes();
  const std::vector<std::string> names = shown(matrix.class_names());
  const int width = widest(names, display_width("true \\ predicted"));
  std::vector<std::string> texts = names;
  for (std::int64_t t = 0; t < classes; ++t)
    for (std::int64_t p = 0; p < classes; ++p) texts.push_back(number(matrix.count(t, p)));
  const int column = widest(texts, 4) + 2;
  std::string text = pad_left("true \\ predicted", width);
  for (const std::string& name : names) text += pad_left(name, column);
  text += "\n";
  for (std::int64_t t = 0; t < classes; ++t) {
    text += pad_left(names[static_cast<std::size_t>(t)], width);
    for (std::int64_t p = 0; p < classes; ++p) text += pad_left(number(matrix.count(t, p)), column);
    text += "\n";
  }
  return text;
}

}  // namespace percept
