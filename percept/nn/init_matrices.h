// init_matrices.h - first values that are no independent numbers: identities and orthogonal matrices.
#pragma once
#include "percept/core/rng.h"
#include "percept/core/tensor.h"

namespace percept {

// `gain` on the diagonal. ShapeError unless the shape is [rows, columns].
Tensor eye_values(const Shape& shape, double gain);
// [out, in, ...]: in each of `groups` parts output i hands input i through, at the middle of the window.
Tensor dirac_values(const Shape& shape, std::int64_t groups);
// Of the shape [rows, ...] seen as a matrix: its rows orthonormal, or its columns where those are fewer, times `gain`.
// Drawn normal in f64, orthogonalised twice in f64; the same key gives the same values. Source: Saxe et al. 2014.
Tensor orthogonal_values(const Shape& shape, double gain, RandomKey key);

}  // namespace percept
