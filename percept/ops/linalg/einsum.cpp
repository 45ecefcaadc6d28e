// einsum.cpp - sums of products named by letters, reduced to permutations, batched products and sums.
#include <algorithm>
#include <array>

#include "percept/base/checked.h"
#include "percept/ops/apply.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// An axis's name: letters in the order of implicit results (A..Z, a..z), then the axes of "...", the last one highest.
using Labels = std::vector<int>;
constexpr int kLetters = 52, kNames = kLetters + kMaxRank;

// What an equation says of given shapes.
struct Plan {
  std::vector<Labels> inputs;
  Labels result;
  std::array<std::int64_t, kNames> sizes;
};

class Parser {
 public:
  Parser(const std::string& equation, const std::vector<Tensor>& inputs) : equation_(equation), inputs_(inputs) {
    plan_.sizes.fill(1);
  }

  Plan parse() {
    std::string left = spaceless(), right;
    const std::size_t arrow = left.find("->");
    const bool explicit_result = arrow != std::string::npos;
    if (explicit_result) {
      right = left.substr(arrow + 2);
      left.erase(arrow);
    }
    std::vector<std::string> terms = {""};
    for (char c : left)
      if (c == ',')
        terms.emplace_back();
      else
        terms.back() += c;
    if (terms.size() != inputs_.size())
      refuse("names " + std::to_string(terms.size()) + " inputs, " + std::to_string(inputs_.size()) + " are given",
             "separate the inputs' letters by commas, one group for each input");
    for (std::size_t i = 0; i < terms.size(); ++i) add_input(terms[i], i);
    plan_.result = explicit_result ? named_result(right) : implied_result();
    return plan_;
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& fix) const {
    throw ValueError("einsum \"" + equation_ + "\" " + problem, fix);
  }
  [[noreturn]] void refuse_shape(const std::string& problem, const std::string& fix) const {
    throw ShapeError("einsum \"" + equation_ + "\": " + problem, fix);
  }
  std::string spaceless() const {
    std::string text;
    for (char c : equation_)
      if (c != ' ') text += c;
    return text;
  }

  static int letter(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    return -1;
  }
  // f(label) per letter, dots(position) at "...".
  template <class F, class D>
  void read(const std::string& term, F f, D dots) const {
    bool dotted = false;
    for (std::size_t i = 0; i < term.size(); ++i) {
      if (!dotted && term.compare(i, 3, "...") == 0) {
        dots();
        dotted = true;
        i += 2;
      } else if (const int label = letter(term[i]); label >= 0) {
        f(label);
      } else {
        refuse("has '" + term.substr(i, 1) + "' where a letter is expected",
               "write letters, commas, at most one \"...\" per input and one \"->\"");
      }
    }
  }

  void add_input(const std::string& term, std::size_t which) {
    const Shape& shape = inputs_[which].shape();
    int letters = 0;
    bool dotted = false;
    read(term, [&](int) { ++letters; }, [&] { dotted = true; });
    const int rest = shape.rank() - letters;
    if (rest < 0 || (rest > 0 && !dotted))
      refuse_shape("input " + std::to_string(which) + " has shape " + str(shape) + ", \"" + term + "\" names " +
                       std::to_string(letters) + " axes",
                   "write one letter per axis, or \"...\" for those without");
    Labels labels;
    read(
        term, [&](int label) { labels.push_back(label); },
        [&] {
          for (int i = 0; i < rest; ++i) labels.push_back(kNames - rest + i);
        });
    most_dots_ = std::max(most_dots_, dotted ? rest : 0);
    for (std::size_t axis = 0; axis < labels.size(); ++axis) add_size(labels[axis], shape[axis], which);
    plan_.inputs.push_back(std::move(labels));
  }
  void add_size(int label, std::int64_t size, std::size_t which) {
    std::int64_t& known = plan_.sizes[static_cast<std::size_t>(label)];
    ++counts_[static_cast<std::size_t>(label)];
    if (known == 1) known = size;
    if (size != 1 && size != known)
      refuse_shape(name(label) + " is " + std::to_string(known) + " before, " + std::to_string(size) + " in input " +
                       std::to_string(which) + " of shape " + str(inputs_[which].shape()),
                   "a letter stands for one size (or 1, which is repeated)");
  }
  static std::string name(int label) {
    if (label >= kLetters) return "an axis of \"...\"";
    return std::string(1, static_cast<char>(label < 26 ? 'A' + label : 'a' + label - 26));
  }

