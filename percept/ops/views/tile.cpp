// tile.cpp - a tensor repeated as a whole, and each of its entries repeated in place.
#include <limits>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

struct Tile {
  struct Attrs {
    Dims repeats;
  };
  static constexpr std::string_view name = "tile";
  static constexpr std::string_view doc =
      "x repeated `repeats` times per axis: y[i] = x[i mod n] along each. More repeats than axes add leading axes, "
      "fewer\n"
      "mean 1 for the leading ones. Composed of expand and reshape.\n"
      "Errors: negative repeats, too large a result. Source: NumPy's tile, PyTorch's tile and repeat.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const Dims& repeats = attrs.as<Attrs>().repeats;
    const std::size_t rank = std::max(repeats.size(), in[0].shape().size());
    Shape narrow, wide, result;  // an axis of 1 before each that is repeated, then that many, then both in one
    for (std::size_t i = 0; i < rank; ++i) {
      const std::size_t from_end = rank - i;
      const std::int64_t size = from_end > in[0].shape().size() ? 1 : in[0].shape()[in[0].shape().size() - from_end];
      const std::int64_t times = from_end > repeats.size() ? 1 : repeats[repeats.size() - from_end];
      if (times < 0) throw ValueError("tile: repeats are " + str(repeats), "they must be >= 0");
      if (times != 1) {
        narrow.push_back(1);
        wide.push_back(times);
      }
      if (times == 1 || size != 1) {
        narrow.push_back(size);
        wide.push_back(size);
      }
      result.push_back(checked_mul(size, times));
    }
    checked_numel(result);
    return {reshape(expand(reshape(in[0], narrow), wide), result)};
  }
  static std::vector<Sample> samples() {
    auto by = [](Dims repeats) { return percept::Attrs::of(Attrs{std::move(repeats)}); };
    return {{.attrs = by({2}), .inputs = {{{3}}}, .expect = {0, 1, 2, 0, 1, 2}},
            {.attrs = by({2, 1}), .inputs = {{{2}}}, .expect = {0, 1, 0, 1}},  // [2, 2]
            {.attrs = by({2}), .inputs = {{{2, 1}}}, .expect = {0, 0, 1, 1}},
            {.attrs = by({1, 2}), .inputs = {{{2, 2}}}, .expect = {0, 1, 0, 1, 2, 3, 2, 3}},
            {.attrs = by({}), .inputs = {{{2}}}, .expect = {0, 1}},
            {.attrs = by({3, 2}), .inputs = {{{}, {5}}}, .expect = {5, 5, 5, 5, 5, 5}},
            {.attrs = by({2, 3, 2}), .inputs = {{{2, 2, 3}}}},
            {.attrs = by({0, 2}), .inputs = {{{2, 3}}}},
            {.attrs = by({2}), .inputs = {{{0}}}},
            {.attrs = by({-1}), .inputs = {{{2}}}, .error = "tile: repeats are [-1]"},
            {.attrs = by({kHighest}), .inputs = {{{2}}}, .error = "size overflow"},
            {.attrs = by({std::int64_t{1} << 40}), .inputs = {{{2}}}, .error = "too many elements"}};
  }
};

struct Repeat {
  struct Attrs {
    std::int64_t repeats = 1, axis = 0;
  };
  static constexpr std::string_view name = "repeat";
  static constexpr std::string_view doc =
      "Each entry of x along `axis` repeated in place: y[i] = x[i / repeats]. Composed of expand and reshape.\n"
      "Errors: negative repeats, an axis out of range, too large a result. Source: PyTorch's repeat_interleave.";
  static constexpr int arity = 1;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const auto& a = attrs.as<Attrs>();
    const auto axis = static_cast<std::size_t>(checked_axis(a.axis, in[0].rank(), "repeat"));
    if (a.repeats < 0) throw ValueError("repeat: repeats is " + std::to_string(a.repeats), "it must be >= 0");
    Shape narrow = in[0].shape(), result = narrow;
    result[axis] = checked_mul(result[axis], a.repeats);
    checked_numel(result);
    narrow.insert(axis + 1, 1);
    Shape wide = narrow;
    wide[axis + 1] = a.repeats;
    return {reshape(expand(reshape(in[0], narrow), wide), result)};
  }
  static std::vector<Sample> samples() {
    auto by = [](std::int64_t repeats, std::int64_t axis) { return percept::Attrs::of(Attrs{repeats, axis}); };
    return {{.attrs = by(2, 0), .inputs = {{{3}}}, .expect = {0, 0, 1, 1, 2, 2}},
            {.attrs = by(2, 1), .inputs = {{{2, 2}}}, .expect = {0, 0, 1, 1, 2, 2, 3, 3}},
            {.attrs = by(2, -2), .inputs = {{{2, 2}}}, .expect = {0, 1, 0, 1, 2, 3, 2, 3}},
            {.attrs = by(3, 1), .inputs = {{{2, 3, 2}}}},
            {.attrs = by(0, 0), .inputs = {{{2, 3}}}},
            {.attrs = by(2, 0), .inputs = {{{0, 3}}}},
            {.attrs = by(-1, 0), .inputs = {{{2}}}, .error = "repeat: repeats is -1"},
            {.attrs = by(kHighest, 0), .inputs = {{{2}}}, .error = "size overflow"},
            {.attrs = by(2, 1), .inputs = {{{2}}}, .error = "repeat: axis 1 is out of range"},
            {.attrs = by(2, 0), .inputs = {{{}}}, .error = "out of range for rank 0"}};
  }
};

}  // namespace

Tensor tile(Arg x, const Dims& repeats) { return apply_one<Tile>({repeats}, {x.tensor()}, x.site()); }

Tensor repeat(Arg x, std::int64_t repeats, int axis) {
  return apply_one<Repeat>({repeats, axis}, {x.tensor()}, x.site());
}

std::vector<const Op*> ops_tile() { return {&op_of<Tile>(), &op_of<Repeat>()}; }

}  // namespace percept
