// gather.cpp - lookups by index and their reverses: single elements along an axis, and whole rows.
#include <cstring>

#include "percept/backends/cpu/_walk.h"
#include "percept/base/checked.h"
#include "percept/ops/index/index.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace cpu {
namespace {

constexpr std::int64_t kPieceElements = 16384;

template <class F>
void visit_width(std::size_t bytes, F f) {
  switch (bytes) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      return f(std::uint64_t{});
  }
}
template <class F>
void visit_index(DType dtype, F f) {
  if (dtype == DType::u8)
    f(std::uint8_t{});
  else if (dtype == DType::i32)
    f(std::int32_t{});
  else
    f(std::int64_t{});
}
// Negative ones are huge without their sign.
bool in_range(std::int64_t index, std::int64_t size) {
  return static_cast<std::uint64_t>(index) < static_cast<std::uint64_t>(size);
}

Stage zero_stage(const Spec& y) {
  const std::int64_t bytes = y.numel() * static_cast<std::int64_t>(size_of(y.dtype)), each = 8 * kPieceElements;
  return {ceil_div(bytes, each), [=](std::int64_t piece, const Buffers& b) {
            std::memset(b.out<std::byte>(0) + piece * each, 0,
                        static_cast<std::size_t>(std::min(each, bytes - piece * each)));
          }};
}
Stage copy_stage(const Spec& y) {
  const std::int64_t bytes = y.numel() * static_cast<std::int64_t>(size_of(y.dtype)), each = 8 * kPieceElements;
  return {ceil_div(bytes, each), [=](std::int64_t piece, const Buffers& b) {
            std::memcpy(b.out<std::byte>(0) + piece * each, b.in<std::byte>(0) + piece * each,
                        static_cast<std::size_t>(std::min(each, bytes - piece * each)));
          }};
}

// A loop over [outer, count, inner], count in order within a piece: pieces are groups of outer entries, or parts of
// the inner axis, so that no two write to one place.
struct Cut {
  std::int64_t outer, count, inner;
  std::int64_t each = 1, part = 1, parts = 1;

  Cut(std::int64_t outer_size, std::int64_t count_size, std::int64_t inner_size)
      : outer(outer_size), count(count_size), inner(inner_size), part(inner_size) {
    constexpr std::int64_t kLine = 16, kMostParts = 16;  // whole lines of memory
    const std::int64_t work = std::max<std::int64_t>(count * inner, 1);
    if (work <= kPieceElements) {
      each = kPieceElements / work;
    } else {
      const std::int64_t wanted = std::min(ceil_div(work, kPieceElements), kMostParts);
      part = ceil_div(ceil_div(inner, wanted), kLine) * kLine;
      parts = ceil_div(inner, part);
    }
  }
  std::int64_t pieces() const { return parts > 1 ? outer * parts : ceil_div(outer, each); }
  // f(outer entry, first and end of the inner axis).
  template <class F>
  void run(std::int64_t piece, F f) const {
    if (parts > 1) {
      const std::int64_t begin = piece % parts * part;
      return f(piece / parts, begin, std::min(begin + part, inner));
    }
    for (std::int64_t o = piece * each; o < std::min((piece + 1) * each, outer); ++o) f(o, std::int64_t{0}, inner);
  }
};

// ---- gather, scatter_add, scatter: index [outer, count, inner], table [outer, size, inner] ----

struct Lookup {
  const char* who;
  Cut cut;
  std::int64_t size;
  Shape index_shape;
  DType index_dtype;

  // f(position in index, position in the table) in a piece's order.
  template <class F>
  void each(std::int64_t piece, const Buffers& b, std::size_t input, F f) const {
    visit_index(index_dtype, [&]<class I>(I) {
      const I* index = b.in<I>(input);
      cut.run(piece, [&](std::int64_t o, std::int64_t begin, std::int64_t end) {
        for (std::int64_t j = 0; j < cut.count; ++j)
          for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t at = (o * cut.count + j) * cut.inner + i;
            const auto value = static_cast<std::int64_t>(index[at]);
            if (in_range(value, size)) [[likely]]
              f(at, (o * size + value) * cut.inner + i);
            else
              report_index(b, who, value, at, index_shape, size);
          }
      });
    });
  }
};