  Labels dots() const {
    Labels labels;
    for (int i = kNames - most_dots_; i < kNames; ++i) labels.push_back(i);
    return labels;
  }
  Labels named_result(const std::string& term) const {
    Labels labels;
    read(
        term,
        [&](int label) {
          if (counts_[static_cast<std::size_t>(label)] == 0)
            refuse("names " + name(label) + " in the result, which no input has",
                   "name it in an input, or leave it out");
          if (std::find(labels.begin(), labels.end(), label) != labels.end())
            refuse("names " + name(label) + " twice in the result", "name each axis of the result once");
          labels.push_back(label);
        },
        [&] {
          for (int label : dots()) labels.push_back(label);
        });
    return labels;
  }
  Labels implied_result() const {
    Labels labels = dots();
    for (int label = 0; label < kLetters; ++label)
      if (counts_[static_cast<std::size_t>(label)] == 1) labels.push_back(label);
    return labels;
  }

  const std::string& equation_;
  const std::vector<Tensor>& inputs_;
  Plan plan_;
  std::array<int, kNames> counts_{};
  int most_dots_ = 0;
};

// A tensor with names for its axes.
struct Named {
  Tensor tensor;
  Labels labels;

  bool has(int label) const { return std::find(labels.begin(), labels.end(), label) != labels.end(); }
  // With axes in this order: all of them.
  Tensor in_order(const Labels& order) const {
    Dims axes;
    bool same = true;
    for (std::size_t i = 0; i < order.size(); ++i) {
      axes.push_back(std::find(labels.begin(), labels.end(), order[i]) - labels.begin());
      same = same && axes[i] == static_cast<std::int64_t>(i);
    }
    return same ? tensor : permute(tensor, axes);
  }
};

// The axes at a and b (a < b), of one size, become one at the end that walks along the diagonal.
Tensor diagonal(const Tensor& x, std::size_t a, std::size_t b) {
  Dims axes;
  Shape flat;
  const std::int64_t size = x.shape()[a];
  for (std::size_t i = 0; i < x.shape().size(); ++i)
    if (i != a && i != b) {
      axes.push_back(static_cast<std::int64_t>(i));
      flat.push_back(x.shape()[i]);
    }
  axes.push_back(static_cast<std::int64_t>(a));
  axes.push_back(static_cast<std::int64_t>(b));
  flat.push_back(checked_mul(size, size));
  return slice(reshape(permute(x, axes), flat), -1, 0, flat.back(), size + 1);
}

// Axes of size 1 repeated, repeated letters made one.
Named prepared(const Tensor& x, const Labels& labels, const Plan& plan) {
  Named named{x, labels};
  Shape shape;
  for (int label : labels) shape.push_back(plan.sizes[static_cast<std::size_t>(label)]);
  if (shape != x.shape()) named.tensor = expand(x, shape);
  for (std::size_t b = 1; b < named.labels.size(); ++b) {
    const auto found =
        std::find(named.labels.begin(), named.labels.begin() + static_cast<std::ptrdiff_t>(b), named.labels[b]);
    const auto a = static_cast<std::size_t>(found - named.labels.begin());
    if (a == b) continue;
    const int label = named.labels[b];
    named.tensor = diagonal(named.tensor, a, b);
    named.labels.erase(named.labels.begin() + static_cast<std::ptrdiff_t>(b));
    named.labels.erase(named.labels.begin() + static_cast<std::ptrdiff_t>(a));
    named.labels.push_back(label);
    b = 0;  // from the start: places have moved
  }
  return named;
}

// Sums over the axes that nobody needs any more.
template <class Needed>
Named summed(Named x, Needed needed) {
  Dims axes;
  Labels kept;
  for (std::size_t i = 0; i < x.labels.size(); ++i)
    if (needed(x.labels[i]))
      kept.push_back(x.labels[i]);
    else
      axes.push_back(static_cast<std::int64_t>(i));
  if (!axes.empty()) x.tensor = sum(x.tensor, {.axes = axes});
  return {x.tensor, kept};
}

// Sizes of a run of labels.
void append(Shape& shape, const Labels& labels, const Plan& plan) {
  for (int label : labels) shape.push_back(plan.sizes[static_cast<std::size_t>(label)]);
}
std::int64_t count(const Labels& labels, const Plan& plan) {
  Shape shape;
  append(shape, labels, plan);
  return checked_numel(shape);
}
Labels joined(Labels a, const Labels& b, const Labels& c) {
  a.insert(a.end(), b.begin(), b.end());
  a.insert(a.end(), c.begin(), c.end());
  return a;
}

