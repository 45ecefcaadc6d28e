// _blur.h - sums along rows and columns, for the files of steps.
#pragma once
#include <cstdint>
#include <vector>

namespace percept {

// exp(-x^2 / (2 sigma^2)) at -radius..radius, adding up to 1.
std::vector<float> gaussian_kernel(std::int64_t radius, double sigma);

// Convolves with `kernel` (odd length) along both axes, pictures going on beyond the edge as FillMode::reflect.
void blur_plane(const float* from, std::int64_t height, std::int64_t width, const std::vector<float>& kernel,
                float* to);

}  // namespace percept
