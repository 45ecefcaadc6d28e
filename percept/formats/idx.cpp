// idx.cpp - reading IDX files.
#include "percept/formats/idx.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "percept/base/checked.h"
#include "percept/base/files.h"
#include "percept/base/function_ref.h"
#include "percept/base/text.h"
#include "percept/formats/bytes.h"
#include "percept/formats/gunzip.h"

namespace percept {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 36;  // 64 GiB: it is held in memory
constexpr const char* kWhatIdxIs =
    "an IDX file starts with 00 00, a type (08 u8, 09 i8, 0b i16, 0c i32, 0d f32, 0e f64) and a rank of 1 to 8: "
    "00 00 08 03 for MNIST's images, 00 00 08 01 for its labels";

struct IdxType {
  std::byte code;
  DType dtype;        // of the tensor
  std::size_t width;  // bytes of a value in the file
};
constexpr std::array<IdxType, 6> kTypes = {{{std::byte{0x08}, DType::u8, 1},
                                            {std::byte{0x09}, DType::i8, 1},
                                            {std::byte{0x0b}, DType::i32, 2},
                                            {std::byte{0x0c}, DType::i32, 4},
                                            {std::byte{0x0d}, DType::f32, 4},
                                            {std::byte{0x0e}, DType::f64, 8}}};

// Writes up to `count` of the file's next bytes to `to`, fewer only at its end; returns how many.
using Read = FunctionRef<std::size_t(std::byte* to, std::size_t count)>;

std::string hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte b : bytes) {
    const auto value = std::to_integer<unsigned>(b);
    text += (text.empty() ? "" : " ") + std::string{kDigits[value >> 4], kDigits[value & 15]};
  }
  return text;
}

struct Header {
  IdxType type;
  Shape shape = {};
  std::int64_t header_bytes = 0;
  std::int64_t value_bytes = 0;  // as the file has them
};

Header read_header(Read read, const std::string& name) {
  std::array<std::byte, 4> magic{};
  const std::size_t got = read(magic.data(), magic.size());
  if (got == 0) throw IoError(name + ": the file is empty", kWhatIdxIs);
  const std::string start = hex(std::span(magic).first(got));
  if (got < magic.size()) throw IoError(name + ": the file ends within its first 4 bytes: " + start, kWhatIdxIs);
  const auto type = std::find_if(kTypes.begin(), kTypes.end(), [&](const IdxType& t) { return t.code == magic[2]; });
  const int rank = std::to_integer<int>(magic[3]);
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0} || type == kTypes.end())
    throw IoError(name + ": this is no IDX file: it starts with " + start, kWhatIdxIs);
  if (rank < 1 || rank > kMaxIdxRank)
    throw IoError(name + ": the IDX header says rank " + std::to_string(rank) + " (it starts with " + start + ")",
                  "the rank must be 1 to 8");

  Header header{.type = *type};
  std::array<std::byte, 4> size{};
  for (int axis = 0; axis < rank; ++axis) {
    if (read(size.data(), size.size()) < size.size())
      throw IoError(name + ": the file ends within its header, before size " + std::to_string(axis + 1) + " of " +
                        std::to_string(rank),
                    "the file is cut short: copy or download it again");
    std::int64_t value = 0;
    for (const std::byte b : size) value = value << 8 | std::to_integer<std::int64_t>(b);
    header.shape.push_back(value);
  }
  header.header_bytes = 4 + 4 * rank;
  try {
    header.value_bytes = promised_bytes(header.shape, type->width);
  } catch (const ShapeError& error) {
    throw IoError(name + ": the IDX header says " + error.problem(),
                  "the header is damaged: copy or download the file again");
  }
  return header;
}

// Big-endian values into the machine's own, in place.
template <class Bits>
void reverse_bytes(std::byte* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    Bits bits = 0;
    std::memcpy(&bits, values + i * sizeof(Bits), sizeof(Bits));
    if constexpr (sizeof(Bits) == 4)
      bits = __builtin_bswap32(bits);
    else
      bits = __builtin_bswap64(bits);
    std::memcpy(values + i * sizeof(Bits), &bits, sizeof(Bits));
  }
}

// Values of 2 bytes, which fill the second half of the memory, into 4 bytes each.
void widen_i16(std::int32_t* values, std::int64_t count) {
  const auto* from = reinterpret_cast<const std::byte*>(values) + 2 * count;
  for (std::int64_t i = 0; i < count; ++i) {  // writing catches up with reading only at the last value
    const auto high = std::to_integer<std::uint16_t>(from[2 * i]),
               low = std::to_integer<std::uint16_t>(from[2 * i + 1]);
    values[i] = static_cast<std::int16_t>(static_cast<std::uint16_t>(high << 8 | low));
  }
}

// most: how many bytes `read` can give at most; what the header promises beyond that is refused before memory is taken.
Tensor decode(Read read, std::int64_t most, const std::string& name) {
  const Header header = read_header(read, name);
  const std::string promise = "the IDX header says " + std::string(name_of(header.type.dtype)) + " " +
                              str(header.shape) + ": " + with_thousands(header.value_bytes) + " bytes of values";
  constexpr const char* kCutShort = "the file is cut short or its header is damaged: copy or download it again";
  if (header.value_bytes > most - header.header_bytes)
    throw IoError(name + ": " + promise + ", at most " + with_thousands(most - header.header_bytes) + " are there",
                  kCutShort);

  Tensor out(contiguous_spec(header.type.dtype, header.shape));
  auto* memory = static_cast<std::byte*>(out.raw_data());
  const auto wanted = static_cast<std::size_t>(header.value_bytes);
  const std::size_t got = read(memory + (header.type.width == 2 ? wanted : 0), wanted);
  if (got < wanted)
    throw IoError(name + ": " + promise + ", only " + with_thousands(static_cast<std::int64_t>(got)) + " are there",
                  kCutShort);
  std::byte more{};
  if (read(&more, 1) != 0)
    throw IoError(name + ": " + promise + ", but the file goes on after them",
                  "the header is damaged, or something was appended: copy or download the file again");
  if (header.type.width == 2)
    widen_i16(out.mutable_data<std::int32_t>(), out.numel());
  else if (header.type.width == 4)
    reverse_bytes<std::uint32_t>(memory, out.numel());
  else if (header.type.width == 8)
    reverse_bytes<std::uint64_t>(memory, out.numel());
  return out;
}

}  // namespace

Tensor parse_idx(std::span<const std::byte> bytes, std::string_view name) {
  const auto most = static_cast<std::int64_t>(bytes.size());
  const auto read = [&](std::byte* to, std::size_t count) {
    count = std::min(count, bytes.size());
    if (count != 0) std::memcpy(to, bytes.data(), count);
    bytes = bytes.subspan(count);
    return count;
  };
  return decode(read, most, std::string(name));
}

Tensor parse_idx_or_gz(std::span<const std::byte> bytes, std::string_view name) {
  if (!is_gzip(bytes)) return parse_idx(bytes, name);
  Gunzip source(bytes, name);
  const auto read = [&](std::byte* to, std::size_t count) { return source.read(to, count); };
  return decode(read, checked_mul(static_cast<std::int64_t>(bytes.size()), kMaxGzipRatio), std::string(name));
}

Tensor read_idx(const Path& path) { return parse_idx_or_gz(read_file(path, kMaxFileBytes), path.string()); }

}  // namespace percept
