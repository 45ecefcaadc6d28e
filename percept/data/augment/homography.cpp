// homography.cpp - products, inverses, and the map through four points.
#include "percept/data/augment/homography.h"

#include <cmath>
#include <numbers>
#include <utility>

#include "percept/base/error.h"

namespace percept {

PlanePoint Homography::operator()(PlanePoint p) const {
  const double w = m[6] * p.x + m[7] * p.y + m[8];
  return {(m[0] * p.x + m[1] * p.y + m[2]) / w, (m[3] * p.x + m[4] * p.y + m[5]) / w};
}

bool Homography::is_identity() const { return *this == Homography{}; }

bool Homography::moves_whole_pixels() const {
  return keeps_axes() && std::abs(m[0]) == 1 && std::abs(m[4]) == 1 && m[2] == std::nearbyint(m[2]) &&
         m[5] == std::nearbyint(m[5]);
}

Homography operator*(const Homography& a, const Homography& b) {
  Homography out;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += a.m[3 * i + k] * b.m[3 * k + j];
      out.m[3 * i + j] = sum;
    }
  return out;
}

Homography translation(double x, double y) { return {{1, 0, x, 0, 1, y, 0, 0, 1}}; }
Homography scaling(double x, double y) { return {{x, 0, 0, 0, y, 0, 0, 0, 1}}; }

Homography rotation(double degrees) {
  const double turn = std::remainder(degrees, 360), angle = turn * std::numbers::pi / 180;
  double c = std::cos(angle), s = std::sin(angle);
  if (std::remainder(turn, 90) == 0) {  // quarters of a turn are exact, so that they move whole pixels
    c = std::nearbyint(c);
    s = std::nearbyint(s);
  }
  return {{c, s, 0, -s, c, 0, 0, 0, 1}};
}

Homography shearing(double degrees_x, double degrees_y) {
  const double x = std::tan(degrees_x * std::numbers::pi / 180), y = std::tan(degrees_y * std::numbers::pi / 180);
  return Homography{{1, 0, 0, y, 1, 0, 0, 0, 1}} * Homography{{1, x, 0, 0, 1, 0, 0, 0, 1}};
}

Homography about(PlanePoint centre, const Homography& map) {
  return translation(centre.x, centre.y) * map * translation(-centre.x, -centre.y);
}

Homography inverse(const Homography& map) {
  const auto& m = map.m;
  const auto minor = [&](std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
    return m[a] * m[d] - m[b] * m[c];
  };
  const double c0 = minor(4, 5, 7, 8), c1 = minor(5, 3, 8, 6), c2 = minor(3, 4, 6, 7);
  const double determinant = m[0] * c0 + m[1] * c1 + m[2] * c2;
  if (!(std::abs(determinant) > 1e-12))
    throw ValueError("a map of the plane that cannot be undone", "use scales and corners that leave an area");
  Homography out{{c0, minor(2, 1, 8, 7), minor(1, 2, 4, 5), c1, minor(0, 2, 6, 8), minor(2, 0, 5, 3), c2,
                  minor(1, 0, 7, 6), minor(0, 1, 3, 4)}};
  const double last = out.m[8] != 0 ? out.m[8] : determinant;  // homogeneous: any factor is the same map
  for (double& value : out.m) value /= last;
  return out;
}

// Eight linear equations for m0..m7 with m8 = 1, by Gauss with pivots.
Homography between(const std::array<PlanePoint, 4>& from, const std::array<PlanePoint, 4>& to) {
  double a[8][9];
  for (std::size_t i = 0; i < 4; ++i) {
    const PlanePoint p = from[i], q = to[i];
    const double rows[2][9] = {{p.x, p.y, 1, 0, 0, 0, -p.x * q.x, -p.y * q.x, q.x},
                               {0, 0, 0, p.x, p.y, 1, -p.x * q.y, -p.y * q.y, q.y}};
    for (std::size_t k = 0; k < 9; ++k) {
      a[2 * i][k] = rows[0][k];
      a[2 * i + 1][k] = rows[1][k];
    }
  }
  for (int column = 0; column < 8; ++column) {
    int pivot = column;
    for (int row = column + 1; row < 8; ++row)
      if (std::abs(a[row][column]) > std::abs(a[pivot][column])) pivot = row;
    if (std::abs(a[pivot][column]) < 1e-9)
      throw ValueError("perspective: three of the four corners lie on a line", "use corners that span an area");
    std::swap(a[pivot], a[column]);
    for (int row = 0; row < 8; ++row) {
      if (row == column) continue;
      const double factor = a[row][column] / a[column][column];
      for (int k = column; k < 9; ++k) a[row][k] -= factor * a[column][k];
    }
  }
  Homography out;
  for (int i = 0; i < 8; ++i) out.m[static_cast<std::size_t>(i)] = a[i][8] / a[i][i];
  return out;
}

}  // namespace percept
