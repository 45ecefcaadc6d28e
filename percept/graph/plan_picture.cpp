// plan_picture.cpp - a plan as SVG.
#include <algorithm>
#include <cmath>
#include <map>

#include "percept/base/text.h"
#include "percept/graph/plan_report.h"

namespace percept {
namespace {

constexpr double kRow = 20, kTop = 46, kArcs = 170, kLayer = kArcs + 44, kCall = kLayer + 190, kShape = kCall + 250,
                 kKernel = kShape + 160, kBar = kKernel + 200, kBarWidth = 120, kWidth = kBar + kBarWidth + 20;

std::string escaped(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text.size() > most ? std::string(text.substr(0, most - 2)) + ".." : std::string(text)) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return out;
}

std::string at(double x) { return fixed(x, 1); }

std::string label(double x, double y, std::string_view text, std::size_t most, const char* style = "") {
  return "<text x=\"" + at(x) + "\" y=\"" + at(y) + "\"" + style + ">" + escaped(text, most) + "</text>\n";
}

// Products and convolutions, fused rows, the rest.
const char* colour_of(const PlannedCall& call) {
  return call.flops > 0 ? "#3b6fb6" : !call.rows.empty() ? "#4c9a5b" : "#9aa3ad";
}

double middle(std::size_t row) { return kTop + kRow * (static_cast<double>(row) + 0.5); }

// From the call that makes a value to one that reads it: the further, the wider.
std::string arc(std::size_t from, std::size_t to) {
  const double reach = std::min(kArcs - 12, 10 + 9 * std::sqrt(static_cast<double>(to - from)));
  return "<path d=\"M" + at(kArcs) + " " + at(middle(from)) + " C" + at(kArcs - reach) + " " + at(middle(from)) + " " +
         at(kArcs - reach) + " " + at(middle(to)) + " " + at(kArcs) + " " + at(middle(to)) + "\"/>\n";
}

std::string arcs(const PlanReport& report) {
  std::map<std::string, std::size_t> maker;
  std::string text = "<g fill=\"none\" stroke=\"#7a8590\" stroke-opacity=\"0.45\">\n";
  for (std::size_t i = 0; i < report.calls.size(); ++i) {
    for (const PlannedOperand& input : report.calls[i].inputs)
      if (const auto made = maker.find(input.name); made != maker.end()) text += arc(made->second, i);
    for (const PlannedOperand& result : report.calls[i].results) maker[result.name] = i;
  }
  return text + "</g>\n";
}

std::string row(const PlannedCall& call, std::size_t i, double most_bytes) {
  const double y = middle(i) + 4;
  std::string text =
      "<circle cx=\"" + at(kArcs + 8) + "\" cy=\"" + at(middle(i)) + "\" r=\"4\" fill=\"" + colour_of(call) + "\"/>\n";
  text += label(kLayer - 4, y, std::to_string(i), 6, " text-anchor=\"end\" fill=\"#7a8590\"");
  text += label(kLayer + 6, y, call.layer, 28) + label(kCall, y, call.title(), 38);
  if (!call.results.empty()) text += label(kShape, y, call.results[0].shape, 24);
  text += label(kKernel, y, call.kernel, 30);
  const double width = most_bytes > 0 ? kBarWidth * call.bytes / most_bytes : 0;
  return text + "<rect x=\"" + at(kBar) + "\" y=\"" + at(middle(i) - 5) + "\" width=\"" + at(std::max(width, 0.5)) +
         "\" height=\"10\" fill=\"" + colour_of(call) + "\"/>\n";
}

}  // namespace

std::string to_svg(const PlanReport& whole) {
  PlanReport report = whole;
  std::erase_if(report.calls, [](const PlannedCall& call) { return call.kernel.empty(); });  // numbers from C++
  double most = 0;
  for (const PlannedCall& call : report.calls) most = std::max(most, call.bytes);
  const double height = kTop + kRow * static_cast<double>(report.calls.size()) + 16;
  std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + at(kWidth) + "\" height=\"" + at(height) +
                     "\" viewBox=\"0 0 " + at(kWidth) + " " + at(height) +
                     "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" "
                     "fill=\"#ffffff\"/>\n<g font-weight=\"bold\">\n";
  text += label(kLayer + 6, 26, "layer", 20) + label(kCall, 26, "call", 20) + label(kShape, 26, "result", 20) +
          label(kKernel, 26, "kernel", 20) + label(kBar, 26, "up to " + fixed(most / (1 << 20), 1) + " MiB", 20) +
          "</g>\n" + arcs(report);
  for (std::size_t i = 0; i < report.calls.size(); ++i) text += row(report.calls[i], i, most);
  return text + "</svg>\n";
}

}  // namespace percept
