// npy_test.cpp - .npy files: those of NumPy, what is written, every way to be malformed, limits.
#include "percept/formats/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/core/device.h"
#include "percept/core/factories.h"

namespace percept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

fs::path fixture(const std::string& name) {
  const char* root = std::getenv("PERCEPT_SOURCE");
  return fs::path(root ? root : PERCEPT_SOURCE_DIR) / "tests/oracle/numpy" / name;
}
std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text)); }
std::string text(std::span<const std::byte> data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }
Tensor parse(const std::string& data) { return parse_npy(bytes(data), "a.npy"); }
std::vector<double> values(const Tensor& tensor) { return tensor.to_vector<double>(); }

// A file with this dictionary.
std::string npy(const std::string& dictionary, const std::string& data = "", int version = 1) {
  std::string out("\x93NUMPY", 6);
  out += {static_cast<char>(version), '\0', static_cast<char>(dictionary.size() & 255),
          static_cast<char>(dictionary.size() >> 8)};
  if (version > 1) out += std::string(2, '\0');
  return out + dictionary + data;
}
std::string of_shape(const std::string& shape, const std::string& data = "", const std::string& descr = "|u1") {
  return npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }", data);
}

// The text of the refusal, which must be an IoError that names the file and a remedy; "" if there was none.
template <class F>
std::string refusal_of(F read) {
  try {
    read();
  } catch (const IoError& error) {
    EXPECT_NE(error.fix(), "");
    return error.what();
  }
  return "";
}
std::string refusal(const std::string& data) {
  const std::string what = refusal_of([&] { parse(data); });
  EXPECT_TRUE(what.empty() || what.starts_with("a.npy: ")) << what;
  return what;
}

TEST(Npy, EveryDtypeOfNumPy) {
  const std::vector<std::pair<std::string, DType>> dtypes = {
      {"f2", DType::f16}, {"f4", DType::f32}, {"f8", DType::f64}, {"i1", DType::i8},
      {"i2", DType::i32}, {"i4", DType::i32}, {"i8", DType::i64}, {"u1", DType::u8},
      {"u2", DType::i32}, {"u4", DType::i64}, {"u8", DType::i64}, {"b1", DType::boolean}};
  for (const auto& [name, dtype] : dtypes)
    for (const char* order : {"_little.npy", "_big.npy"}) {
      const Tensor tensor = read_npy(fixture(name + order));
      EXPECT_EQ(tensor.dtype(), dtype) << name;
      EXPECT_EQ(tensor.shape(), (Shape{2, 3}));
      EXPECT_TRUE(tensor.is_contiguous());
      if (dtype == DType::boolean)
        EXPECT_THAT(values(tensor), ElementsAre(0, 1, 0, 1, 0, 1));
      else
        EXPECT_THAT(values(tensor), ElementsAre(0, 1, 2, 3, 4, 5)) << name << order;
    }
  EXPECT_THAT(values(read_npy(fixture("extremes_i2.npy"))), ElementsAre(-32768, 32767));
  EXPECT_THAT(values(read_npy(fixture("extremes_u2.npy"))), ElementsAre(0, 65535));
  EXPECT_THAT(values(read_npy(fixture("extremes_u4.npy"))), ElementsAre(0, 4294967295.));
  EXPECT_THAT(read_npy(fixture("extremes_u8.npy")).to_vector<std::int64_t>(), ElementsAre(0, INT64_MAX));
}