// The product of two, summed over the labels of both that are not needed: a batched matrix product.
template <class Needed>
Named contracted(const Named& a, const Named& b, const Plan& plan, Needed needed) {
  Labels both, inner, rows, columns;
  for (int label : a.labels) (!b.has(label) ? rows : needed(label) ? both : inner).push_back(label);
  for (int label : b.labels)
    if (!a.has(label)) columns.push_back(label);
  const Labels labels = joined(both, rows, columns);
  if (inner.empty() || (rows.empty() && columns.empty() && !both.empty())) {
    // Nothing to multiply matrices for: elementwise, then the sum.
    Shape left, right;
    append(left, joined(both, rows, {}), plan);
    for (std::size_t i = 0; i < columns.size(); ++i) left.push_back(1);
    append(left, inner, plan);
    append(right, both, plan);
    for (std::size_t i = 0; i < rows.size(); ++i) right.push_back(1);
    append(right, joined(columns, inner, {}), plan);
    Tensor product =
        reshape(a.in_order(joined(both, rows, inner)), left) * reshape(b.in_order(joined(both, columns, inner)), right);
    Dims last;
    for (std::size_t i = labels.size(); i < labels.size() + inner.size(); ++i)
      last.push_back(static_cast<std::int64_t>(i));
    if (!last.empty()) product = sum(product, {.axes = last});
    return {product, labels};
  }
  Shape left, right, shape;
  if (!both.empty()) left.push_back(count(both, plan)), right.push_back(count(both, plan));
  left.push_back(count(rows, plan)), left.push_back(count(inner, plan));
  right.push_back(count(inner, plan)), right.push_back(count(columns, plan));
  append(shape, labels, plan);
  const Tensor product = matmul(reshape(a.in_order(joined(both, rows, inner)), left),
                                reshape(b.in_order(joined(both, inner, columns)), right));
  return {reshape(product, shape), labels};
}

struct Einsum {
  struct Attrs {
    std::string equation;
  };
  static constexpr std::string_view name = "einsum";
  static constexpr std::string_view doc =
      "Sums of products, as \"bij,bjk->bik\": y[b,i,k] = sum over j of a[b,i,j] c[b,j,k]. Each input's axes are named\n"
      "by letters A-Z, a-z; letters that the result (after ->) lacks are summed over. A letter repeated within an "
      "input\n"
      "takes its diagonal; \"...\" stands for the axes without letters, which broadcast from the last. Without ->, "
      "the\n"
      "result has the axes of \"...\", then the letters met once, in order. Sizes of 1 are repeated.\n"
      "Inputs: floating, of one dtype, multiplied from left to right. Composed of permute, matmul and sum.\n"
      "Errors (the equation is quoted): other characters, a group per input missing, ranks and sizes that do not fit,\n"
      "letters of the result that no input has or that come twice. Source: NumPy and PyTorch's einsum.";
  static constexpr int min_arity = 1;
  static constexpr int arity = kMany;
  static constexpr OpClass op_class = OpClass::composed;
  static constexpr bool twice = true;

  static std::vector<Tensor> compose(const percept::Attrs& attrs, const std::vector<Tensor>& in) {
    const std::string& equation = attrs.as<Attrs>().equation;
    for (const Tensor& x : in)
      if (!is_floating(x.dtype()) || x.dtype() != in[0].dtype())
        throw DTypeError("einsum \"" + equation + "\": inputs are " + std::string(name_of(in[0].dtype())) + " and " +
                             std::string(name_of(x.dtype())),
                         "all must have one floating dtype; cast them");
    const Plan plan = Parser(equation, in).parse();
    std::array<int, kNames> uses{};  // by the result and inputs still to come
    for (int label : plan.result) ++uses[static_cast<std::size_t>(label)];
    std::vector<Named> parts;
    for (std::size_t i = 0; i < in.size(); ++i) {
      parts.push_back(prepared(in[i], plan.inputs[i], plan));
      for (int label : parts.back().labels) ++uses[static_cast<std::size_t>(label)];
    }
    const auto needed = [&](int label) { return uses[static_cast<std::size_t>(label)] > 0; };
    const auto release = [&](const Named& x) {
      for (int label : x.labels) --uses[static_cast<std::size_t>(label)];
    };
    release(parts[0]);
    Named total = summed(std::move(parts[0]), needed);
    for (std::size_t i = 1; i < parts.size(); ++i) {
      release(parts[i]);
      const Named next = summed(std::move(parts[i]), [&](int label) { return needed(label) || total.has(label); });
      total = contracted(total, next, plan, needed);
      total = summed(std::move(total), needed);
    }
    return {total.in_order(plan.result)};
  }

  static std::vector<Sample> samples();
};

