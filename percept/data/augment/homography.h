// homography.h - maps of the plane as 3x3 matrices, in double: where a pixel of the new picture comes from.
//
// Places are continuous: pixel (i, j) covers i..i+1 across and j..j+1 down, so its centre is (i + 0.5, j + 0.5) and a
// picture of width w ends at x = w. y grows downwards.
#pragma once
#include <array>

namespace percept {

struct PlanePoint {
  double x = 0, y = 0;
};

// (x, y) goes to ((m0 x + m1 y + m2) / w, (m3 x + m4 y + m5) / w) with w = m6 x + m7 y + m8.
struct Homography {
  std::array<double, 9> m{1, 0, 0, 0, 1, 0, 0, 0, 1};

  PlanePoint operator()(PlanePoint p) const;
  bool is_affine() const { return m[6] == 0 && m[7] == 0 && m[8] == 1; }
  bool keeps_axes() const { return is_affine() && m[1] == 0 && m[3] == 0; }  // rows stay rows, columns columns
  bool is_identity() const;
  // Mirrors and whole pixels only: every pixel goes exactly onto one.
  bool moves_whole_pixels() const;
  friend bool operator==(const Homography&, const Homography&) = default;
};

Homography operator*(const Homography& a, const Homography& b);  // first b, then a

Homography translation(double x, double y);
Homography scaling(double x, double y);
Homography rotation(double degrees);                          // counter-clockwise as one sees it, about (0, 0)
Homography shearing(double degrees_x, double degrees_y = 0);  // x += tan(degrees_x) y, then y += tan(degrees_y) x
Homography about(PlanePoint centre, const Homography& map);
// ValueError for one that flattens the plane.
Homography inverse(const Homography& map);
// The one that takes each corner `from` to `to`. ValueError where three of them lie on a line.
Homography between(const std::array<PlanePoint, 4>& from, const std::array<PlanePoint, 4>& to);

}  // namespace percept
