// matmul_bf16.cpp - a matrix product of operands rounded to bf16: a stage brings both into bf16, b in oneDNN's own
// order, then pieces as in f32. Sums are f32 and follow from K alone. Several matrices at once are left to the
// fallback.
#include <memory>
#include <utility>

#include "percept/backends/onednn/_product_bf16.h"
#include "percept/ops/pointwise.h"

namespace percept {
namespace {

using namespace onednn;

// For one matrix.
std::shared_ptr<const Prepacked> prepacked(const std::shared_ptr<const ProductBf16>& p) {
  auto packed = std::make_shared<Prepacked>();
  packed->input = 1;
  packed->bytes = p->b_bytes();
  packed->pack = {
      {p->b_pieces(), [p](std::int64_t i, const Buffers& b) { p->pack(i, b.in<float>(0), b.out<std::byte>(0)); }}};
  packed->then.workspace_bytes = p->a_bytes() + p->workspace_bytes();
  packed->then.stages = {
      {p->row_pieces(), [p](std::int64_t i, const Buffers& b) { p->round_rows(i, b.in<float>(0), b.workspace); }},
      {p->pieces(),
       [p](std::int64_t i, const Buffers& b) {
         p->run(i, b.workspace, b.in<std::byte>(1), b.out<float>(0), b.workspace + p->a_bytes());
       },
       [p](std::int64_t i) { return p->region(i); }}};
  return packed;
}

std::optional<Prepared> prepare(const Attrs&, Specs inputs, Specs results, const PointwiseProgram& epilogue) {
  if (!epilogue.empty() || inputs[0].dtype != DType::f32 || results[0].numel() == 0 || inputs[0].shape.back() == 0 ||
      !results[0].is_contiguous())
    return {};
  const MatmulSizes sizes = matmul_sizes(inputs[0], inputs[1]);
  std::shared_ptr<const ProductBf16> p;
  try {
    p = std::make_shared<const ProductBf16>(sizes);
  } catch (const dnnl::error&) {
    return {};
  }
  Prepared prepared;  // workspace: a, b, then what the product needs
  const std::size_t b_at = p->a_bytes(), product_at = b_at + p->b_bytes();
  prepared.workspace_bytes = product_at + p->workspace_bytes();
  const std::int64_t rows = p->row_pieces();
  prepared.stages = {{rows + p->b_pieces(),
                      [p, rows, b_at](std::int64_t i, const Buffers& b) {
                        if (i < rows)
                          p->round_rows(i, b.in<float>(0), b.workspace);
                        else
                          p->pack(i - rows, b.in<float>(1), b.workspace + b_at);
                      }},
                     {p->pieces(), [p, b_at, product_at](std::int64_t i, const Buffers& b) {
                        p->run(i, b.workspace, b.workspace + b_at, b.out<float>(0), b.workspace + product_at);
                      }}};
  if (results[0].shape == Shape{sizes.m, sizes.n}) {
    prepared.stages.back().completes = [p](std::int64_t i) { return p->region(i); };
    prepared.prepack = [p] { return prepacked(p); };
  }
  return prepared;
}

}  // namespace

std::vector<Kernel> kernels_onednn_matmul_bf16();
std::vector<Kernel> kernels_onednn_matmul_bf16() {
  if (!has_bf16()) return {};
  return {{.op = "matmul", .name = "matmul_bf16", .backend = "onednn", .prepare = prepare, .algorithm = "bf16"}};
}

}  // namespace percept