std::vector<Sample> Einsum::samples() {
  const auto eq = [](const char* equation) { return percept::Attrs::of(Attrs{equation}); };
  const SampleInput m{{2, 3}};  // 0..5
  return {{.attrs = eq("ij,jk->ik"), .inputs = {m, {{3, 2}}}, .expect = {10, 13, 28, 40}},
          {.attrs = eq("ij->ji"), .inputs = {m}, .expect = {0, 3, 1, 4, 2, 5}},
          {.attrs = eq("ba"), .inputs = {m}, .expect = {0, 3, 1, 4, 2, 5}},
          {.attrs = eq("ij->"), .inputs = {m}, .expect = {15}},
          {.attrs = eq("ij->j"), .inputs = {m}, .expect = {3, 5, 7}},
          {.attrs = eq("ii"), .inputs = {{{3, 3}}}, .expect = {12}},  // 0 + 4 + 8
          {.attrs = eq("ii->i"), .inputs = {{{3, 3}}}, .expect = {0, 4, 8}},
          {.attrs = eq("i,j->ij"), .inputs = {{{2}, {2, 3}}, {{2}, {5, 7}}}, .expect = {10, 14, 15, 21}},
          {.attrs = eq("ij,ij->i"), .inputs = {m, m}, .expect = {5, 50}},
          {.attrs = eq("i,i"), .inputs = {{{3}}, {{3}}}, .expect = {5}},
          {.attrs = eq(" b i , b -> i b "), .inputs = {{{2, 2}}, {{2}, {10, 1}}}, .expect = {0, 2, 10, 3}},
          {.attrs = eq("...ij->...ji"), .inputs = {{{1, 2, 2}}}, .expect = {0, 2, 1, 3}},
          {.attrs = eq("...ij->ij"), .inputs = {{{2, 1, 2}}}, .expect = {2, 4}},
          {.attrs = eq("bij,bjk->bik"), .inputs = {{{2, 3, 4}}, {{2, 4, 2}}}},
          {.attrs = eq("bhqd,bhkd->bhqk"), .inputs = {{{2, 2, 3, 4}}, {{2, 2, 2, 4}}}},
          {.attrs = eq("bn,anm,bm->ba"), .inputs = {{{2, 3}}, {{4, 3, 2}}, {{2, 2}}}},
          {.attrs = eq("ij,jk,kl,l->i"), .inputs = {m, {{3, 2}}, {{2, 3}}, {{3}}}},
          {.attrs = eq("...a,...a->..."), .inputs = {{{2, 1, 3}}, {{2, 3}}}},
          {.attrs = eq("iij,jk"), .inputs = {{{2, 2, 3}}, {{3, 2}}}},
          {.attrs = eq("ij,ij->ij"), .inputs = {{{2, 1}}, {{2, 3}}}},
          {.attrs = eq("iii->i"), .inputs = {{{2, 2, 2}}}},
          {.attrs = eq("ij,kl->ik"), .inputs = {m, {{2, 2}}}},  // sums over what only one has
          {.attrs = eq("ij,jk->ik"), .inputs = {{{2, 0}}, {{0, 3}}}},
          {.attrs = eq(",->"), .inputs = {{{}}, {{}}}},
          {.attrs = eq("ij,jk->ik"), .inputs = {m}, .error = "einsum \"ij,jk->ik\" names 2 inputs, 1 are given"},
          {.attrs = eq("ij->ik"), .inputs = {m}, .error = "names k in the result, which no input has"},
          {.attrs = eq("ij->ii"), .inputs = {m}, .error = "einsum \"ij->ii\" names i twice in the result"},
          {.attrs = eq("i->i"), .inputs = {m}, .error = "input 0 has shape [2, 3], \"i\" names 1 axes"},
          {.attrs = eq("ijk"), .inputs = {m}, .error = "\"ijk\" names 3 axes"},
          {.attrs = eq("i1"), .inputs = {m}, .error = "has '1' where a letter is expected"},
          {.attrs = eq("ij->i->j"), .inputs = {m}, .error = "has '-' where a letter is expected"},
          {.attrs = eq("......"), .inputs = {m}, .error = "has '.' where a letter is expected"},
          {.attrs = eq("ij,jk->ik"), .inputs = {m, {{2, 2}}}, .error = "j is 3 before, 2 in input 1"},
          {.attrs = eq("ii"), .inputs = {m}, .error = "einsum \"ii\": i is 2 before, 3 in input 0"},
          {.attrs = eq("i"), .inputs = {{{2}, {}, DType::i64}}, .error = "all must have one floating dtype"}};
}

}  // namespace

Tensor einsum(const std::string& equation, const std::vector<Tensor>& inputs, const char* file, int line) {
  return apply_one<Einsum>({equation}, inputs, {file, line});
}

std::vector<const Op*> ops_einsum() { return {&op_of<Einsum>()}; }

}  // namespace percept
