// _block_copy.h - elements from any strides to any strides: what every copying kernel is made of.
#pragma once
#include <cstdint>
#include <optional>

#include "percept/core/spec.h"

namespace percept::cpu {

// One block of `shape`, read with strides `from` (0 and negative ones too) and written with strides `to` (positive
// along axes longer than 1, addressing each element once). Cut into pieces by its shape and strides alone.
class BlockCopy {
 public:
  // Nothing above rank 8, neighbours that step alike counted as one axis.
  static std::optional<BlockCopy> of(const Shape& shape, const Strides& from, const Strides& to, std::size_t bytes);

  std::int64_t pieces() const { return pieces_; }
  // from, to: addresses of the first elements.
  void run(std::int64_t piece, const void* from, void* to) const;

 private:
  static constexpr int kMaxRank = 8;
  struct Place {
    std::int64_t from = 0, to = 0;
  };
  void cut();
  Place place(std::int64_t row, std::int64_t* index) const;
  template <class T>
  void run_rows(std::int64_t piece, const T* from, T* to) const;
  template <class T>
  void run_transposed(std::int64_t piece, const T* from, T* to) const;

  int rank_ = 0;  // axes from the largest step of the result to the smallest
  std::int64_t size_[kMaxRank] = {}, from_[kMaxRank] = {}, to_[kMaxRank] = {};
  std::size_t bytes_ = 4;
  std::int64_t pieces_ = 0, rows_ = 1;  // rows: runs along the last axis
  std::int64_t each_ = 1;               // rows (or cuts of a matrix) of one piece
  std::int64_t cut_ = 1, cuts_ = 1;     // elements of a part of a row; parts per row (or of a matrix, in its rows)
  int swapped_ = -1;                    // the axis along which the source runs, where it is not the last
};

}  // namespace percept::cpu