TEST(Npy, EveryFormOfNumPy) {
  for (const char* name : {"version2.npy", "version3.npy", "fortran.npy"}) {
    const Tensor tensor = read_npy(fixture(name));
    EXPECT_THAT(values(tensor), ElementsAre(0, 1, 2, 3, 4, 5)) << name;
    EXPECT_TRUE(tensor.is_contiguous());
  }
  const Tensor cube = read_npy(fixture("fortran3.npy"));
  EXPECT_EQ(cube.shape(), (Shape{2, 3, 4}));
  for (int i = 0; i < 24; ++i) EXPECT_EQ(values(cube)[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(read_npy(fixture("scalar.npy")).item(), 7);
  EXPECT_EQ(read_npy(fixture("scalar.npy")).rank(), 0);
  EXPECT_EQ(read_npy(fixture("empty.npy")).shape(), (Shape{0, 3}));
  EXPECT_THAT(values(read_npy(fixture("one_axis.npy"))), ElementsAre(0, 1, 2, 3, 4));
}

TEST(Npy, WhatIsNoArrayOfNumbersIsRefused) {
  const auto refusal_of_file = [](const char* name) { return refusal_of([&] { read_npy(fixture(name)); }); };
  EXPECT_THAT(refusal_of_file("objects.npy"),
              HasSubstr("objects.npy: the array has dtype '|O', Python objects in a pickle"));
  EXPECT_THAT(refusal_of_file("text.npy"), HasSubstr("dtype '<U2', text"));
  EXPECT_THAT(refusal_of_file("bytes.npy"), HasSubstr("dtype '|S2', text"));
  EXPECT_THAT(refusal_of_file("complex.npy"), HasSubstr("dtype '<c16', which is not supported"));
  EXPECT_THAT(refusal_of_file("dates.npy"), HasSubstr("dtype '<M8[D]', which is not supported"));
  EXPECT_THAT(refusal_of_file("fields.npy"), HasSubstr("dtype of several fields"));
  EXPECT_THAT(refusal_of_file("large_u8.npy"), HasSubstr("value 2 is 9223372036854775808, too large for i64"));
  EXPECT_THAT(refusal_of_file("stored.npz"), HasSubstr("read it with read_npz"));
  EXPECT_NE(refusal_of_file("none.npy"), "");
}

// The header is what NumPy writes; values are those of the fixtures.
TEST(Npy, TheBytesOfNumPy) {
  for (const char* name : {"f2_little", "f4_little", "f8_little", "i1_little", "i4_little", "i8_little", "u1_little",
                           "b1_little", "scalar", "empty", "one_axis"}) {
    const fs::path path = fixture(std::string(name) + ".npy");
    const Tensor tensor = read_npy(path);
    EXPECT_EQ(text(encode_npy(tensor)), text(read_file(path, 1 << 20))) << name;
    if (const char* out = std::getenv("PERCEPT_NPY_OUT")) {
      fs::create_directories(out);
      write_npy(fs::path(out) / (std::string(name) + ".npy"), tensor);
    }
  }
  const fs::path path = fs::path(testing::TempDir()) / "w.npy";
  write_npy(path, read_npy(fixture("fortran3.npy")));
  EXPECT_EQ(values(read_npy(path)), values(read_npy(fixture("fortran3.npy"))));
  EXPECT_THROW(encode_npy(zeros({2}, DType::bf16)), DTypeError);
}

TEST(Npy, ComesBackFromAnyOrderInMemory) {
  Spec spec = contiguous_spec(DType::i32, {2, 3});
  spec.strides = {1, 2};
  Tensor tensor(spec);
  for (int i = 0; i < 6; ++i) tensor.mutable_data<std::int32_t>()[i] = i;
  EXPECT_THAT(values(parse_npy(encode_npy(tensor), "x")), ElementsAre(0, 2, 4, 1, 3, 5));
  for (int rank = 0; rank <= 32; ++rank) {
    const Tensor ones = full(Shape(static_cast<std::size_t>(rank), 1), 3, DType::f32);
    EXPECT_EQ(parse_npy(encode_npy(ones), "x").shape(), ones.shape());
  }
}

TEST(Npy, TheHeaderIsReadByItsGrammar) {
  for (const char* dictionary : {"{'shape':(2,),'descr':'|u1','fortran_order':False}",
                                 "{ \"fortran_order\" : True , 'shape' : ( 2 , ) , 'descr' : \"u1\" , }  \n",
                                 "\t{'descr': '<u1', 'fortran_order': False, 'shape': (2L,)}\n",
                                 "{'descr': '=u1', 'fortran_order': False, 'shape': (02,)}"})
    EXPECT_THAT(values(parse(npy(dictionary, "\5\6"))), ElementsAre(5, 6)) << dictionary;
  EXPECT_THAT(values(parse(npy("{'descr':'u1','fortran_order':False,'shape':(1,2)}", "\5\6", 3))), ElementsAre(5, 6));
  for (const char* dictionary : {"",
                                 "{",
                                 "{}",
                                 "{'descr': '|u1', 'fortran_order': False}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (2)}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': [2]}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (-2,)}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (2.0,)}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (2,,)}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (,)}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (1 2)}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (True,)}",
                                 "{'descr': '|u1', 'fortran_order': 0, 'shape': (2,)}",
                                 "{'descr': '|u1', 'fortran_order': Falsehood, 'shape': (2,)}",
                                 "{'descr': 'u1\\x', 'fortran_order': False, 'shape': (2,)}",
                                 "{'descr': \"u1', 'fortran_order': False, 'shape': (2,)}",
                                 "{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (2,)}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), 'x': 1}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)} x",
                                 "{'descr': '|u1' 'fortran_order': False, 'shape': (2,)}",
                                 "{'descr': '|f4', 'fortran_order': False, 'shape': (2,)}",
                                 "{'descr': __import__('os'), 'shape': (2,)}",
                                 "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999,)}"})
    EXPECT_THAT(refusal(npy(dictionary, "\5\6")), HasSubstr("the .npy header is malformed")) << dictionary;
  for (const char* descr : {"", "u", "<", "<f3", "<f16", "<i16", "f44", "<<f4", "O", "|V8", "<m8[s]", "<U", "u1 "})
    EXPECT_THAT(refusal(of_shape("(2,)", "\5\6", descr)), HasSubstr("the array has dtype")) << descr;
}

TEST(Npy, CutShortAtEveryLengthAndTooLong) {
  const std::string good = text(read_file(fixture("f4_little.npy"), 1 << 20));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_NE(refusal(good.substr(0, size)), "") << size;
  EXPECT_THAT(refusal(""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal(good.substr(0, 7)), HasSubstr("ends before its header"));
  EXPECT_THAT(refusal(good.substr(0, 100)), HasSubstr("ends within its header"));
  EXPECT_THAT(refusal(good.substr(0, 151)), HasSubstr("f32 [2, 3]: 24 bytes of values, at most 23 are there"));
  EXPECT_THAT(refusal(good + "x"), HasSubstr("but the file goes on after them"));
  EXPECT_THAT(refusal(good + good), HasSubstr("numpy.savez"));
  EXPECT_THAT(refusal("x,y\n1,2\n"), HasSubstr("this is no .npy file"));
  EXPECT_THAT(refusal("\x80\4\x95..."), HasSubstr("a pickle"));
  EXPECT_THAT(refusal(npy("{}", "", 4)), HasSubstr("version 4.0 is unknown"));
  EXPECT_THAT(refusal(of_shape("(2,)", "\1\2", "|b1")), HasSubstr("a bool is 2"));
}

TEST(Npy, Limits) {
  EXPECT_NE(refusal(npy(std::string(10'000, ' '))), "");
  EXPECT_THAT(refusal(npy(std::string(10'001, ' '))), HasSubstr("said to have 10,001 bytes"));
  const std::string padded = "{'descr':'u1','fortran_order':False,'shape':(1,)}";
  EXPECT_EQ(parse(npy(padded + std::string(10'000 - padded.size(), ' '), "x")).numel(), 1);
  std::string ones = "(";
  for (int i = 0; i < 32; ++i) ones += "1,";
  EXPECT_EQ(parse(of_shape(ones + ")", "x")).rank(), 32);
  EXPECT_THAT(refusal(of_shape(ones + "1)", "x")), HasSubstr("more than 32 axes"));
  EXPECT_THAT(refusal(of_shape("(1048576, 1048577)", "x")), HasSubstr("too many elements"));
  EXPECT_THAT(refusal(of_shape("(4294967296, 4294967296, 4294967296)", "x", "<f8")), HasSubstr("too many elements"));
  EXPECT_THAT(refusal(of_shape("(0, 1099511627776, 1099511627776)")), HasSubstr("too many elements"));
  EXPECT_EQ(parse(of_shape("(0, 1099511627776)")).numel(), 0);
}

TEST(Npy, TakesNoMemoryOnAPromise) {
  DeviceMemory& memory = memory_of(Device::cpu());
  memory.release_cached();
  memory.reset_peak();
  const std::size_t before = memory.stats().peak_in_use;
  EXPECT_THAT(refusal(of_shape("(60000, 28, 28)", std::string(100, 'x'))),
              HasSubstr("47,040,000 bytes of values, at most 100"));
  EXPECT_LT(memory.stats().peak_in_use, before + 1000);
}

}  // namespace
}  // namespace percept
