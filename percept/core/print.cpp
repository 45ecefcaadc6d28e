// print.cpp - tensors as text, in PyTorch's form.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>

#include "percept/core/tensor.h"

namespace percept {
namespace {

constexpr std::int64_t kSummarizeAbove = 1000;  // elements; PyTorch's threshold
constexpr std::int64_t kEdge = 3;               // entries shown at each end of a long axis

enum class Style { integer, whole, fixed, scientific };

std::string text_of(double value, Style style) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[400];
  const auto format = style == Style::scientific ? std::chars_format::scientific : std::chars_format::fixed;
  const int digits = style == Style::fixed || style == Style::scientific ? 4 : 0;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format, digits).ptr;
  return std::string(buffer, end) + (style == Style::whole ? "." : "");
}

// PyTorch's choice: "1." when all are whole, exponents when the magnitudes lie far apart.
Style style_for(const std::vector<double>& values, DType dtype) {
  if (!is_floating(dtype)) return Style::integer;
  double largest = 0, smallest = HUGE_VAL;
  bool whole = true;
  for (double value : values) {
    if (!std::isfinite(value)) continue;
    whole = whole && value == std::floor(value);
    if (value == 0) continue;
    largest = std::max(largest, std::abs(value));
    smallest = std::min(smallest, std::abs(value));
  }
  if (largest == 0) return Style::whole;
  if (whole)
    return largest / smallest > 1000 || largest > 1e8 ? (largest > 1e8 ? Style::scientific : Style::whole)
                                                      : Style::whole;
  return largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4 ? Style::scientific : Style::fixed;
}

struct Printer {
  const Tensor& tensor;
  bool summarize;
  Style style = Style::fixed;
  std::size_t width = 0;
  std::vector<double> shown = {};  // the values printed, in order
  std::size_t next = 0;

  double at(std::int64_t offset) const {
    return visit_dtype(tensor.dtype(), [&]<class T>(T) {
      return static_cast<double>(static_cast<const T*>(tensor.raw_data())[offset]);
    });
  }

  template <class F>
  void each_shown(std::size_t axis, F f) const {
    const std::int64_t size = tensor.shape()[axis];
    const bool cut = summarize && size > 2 * kEdge;
    for (std::int64_t i = 0; i < size; ++i) {
      if (cut && i == kEdge) i = size - kEdge;
      f(i, cut && i == size - kEdge);
    }
  }

  void collect(std::size_t axis, std::int64_t offset) {
    if (axis == tensor.shape().size()) return shown.push_back(at(offset));
    each_shown(axis, [&](std::int64_t i, bool) { collect(axis + 1, offset + i * tensor.strides()[axis]); });
  }

  std::string element() {
    const double value = shown[next++];
    std::string text = tensor.dtype() == DType::boolean ? (value != 0 ? "True" : "False") : text_of(value, style);
    return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
  }

  void write(std::size_t axis, std::string& out) {
    if (axis == tensor.shape().size()) {
      out += element();
      return;
    }
    const bool last = axis + 1 == tensor.shape().size();
    const std::string between =
        last ? ", " : "," + std::string(tensor.shape().size() - axis - 1, '\n') + std::string(8 + axis, ' ');
    out += '[';
    bool first = true;
    each_shown(axis, [&](std::int64_t, bool after_gap) {
      if (!first) out += between;
      if (after_gap) out += "..." + between;
      write(axis + 1, out);
      first = false;
    });
    out += ']';
  }
};

}  // namespace

std::string str(const Tensor& tensor) {
  if (!tensor.defined()) return "tensor(undefined)";
  Printer printer{tensor, tensor.numel() > kSummarizeAbove};
  if (tensor.numel() != 0) printer.collect(0, 0);
  printer.style = style_for(printer.shown, tensor.dtype());
  for (double value : printer.shown)
    printer.width = std::max(printer.width, tensor.dtype() == DType::boolean ? (value != 0 ? 4u : 5u)
                                                                             : text_of(value, printer.style).size());
  std::string out = "tensor(";
  if (tensor.numel() == 0)
    out += tensor.rank() == 1 ? "[]" : "[], shape=" + str(tensor.shape());
  else
    printer.write(0, out);
  const DType d = tensor.dtype();
  if (d != DType::f32 && d != DType::i64 && d != DType::boolean) out += ", dtype=" + std::string(name_of(d));
  return out + ")";
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << str(tensor); }

}  // namespace percept
