// npy.cpp - one array in NumPy's format: values into our dtypes and our order, and the way back.
#include "percept/formats/npy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <string>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/formats/byte_file.h"
#include "percept/formats/bytes.h"
#include "percept/formats/npy_header.h"

namespace percept {
namespace {

using Read = FunctionRef<std::size_t(std::byte* to, std::size_t count)>;
constexpr const char* kCutShort = "the file is cut short or its header is damaged: copy it again or save it again";
constexpr std::string_view kMagic = "\x93NUMPY";

// What stands before the header, and its text.
struct Start {
  std::string text;
  std::int64_t bytes = 0;  // of both together
};

[[noreturn]] void refuse_magic(std::string_view start, const std::string& name) {
  if (start.empty()) throw IoError(name + ": the file is empty", "save the array with numpy.save");
  if (start.starts_with("PK\3\4") || start.starts_with("PK\5\6"))
    throw IoError(name + ": this is a zip archive, as numpy.savez writes, and no .npy file", "read it with read_npz");
  if (start.starts_with('\x80'))
    throw IoError(name + ": this is a pickle, which runs code when it is read, and no .npy file",
                  "in Python, load it and save the array with numpy.save");
  throw IoError(name + ": this is no .npy file: it does not start with 93 'NUMPY'", "save the array with numpy.save");
}

Start read_start(Read read, const std::string& name) {
  std::array<char, 12> start{};
  const auto get = [&](std::size_t from, std::size_t count) {
    return read(reinterpret_cast<std::byte*>(start.data()) + from, count);
  };
  const std::size_t got = get(0, 8);
  const std::string_view magic(start.data(), std::min(got, kMagic.size()));
  if (magic != kMagic) refuse_magic(magic, name);
  const int major = start[6], minor = start[7];
  if (got == 8 && (major < 1 || major > 3 || minor != 0))
    throw IoError(name + ": .npy version " + number(major) + "." + number(minor) + " is unknown",
                  "versions 1.0, 2.0 and 3.0 are read");
  const std::size_t width = major == 1 ? 2 : 4;
  if (got < 8 || get(8, width) < width) throw IoError(name + ": the file ends before its header", kCutShort);
  std::uint32_t length = 0;  // the bytes behind those of a u16 are still 0
  std::memcpy(&length, start.data() + 8, sizeof length);
  if (length > kMaxNpyHeader)
    throw IoError(
        name + ": the .npy header is said to have " + with_thousands(length) + " bytes",
        "10,000 are allowed, as NumPy has it; the file is damaged, or the array is a structure of many fields");
  Start out{.text = std::string(length, '\0'), .bytes = static_cast<std::int64_t>(8 + width + length)};
  if (read(reinterpret_cast<std::byte*>(out.text.data()), length) < length)
    throw IoError(name + ": the file ends within its header", kCutShort);
  return out;
}

void swap_bytes(std::byte* values, std::int64_t count, std::size_t width) {
  const auto step = static_cast<std::int64_t>(width);
  for (std::int64_t i = 0; i < count; ++i) std::reverse(values + i * step, values + (i + 1) * step);
}

// Values of a narrower type, which fill the end of the memory, into wider ones.
template <class Narrow, class Wide>
void widen(std::byte* memory, std::int64_t count) {
  const std::byte* const from = memory + count * static_cast<std::int64_t>(sizeof(Wide) - sizeof(Narrow));
  for (std::int64_t i = 0; i < count; ++i) {  // writing catches up with reading only at the last value
    Narrow narrow = 0;
    std::memcpy(&narrow, from + i * static_cast<std::int64_t>(sizeof narrow), sizeof narrow);
    const Wide wide = narrow;
    std::memcpy(memory + i * static_cast<std::int64_t>(sizeof wide), &wide, sizeof wide);
  }
}

void check_u64(const std::byte* memory, std::int64_t count, const std::string& name) {
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint64_t value = 0;
    std::memcpy(&value, memory + i * 8, sizeof value);
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      throw IoError(name + ": value " + with_thousands(i) + " is " + number(value) + ", too large for i64",
                    "convert it in Python: a.astype(\"float64\")");
  }
}

void check_bool(const std::byte* memory, std::int64_t count, const std::string& name) {
  const auto* const bad = std::find_if(memory, memory + count, [](std::byte b) { return b > std::byte{1}; });
  if (bad != memory + count)
    throw IoError(name + ": a bool is " + number(std::to_integer<int>(*bad)), "it must be 0 or 1; the file is damaged");
}

// From the file's values, at the end of the memory, to the tensor's.
void convert(const NpyHeader& header, std::byte* memory, std::int64_t count, const std::string& name) {
  const auto wider = static_cast<std::int64_t>(size_of(header.dtype) - header.width);
  if (header.big_endian && header.width > 1) swap_bytes(memory + count * wider, count, header.width);
  if (header.width == 2 && header.kind == 'i') widen<std::int16_t, std::int32_t>(memory, count);
  if (header.width == 2 && header.kind == 'u') widen<std::uint16_t, std::int32_t>(memory, count);
  if (header.width == 4 && header.kind == 'u') widen<std::uint32_t, std::int64_t>(memory, count);
  if (header.width == 8 && header.kind == 'u') check_u64(memory, count, name);
  if (header.kind == 'b') check_bool(memory, count, name);
}

// The order in memory in which the file has the values.
Spec stored_spec(const NpyHeader& header) {
  Spec spec = contiguous_spec(header.dtype, header.shape);
  if (!header.fortran_order) return spec;
  Shape reversed = header.shape;
  std::reverse(reversed.begin(), reversed.end());
  spec.strides = contiguous_strides(reversed);
  std::reverse(spec.strides.begin(), spec.strides.end());
  return spec;
}

std::int64_t bytes_of_values(const NpyHeader& header, const std::string& name) {
  try {
    promised_bytes(header.shape, size_of(header.dtype));
    return promised_bytes(header.shape, header.width);
  } catch (const ShapeError& error) {
    throw IoError(name + ": the .npy header says " + error.problem(), kCutShort);
  }
}

}  // namespace

