// python_text_test.cpp - numbers and names as Python writes them, and what is refused.
#include "percept/train/python_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "percept/base/error.h"

namespace percept {
namespace {

// What Python's repr() gives.
TEST(PythonText, Numbers) {
  EXPECT_EQ(python_repr(0.1), "0.1");
  EXPECT_EQ(python_repr(1), "1.0");
  EXPECT_EQ(python_repr(-0.0), "-0.0");
  EXPECT_EQ(python_repr(0.001), "0.001");
  EXPECT_EQ(python_repr(0.0001), "0.0001");
  EXPECT_EQ(python_repr(0.00001), "1e-05");
  EXPECT_EQ(python_repr(1.5e-7), "1.5e-07");
  EXPECT_EQ(python_repr(123456789012345680.0), "1.2345678901234568e+17");
  EXPECT_EQ(python_repr(1e15), "1000000000000000.0");
  EXPECT_EQ(python_repr(1e16), "1e+16");
  EXPECT_EQ(python_repr(1e100), "1e+100");
  EXPECT_EQ(python_repr(0.010000000149011612), "0.010000000149011612");
  EXPECT_EQ(python_repr(5e-324), "5e-324");
  EXPECT_EQ(python_repr(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(python_repr(std::numeric_limits<double>::quiet_NaN()), "nan");
}

const FieldValues kValues{{"epoch", std::int64_t{7}}, {"val_loss", 0.125}, {"gain", -12.5}, {"big", 1e300}};

// What "...".format(epoch=7, val_loss=0.125, gain=-12.5, big=1e300) gives.
TEST(PythonText, Fields) {
  EXPECT_EQ(fill_fields("{epoch:02d}-{val_loss:.2f}.safetensors", kValues), "07-0.12.safetensors");
  EXPECT_EQ(fill_fields("{epoch}", kValues), "7");
  EXPECT_EQ(fill_fields("{epoch:4}|{epoch:04}|{epoch:.1f}", kValues), "   7|0007|7.0");
  EXPECT_EQ(fill_fields("{val_loss}|{val_loss:f}|{val_loss:e}|{val_loss:g}", kValues),
            "0.125|0.125000|1.250000e-01|0.125");
  EXPECT_EQ(fill_fields("{gain:08.2f}|{gain:8.1f}|{gain:.0f}", kValues), "-0012.50|   -12.5|-12");
  EXPECT_EQ(fill_fields("{{{epoch}}}{{}}", kValues), "{7}{}");
  EXPECT_EQ(fill_fields("{big:.1f}", kValues).size(), 303u);
  EXPECT_EQ(fill_fields("plain", kValues), "plain");
}

std::string refusal(std::string_view pattern) {
  try {
    return "gave " + fill_fields(pattern, kValues);
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(PythonText, Refusals) {
  using testing::HasSubstr;
  EXPECT_THAT(refusal("{val_los:.2f}"),
              AllOf(HasSubstr("no value is called 'val_los'"), HasSubstr("did you mean 'val_loss'?")));
  EXPECT_THAT(refusal("{}"), HasSubstr("no value is called ''"));
  for (const char* form : {"{val_loss:d}", "{epoch:.2d}", "{epoch:.2}", "{val_loss:.3}", "{epoch:x}", "{epoch:>3}",
                           "{epoch:65d}", "{val_loss:.65f}", "{val_loss:.f}", "{val_loss:.-1f}", "{epoch:02dd}"})
    EXPECT_THAT(refusal(form), HasSubstr("is not a form of this number")) << form;
  for (const char* lone : {"{epoch", "epoch}", "{epoch{epoch}}", "{"})
    EXPECT_THAT(refusal(lone), HasSubstr("a lone '"));
}

}  // namespace
}  // namespace percept
