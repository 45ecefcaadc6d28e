// draw.cpp - pictures in the terminal.
#include "draw.h"

#include <algorithm>

#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/ops/ops.h"
#include "percept/recipes/ensemble.h"
#include "percept/train/progress_bar.h"

namespace percept::cli {
namespace {

struct Picture {
  std::int64_t height = 0, width = 0;
  std::vector<double> grey;  // 0..1, row-major
  double at(std::int64_t y, std::int64_t x) const {
    return y < height ? grey[static_cast<std::size_t>(y * width + x)] : 0;
  }
};

// The mean over channels, scaled to its own range.
Picture picture_of(const Tensor& image) {  // [C, H, W]
  const Tensor mean_of = mean(cast(image, DType::f64), {.axes = {0}});
  Picture picture{mean_of.shape()[0], mean_of.shape()[1], mean_of.to_vector<double>()};
  const double low = *std::min_element(picture.grey.begin(), picture.grey.end());
  const double high = *std::max_element(picture.grey.begin(), picture.grey.end());
  for (double& value : picture.grey) value = high > low ? (value - low) / (high - low) : 0;
  return picture;
}

// Two rows of pixels as one line: the upper half block in the upper pixel's grey on the lower one's.
std::string colour_line(const Picture& p, std::int64_t y) {
  auto grey = [&](double value) { return std::to_string(232 + std::clamp(static_cast<int>(value * 23 + 0.5), 0, 23)); };
  std::string line;
  for (std::int64_t x = 0; x < p.width; ++x)
    line += "\x1b[38;5;" + grey(p.at(y, x)) + "m\x1b[48;5;" + grey(p.at(y + 1, x)) + "m\xe2\x96\x80";
  return line + "\x1b[0m";
}

std::string ascii_line(const Picture& p, std::int64_t y) {
  constexpr std::string_view kShades = " .:-=+*#%@";
  std::string line;
  for (std::int64_t x = 0; x < p.width; ++x)
    line += kShades[std::min<std::size_t>(static_cast<std::size_t>((p.at(y, x) + p.at(y + 1, x)) / 2 * 10), 9)];
  return line;
}

std::string padded(std::string text, std::int64_t width) {
  const auto most = static_cast<std::size_t>(width);
  while (!text.empty() && static_cast<std::size_t>(display_width(text)) > most) {
    while (text.size() > 1 && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
    text.pop_back();  // with its first byte the whole character is gone
  }
  return text + std::string(most - static_cast<std::size_t>(display_width(text)), ' ');
}

}  // namespace

std::vector<std::vector<Ranked>> ranked(const ModelInfo& info, const Tensor& outputs) {
  const Tensor probabilities = class_probabilities(outputs, output_kind(info));
  const std::vector<double> values = probabilities.to_vector<double>();
  const std::int64_t classes = probabilities.size(1);
  std::vector<std::vector<Ranked>> rows(static_cast<std::size_t>(probabilities.size(0)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    rows[static_cast<std::size_t>(at / classes)].push_back({at % classes, values[i]});
  }
  for (std::vector<Ranked>& row : rows)
    std::stable_sort(row.begin(), row.end(),
                     [](const Ranked& a, const Ranked& b) { return a.probability > b.probability; });
  return rows;
}

std::string class_name(const ModelInfo& info, std::int64_t label) {
  return label < static_cast<std::int64_t>(info.class_names.size()) ? info.class_names[static_cast<std::size_t>(label)]
                                                                    : std::to_string(label);
}

// Tokens of text in quotes: a blank is one too.
std::string shown_class(const ModelInfo& info, std::int64_t label) {
  const std::string name = printable(class_name(info, label));
  return info.preprocess.text ? "'" + name + "'" : name;
}

void draw_predictions(std::ostream& out, FunctionRef<Tensor(const Tensor&)> model, const ModelInfo& info,
                      const Dataset& data, std::int64_t count, bool labelled) {
  constexpr std::int64_t kGap = 2, kWidest = 40;
  if (data.sample_shape().rank() != 3 || data.sample_shape()[2] > kWidest || info.class_names.empty()) return;
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < std::min(count, data.size()); ++i) rows.push_back(i);
  const Batch batch = data.get(rows);
  const NoGrad off;
  const auto answers = ranked(info, model(batch.x));
  const auto labels = labelled ? batch.y.to_vector<std::int64_t>() : std::vector<std::int64_t>(rows.size());
  std::vector<Picture> pictures;
  for (std::int64_t i : rows) pictures.push_back(picture_of(batch.x[i]));
  const bool colour = is_terminal(out);
  for (std::int64_t y = 0; y < pictures[0].height; y += 2) {
    for (const Picture& picture : pictures)
      out << (colour ? colour_line(picture, y) : ascii_line(picture, y)) << std::string(kGap, ' ');
    out << "\n";
  }
  std::string guesses, truths;
  for (std::int64_t i : rows) {
    const Ranked best = answers[static_cast<std::size_t>(i)][0];
    const std::int64_t truth = labels[static_cast<std::size_t>(i)];
    guesses += padded(shown_class(info, best.label) + " " + fixed(best.probability * 100, 1) + "%", pictures[0].width) +
               std::string(kGap, ' ');
    truths += padded(best.label == truth ? "right" : "wrong: " + shown_class(info, truth), pictures[0].width) +
              std::string(kGap, ' ');
  }
  out << guesses << "\n";
  if (labelled) out << truths << "\n";
  out << "\n";
}

}  // namespace percept::cli