Tensor decode_npy(Read read, std::int64_t most, const std::string& name) {
  const Start start = read_start(read, name);
  const NpyHeader header = parse_npy_header(start.text, name);
  const std::int64_t bytes = bytes_of_values(header, name);
  const std::string promise = "the .npy header says " + std::string(name_of(header.dtype)) + " " + str(header.shape) +
                              ": " + with_thousands(bytes) + " bytes of values";
  if (bytes > most - start.bytes)
    throw IoError(name + ": " + promise + ", at most " + with_thousands(most - start.bytes) + " are there", kCutShort);

  Tensor stored(stored_spec(header));
  auto* const memory = static_cast<std::byte*>(stored.raw_data());
  const std::int64_t count = stored.numel();
  const auto wanted = static_cast<std::size_t>(bytes);
  const std::size_t got = read(memory + checked_bytes(count, size_of(header.dtype)) - wanted, wanted);
  if (got < wanted)
    throw IoError(name + ": " + promise + ", only " + with_thousands(static_cast<std::int64_t>(got)) + " are there",
                  kCutShort);
  std::byte more{};
  if (read(&more, 1) != 0)
    throw IoError(name + ": " + promise + ", but the file goes on after them",
                  "one array is read: several belong into an archive, numpy.savez(path, x=x, y=y)");
  convert(header, memory, count, name);
  if (stored.is_contiguous()) return stored;
  Tensor out(contiguous_spec(header.dtype, header.shape));
  copy_elements(stored, out);
  return out;
}

namespace {
Tensor decode_stream(ByteStream stream) {
  return decode_npy([&](std::byte* to, std::size_t count) { return stream.read(to, count); }, stream.most(),
                    stream.name());
}
}  // namespace

Tensor parse_npy(std::span<const std::byte> bytes, std::string_view name) {
  return decode_stream(ByteStream(ByteFile(bytes, name)));
}

Tensor read_npy(const Path& path) { return decode_stream(ByteStream(ByteFile(path))); }

void write_npy(const Path& path, const Tensor& tensor) {
  const std::string header = npy_header(tensor.dtype(), tensor.shape());
  std::vector<std::byte> scratch;
  const std::span<const std::byte> parts[] = {std::as_bytes(std::span(header)), row_major_bytes(tensor, scratch)};
  write_file_atomic(path, parts);
}

std::vector<std::byte> encode_npy(const Tensor& tensor) {
  const std::string header = npy_header(tensor.dtype(), tensor.shape());
  std::vector<std::byte> scratch, out;
  const auto values = row_major_bytes(tensor, scratch), start = std::as_bytes(std::span(header));
  out.reserve(start.size() + values.size());
  out.insert(out.end(), start.begin(), start.end());
  out.insert(out.end(), values.begin(), values.end());
  return out;
}

}  // namespace percept
