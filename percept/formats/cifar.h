// cifar.h - CIFAR-10 and CIFAR-100 in their binary version: records of a label, or two, and a picture of 32 x 32.
//
//   CIFAR-10    label 0 to 9                    1,024 bytes of red, of green, of blue, each row by row
//   CIFAR-100   coarse 0 to 19, fine 0 to 99    the same
//
// Plain or gzipped, told by the first bytes. IoError that names the file, and the record where one is wrong.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "percept/base/path.h"
#include "percept/core/tensor.h"

namespace percept {

struct Cifar {
  Tensor images;  // u8 [N, 3, 32, 32], row-major
  Tensor labels;  // i64 [N]; of CIFAR-100 the fine ones
  Tensor coarse;  // i64 [N]; undefined for CIFAR-10
};

Cifar read_cifar10(const Path& path);   // data_batch_1.bin and the like
Cifar read_cifar100(const Path& path);  // train.bin, test.bin

// The same from memory; `name` stands for the file in messages.
Cifar parse_cifar10(std::span<const std::byte> bytes, std::string_view name);
Cifar parse_cifar100(std::span<const std::byte> bytes, std::string_view name);

}  // namespace percept