// Nothing where index and table differ in more than the axis, or where the table is empty: indices must be checked.
std::optional<Lookup> lookup(const char* who, const Spec& index, const Shape& table, std::int64_t wanted_axis) {
  const auto axis = static_cast<std::size_t>(checked_axis(wanted_axis, table.rank(), who));
  std::int64_t outer = 1, inner = 1;
  if (checked_numel(table) == 0) return std::nullopt;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (i == axis) continue;
    if (table[i] != index.shape[i]) return std::nullopt;
    (i < axis ? outer : inner) *= table[i];
  }
  return Lookup{who, Cut(outer, index.shape[axis], inner), table[axis], index.shape, index.dtype};
}

std::optional<Prepared> prepare_gather(const Attrs& attrs, Specs inputs, Specs results,
                                       const PointwiseProgram& epilogue) {
  const auto look = lookup("gather", inputs[1], inputs[0].shape, attrs.as<GatherAttrs>().axis);
  if (!epilogue.empty() || !look) return std::nullopt;
  Prepared prepared;
  prepared.stages.push_back(
      {look->cut.pieces(), [look = *look, bytes = size_of(results[0].dtype)](std::int64_t piece, const Buffers& b) {
         visit_width(bytes, [&]<class T>(T) {
           const T* x = b.in<T>(0);
           T* y = b.out<T>(0);
           look.each(piece, b, 1, [=](std::int64_t to, std::int64_t from) { y[to] = x[from]; });
         });
       }});
  return prepared;
}

std::optional<Prepared> prepare_scatter_add(const Attrs& attrs, Specs inputs, Specs results,
                                            const PointwiseProgram& epilogue) {
  const DType dtype = results[0].dtype;
  const auto look = lookup("scatter_add", inputs[0], results[0].shape, attrs.as<ScatterAddAttrs>().axis);
  if (!epilogue.empty() || !look || (dtype != DType::f32 && dtype != DType::f64)) return std::nullopt;
  Prepared prepared;
  prepared.stages.push_back(zero_stage(results[0]));
  prepared.stages.push_back({look->cut.pieces(), [look = *look, dtype](std::int64_t piece, const Buffers& b) {
                               auto run = [&]<class T>(T) {
                                 const T* values = b.in<T>(1);
                                 T* y = b.out<T>(0);
                                 look.each(piece, b, 0,
                                           [=](std::int64_t from, std::int64_t to) { y[to] += values[from]; });
                               };
                               dtype == DType::f32 ? run(float{}) : run(double{});
                             }});
  return prepared;
}

std::optional<Prepared> prepare_scatter(const Attrs& attrs, Specs inputs, Specs results,
                                        const PointwiseProgram& epilogue) {
  const auto look = lookup("scatter", inputs[1], results[0].shape, attrs.as<ScatterAttrs>().axis);
  if (!epilogue.empty() || !look) return std::nullopt;
  Prepared prepared;
  prepared.stages.push_back(copy_stage(results[0]));
  prepared.stages.push_back(
      {look->cut.pieces(), [look = *look, bytes = size_of(results[0].dtype)](std::int64_t piece, const Buffers& b) {
         visit_width(bytes, [&]<class T>(T) {
           const T* values = b.in<T>(2);
           T* y = b.out<T>(0);
           look.each(piece, b, 1, [=](std::int64_t from, std::int64_t to) { y[to] = values[from]; });
         });
       }});
  return prepared;
}

// ---- take, embedding, take_grad: rows ----

std::optional<Prepared> prepare_rows(const char* who, const Spec& x, std::size_t x_input, const Spec& index,
                                     std::size_t index_input, int axis) {
  const TakeSizes s = take_sizes(x.shape, index.shape, axis);
  if (x.numel() == 0) return std::nullopt;  // nothing to copy, but indices must be checked
  const auto row = s.inner * static_cast<std::int64_t>(size_of(x.dtype));  // bytes
  const std::int64_t rows = s.outer * s.count, each = std::max<std::int64_t>(kPieceElements / s.inner, 1);
  Prepared prepared;
  prepared.stages.push_back(
      {ceil_div(rows, each), [=, shape = index.shape, dtype = index.dtype](std::int64_t piece, const Buffers& b) {
         visit_index(dtype, [&]<class I>(I) {
           const I* indices = b.in<I>(index_input);
           for (std::int64_t r = piece * each; r < std::min((piece + 1) * each, rows); ++r) {
             const std::int64_t position = r % s.count;
             const auto value = static_cast<std::int64_t>(indices[position]);
             if (in_range(value, s.size)) [[likely]]
               std::memcpy(b.out<std::byte>(0) + r * row,
                           b.in<std::byte>(x_input) + (r / s.count * s.size + value) * row,
                           static_cast<std::size_t>(row));
             else
               report_index(b, who, value, position, shape, s.size);
           }
         });
       }});
  return prepared;
}

