// init_matrices.cpp - identities and orthogonal matrices as first values.
#include "percept/nn/init_matrices.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/ops/ops.h"

namespace percept {
namespace {

// In four lanes that are added at the end: an order of its own, the same on every machine.
double dot(const double* a, const double* b, std::int64_t count) {
  double lanes[4] = {0, 0, 0, 0};
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (int lane = 0; lane < 4; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  for (; i < count; ++i) lanes[0] += a[i] * b[i];
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

void subtract(double* from, const double* direction, double amount, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) from[i] -= amount * direction[i];
}

// Gram-Schmidt over the rows, each one twice against those before it ("twice is enough", Giraud et al. 2005). The
// triangle's diagonal comes out positive, so the matrix is uniform among orthogonal ones (Mezzadri 2007).
void orthonormalise(std::vector<double>& rows, std::int64_t count, std::int64_t length) {
  for (std::int64_t i = 0; i < count; ++i) {
    double* row = rows.data() + i * length;
    for (int pass = 0; pass < 2; ++pass)
      for (std::int64_t j = 0; j < i; ++j) {
        const double* before = rows.data() + j * length;
        subtract(row, before, dot(row, before, length), length);
      }
    const double norm = std::sqrt(dot(row, row, length));
    for (std::int64_t k = 0; k < length; ++k) row[k] /= norm;
  }
}

}  // namespace

Tensor eye_values(const Shape& shape, double gain) {
  if (shape.rank() != 2)
    throw ShapeError("eye: the parameter has shape " + str(shape), "it takes a matrix [rows, columns]");
  Tensor matrix = zeros(shape);
  float* values = matrix.mutable_data<float>();
  for (std::int64_t i = 0; i < std::min(shape[0], shape[1]); ++i) values[i * shape[1] + i] = static_cast<float>(gain);
  return matrix;
}

Tensor dirac_values(const Shape& shape, std::int64_t groups) {
  if (shape.rank() < 3 || shape.rank() > 5 || groups < 1 || shape[0] % groups != 0)
    throw ShapeError("dirac: the parameter has shape " + str(shape) + ", groups is " + number(groups),
                     "it takes a convolution's weight [out, in, ...] whose outputs the groups divide");
  std::int64_t window = 1, middle = 0;
  for (std::size_t axis = 2; axis < shape.size(); ++axis) {
    middle = middle * shape[axis] + shape[axis] / 2;
    window = checked_mul(window, shape[axis]);
  }
  Tensor weight = zeros(shape);
  if (weight.numel() == 0) return weight;
  float* values = weight.mutable_data<float>();
  const std::int64_t outputs = shape[0] / groups;  // of one group
  for (std::int64_t group = 0; group < groups; ++group)
    for (std::int64_t i = 0; i < std::min(outputs, shape[1]); ++i)
      values[((group * outputs + i) * shape[1] + i) * window + middle] = 1;
  return weight;
}

Tensor orthogonal_values(const Shape& shape, double gain, RandomKey key) {
  if (shape.rank() < 2)
    throw ShapeError("orthogonal: the parameter has shape " + str(shape), "it takes two axes or more");
  const std::int64_t numel = checked_numel(shape);
  if (numel == 0) return zeros(shape);
  const std::int64_t rows = shape[0], columns = numel / rows;
  const std::int64_t fewer = std::min(rows, columns), more = std::max(rows, columns);
  std::vector<double> basis = normal({fewer, more}, 0, 1, key, DType::f64).to_vector<double>();
  orthonormalise(basis, fewer, more);
  std::vector<float> values(basis.size());
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      const std::int64_t at = rows <= columns ? i * more + j : j * more + i;
      values[static_cast<std::size_t>(i * columns + j)] =
          static_cast<float>(gain * basis[static_cast<std::size_t>(at)]);
    }
  return from_vector(values, shape);
}

}  // namespace percept
