// wolfe.cpp - the line search of Nocedal and Wright, algorithms 3.5 and 3.6.
#include "percept/optim/wolfe.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace percept {
namespace {

constexpr double kDecrease = 1e-4, kCurvature = 0.9;

// The minimum of the cubic through two points with their slopes, within low..high.
double cubic_minimum(const LinePoint& a, const LinePoint& b, double low, double high) {
  const double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.length - b.length);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const double at = a.length <= b.length
                        ? b.length - (b.length - a.length) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
                        : a.length - (a.length - b.length) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2));
  return std::min(std::max(at, low), high);
}

// The search between two points, `low` with the smaller loss, until one satisfies the conditions.
struct Bracket {
  LinePoint ends[2];
  int low = 0;
  void order() { low = ends[0].loss <= ends[1].loss ? 0 : 1; }
  double left() const { return std::min(ends[0].length, ends[1].length); }
  double right() const { return std::max(ends[0].length, ends[1].length); }
};

// A trial inside the bracket, moved away from ends that it keeps coming near to.
double trial_in(const Bracket& bracket, bool& slow) {
  const double left = bracket.left(), right = bracket.right();
  double length = cubic_minimum(bracket.ends[0], bracket.ends[1], left, right);
  const double margin = 0.1 * (right - left);
  if (std::min(right - length, length - left) >= margin) {
    slow = false;
  } else if (slow || length >= right || length <= left) {
    length = std::abs(length - right) < std::abs(length - left) ? right - margin : left + margin;
    slow = false;
  } else {
    slow = true;
  }
  return length;
}

}  // namespace

WolfeResult strong_wolfe(FunctionRef<LinePoint(double length)> evaluate, const LinePoint& start, double length,
                         double direction_size, double tolerance_change, std::int64_t max_steps) {
  const auto too_high = [&](const LinePoint& p) { return p.loss > start.loss + kDecrease * p.length * start.slope; };
  const auto flat = [&](const LinePoint& p) { return std::abs(p.slope) <= -kCurvature * start.slope; };
  LinePoint last = start, now = evaluate(length);
  WolfeResult result{.point = {}, .evaluations = 1};
  std::int64_t step = 0;
  Bracket bracket;
  bool found = false;
  for (; step < max_steps; ++step) {
    if (too_high(now) || (step > 1 && now.loss >= last.loss)) break;
    if (flat(now)) return {now, result.evaluations};
    if (now.slope >= 0) break;
    const double next = cubic_minimum(last, now, now.length + 0.01 * (now.length - last.length), now.length * 10);
    last = std::exchange(now, evaluate(next));
    ++result.evaluations;
  }
  bracket.ends[0] = step == max_steps ? start : last;
  bracket.ends[1] = now;
  bracket.order();
  bool slow = false;
  while (!found && step < max_steps) {
    if ((bracket.right() - bracket.left()) * direction_size < tolerance_change) break;
    now = evaluate(trial_in(bracket, slow));
    ++result.evaluations;
    ++step;
    LinePoint &low = bracket.ends[bracket.low], &high = bracket.ends[1 - bracket.low];
    if (too_high(now) || now.loss >= low.loss) {
      high = now;
      bracket.order();
    } else {
      if (flat(now))
        found = true;
      else if (now.slope * (high.length - low.length) >= 0)
        high = low;
      low = now;
    }
  }
  result.point = bracket.ends[bracket.low];
  return result;
}

}  // namespace percept