std::optional<Prepared> prepare_take(const Attrs& attrs, Specs inputs, Specs, const PointwiseProgram& epilogue) {
  if (!epilogue.empty()) return std::nullopt;
  const int axis = checked_axis(attrs.as<TakeAttrs>().axis, inputs[0].rank(), "take");
  return prepare_rows("take", inputs[0], 0, inputs[1], 1, axis);
}
std::optional<Prepared> prepare_embedding(const Attrs&, Specs inputs, Specs, const PointwiseProgram& epilogue) {
  if (!epilogue.empty()) return std::nullopt;
  return prepare_rows("embedding", inputs[1], 1, inputs[0], 0, 0);
}

std::optional<Prepared> prepare_take_grad(const Attrs& attrs, Specs inputs, Specs results,
                                          const PointwiseProgram& epilogue) {
  const Spec &index = inputs[0], &y = results[0];
  const int axis = checked_axis(attrs.as<TakeGradAttrs>().axis, y.rank(), "take_grad");
  const TakeSizes s = take_sizes(y.shape, index.shape, axis);
  if (!epilogue.empty() || (y.dtype != DType::f32 && y.dtype != DType::f64) || y.numel() == 0) return std::nullopt;
  Prepared prepared;
  prepared.stages.push_back(zero_stage(y));
  const Cut cut(s.outer, s.count, s.inner);
  prepared.stages.push_back(
      {cut.pieces(),
       [=, shape = index.shape, index_dtype = index.dtype, dtype = y.dtype](std::int64_t piece, const Buffers& b) {
         auto run = [&]<class T, class I>(T, I) {
           cut.run(piece, [&](std::int64_t o, std::int64_t begin, std::int64_t end) {
             for (std::int64_t j = 0; j < s.count; ++j) {
               const auto value = static_cast<std::int64_t>(b.in<I>(0)[j]);
               if (!in_range(value, s.size)) {
                 report_index(b, "take_grad", value, j, shape, s.size);
                 continue;
               }
               T* to = b.out<T>(0) + (o * s.size + value) * s.inner;
               const T* from = b.in<T>(1) + (o * s.count + j) * s.inner;
               for (std::int64_t i = begin; i < end; ++i) to[i] += from[i];
             }
           });
         };
         visit_index(index_dtype, [&]<class I>(I i) { dtype == DType::f32 ? run(float{}, i) : run(double{}, i); });
       }});
  return prepared;
}

// ---- one_hot ----

std::optional<Prepared> prepare_one_hot(const Attrs& attrs, Specs inputs, Specs results,
                                        const PointwiseProgram& epilogue) {
  const std::int64_t classes = attrs.as<OneHotAttrs>().classes, count = inputs[0].numel();
  if (!epilogue.empty()) return std::nullopt;
  const std::int64_t each = std::max<std::int64_t>(kPieceElements / classes, 1);
  Prepared prepared;
  prepared.stages.push_back({ceil_div(count, each), [=, shape = inputs[0].shape, from = inputs[0].dtype,
                                                     to = results[0].dtype](std::int64_t piece, const Buffers& b) {
                               const std::int64_t begin = piece * each, end = std::min(begin + each, count);
                               visit_index(from, [&]<class I>(I) {
                                 visit_dtype(to, [&]<class T>(T) {
                                   T* y = b.out<T>(0);
                                   std::fill(y + begin * classes, y + end * classes, T{});
                                   for (std::int64_t i = begin; i < end; ++i) {
                                     const auto label = static_cast<std::int64_t>(b.in<I>(0)[i]);
                                     if (in_range(label, classes))
                                       y[i * classes + label] = static_cast<T>(1.0f);
                                     else
                                       report_index(b, "one_hot", label, i, shape, classes);
                                   }
                                 });
                               });
                             }});
  return prepared;
}

}  // namespace
}  // namespace cpu

std::vector<Kernel> kernels_cpu_gather();
std::vector<Kernel> kernels_cpu_gather() {
  auto of = [](std::string_view op, PrepareKernel prepare) {
    return Kernel{.op = op, .name = "gather", .backend = "cpu", .prepare = prepare, .layouts = {Layout::contiguous}};
  };
  return {of("gather", cpu::prepare_gather),       of("scatter_add", cpu::prepare_scatter_add),
          of("scatter", cpu::prepare_scatter),     of("take", cpu::prepare_take),
          of("embedding", cpu::prepare_embedding), of("take_grad", cpu::prepare_take_grad),
          of("one_hot", cpu::prepare_one_hot)};
}

}  // namespace percept
