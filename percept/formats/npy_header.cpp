// npy_header.cpp - the Python dictionary of a .npy file, read by its grammar and never by position.
#include "percept/formats/npy_header.h"

#include <algorithm>
#include <array>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"

namespace percept {
namespace {

constexpr const char* kDamaged = "the file is damaged or was not written by numpy.save: save it again";

// Python's literals, as far as NumPy writes them: dictionary, strings, True and False, a tuple of integers.
class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

  NpyHeader parse() {
    NpyHeader header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = string();
      expect(':');
      if (key == "descr" && !descr)
        descr = (read_descr(header), true);
      else if (key == "fortran_order" && !order)
        order = (header.fortran_order = boolean(), true);
      else if (key == "shape" && !shape)
        shape = (header.shape = tuple(), true);
      else
        refuse("the key " + quote(key) + " is unknown or there twice");
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (!rest_.empty()) refuse("text follows the dictionary: " + quote(rest_.substr(0, 20)));
    if (!descr || !order || !shape) refuse("it needs the keys 'descr', 'fortran_order' and 'shape'");
    return header;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw IoError(name_ + ": the .npy header is malformed: " + what, kDamaged);
  }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  bool accept(char c) {
    skip_blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse(std::string("a '") + c + "' is missing before " + quote(rest_.substr(0, 20)));
  }

  std::string_view string() {
    skip_blanks();
    const char mark = rest_.empty() ? '\0' : rest_.front();
    const std::size_t end = mark == '\'' || mark == '"' ? rest_.find(mark, 1) : std::string_view::npos;
    if (end == std::string_view::npos) refuse("a string is missing before " + quote(rest_.substr(0, 20)));
    const std::string_view text = rest_.substr(1, end - 1);
    if (text.find('\\') != std::string_view::npos) refuse("an escape in " + quote(text));
    rest_.remove_prefix(end + 1);
    return text;
  }
  bool boolean() {
    skip_blanks();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    refuse("True or False is missing before " + quote(rest_.substr(0, 20)));
  }
  std::int64_t integer() {
    skip_blanks();
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const auto value = parse_int64(rest_.substr(0, digits));
    if (!value) refuse("a size is missing or too large before " + quote(rest_.substr(0, 30)));
    rest_.remove_prefix(digits);
    if (rest_.starts_with('L')) rest_.remove_prefix(1);  // NumPy of Python 2
    return *value;
  }
  Shape tuple() {
    Shape shape;
    expect('(');
    bool closed = accept(')'), comma = true;
    while (!closed) {
      if (!comma) refuse("a ',' is missing in the shape");
      if (shape.rank() == kMaxRank) refuse("the shape has more than " + number(kMaxRank) + " axes");
      shape.push_back(integer());
      comma = accept(',');
      closed = accept(')');
      if (closed && !comma && shape.rank() == 1) refuse("the shape is a number, not a tuple");
    }
    return shape;
  }

  void read_descr(NpyHeader& header);
  [[noreturn]] void refuse_dtype(const std::string& descr, const std::string& why, const std::string& fix) const {
    throw IoError(name_ + ": the array has dtype " + descr + ", " + why, fix);
  }

  std::string_view rest_;
  const std::string& name_;
};

struct NpyType {
  std::string_view code;
  DType dtype;
};
constexpr std::array<NpyType, 12> kTypes = {{{"f4", DType::f32},
                                             {"f8", DType::f64},
                                             {"f2", DType::f16},
                                             {"u1", DType::u8},
                                             {"i1", DType::i8},
                                             {"i4", DType::i32},
                                             {"i8", DType::i64},
                                             {"i2", DType::i32},
                                             {"u2", DType::i32},
                                             {"u4", DType::i64},
                                             {"u8", DType::i64},
                                             {"b1", DType::boolean}}};

void Parser::read_descr(NpyHeader& header) {
  skip_blanks();
  if (rest_.starts_with('['))
    refuse_dtype("of several fields", "a structure",
                 "save each field as an array of its own: numpy.savez(path, x=a['x'])");
  const std::string_view descr = string();
  const bool ordered = !descr.empty() && std::string_view("<>|=").find(descr.front()) != std::string_view::npos;
  const std::string_view code = descr.substr(ordered ? 1 : 0);
  const auto* const type = std::find_if(kTypes.begin(), kTypes.end(), [&](const NpyType& t) { return t.code == code; });
  if (type != kTypes.end()) {
    header.dtype = type->dtype;
    header.kind = code[0];
    header.width = static_cast<std::size_t>(code[1] - '0');
    header.big_endian = descr.front() == '>';
    if (descr.front() == '|' && header.width > 1) refuse("the dtype " + quote(descr) + " lacks a byte order");
    return;
  }
  if (code.starts_with('O'))
    refuse_dtype(quote(descr), "Python objects in a pickle, which runs code when it is read",
                 "in Python, save numbers: numpy.save(path, numpy.stack(list(a)).astype(\"float32\"))");
  if (code.starts_with('S') || code.starts_with('U') || code.starts_with('a'))
    refuse_dtype(quote(descr), "text",
                 "save numbers: names, labels = numpy.unique(a, return_inverse=True); numpy.save(path, labels)");
  refuse_dtype(
      quote(descr), "which is not supported",
      "convert it with astype to one of float16 float32 float64 uint8 int8 int16 int32 int64 uint16 uint32 bool");
}

std::string_view code_of(DType dtype) {
  if (dtype == DType::bf16)
    throw DTypeError("npy: the tensor is bf16, which NumPy has not",
                     "cast it to f32 first, or write a safetensors file");
  switch (dtype) {
    case DType::u8:
      return "|u1";
    case DType::i8:
      return "|i1";
    case DType::boolean:
      return "|b1";
    case DType::f64:
      return "<f8";
    case DType::f16:
      return "<f2";
    case DType::i32:
      return "<i4";
    case DType::i64:
      return "<i8";
    default:
      return "<f4";
  }
}

}  // namespace

NpyHeader parse_npy_header(std::string_view text, const std::string& name) { return Parser(text, name).parse(); }

std::string npy_header(DType dtype, const Shape& shape) {
  // NumPy leaves room for the first size to grow to 21 digits, then fills up to a multiple of 64 bytes with 1 to 64.
  constexpr std::size_t kRoom = 21, kBefore = 10, kMultiple = 64;
  std::string text = "{'descr': '" + std::string(code_of(dtype)) + "', 'fortran_order': False, 'shape': (" +
                     join(shape) + (shape.rank() == 1 ? ",), }" : "), }");
  if (shape.rank() > 0) text.append(kRoom - number(shape[0]).size(), ' ');
  const std::size_t length = ((kBefore + text.size() + 1) / kMultiple + 1) * kMultiple - kBefore;
  text.resize(length - 1, ' ');
  text += '\n';
  std::string out("\x93NUMPY\1\0", 8);
  out += static_cast<char>(length & 255);
  out += static_cast<char>(length >> 8);
  return out + text;
}

}  // namespace percept
