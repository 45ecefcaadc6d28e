// table_header_test.cpp - whether a table's first record names its columns.
#include "percept/data/table_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/data/_table_test.h"
#include "tests/refusal.h"

namespace percept {
namespace {

using ::testing::HasSubstr;

TEST(DataTable, GuessesWhetherThereIsAHeader) {
  EXPECT_EQ(table_of("1,2,x\n2,3,y\n").header(), (Words{"column 1", "column 2", "column 3"}));
  EXPECT_EQ(table_of("1,2,x\n2,3,y\n").rows(), 2);
  EXPECT_EQ(table_of("name,2019,2020,price\na,1,2,3\n").header(), (Words{"name", "2019", "2020", "price"}));
  EXPECT_EQ(table_of("1,x\n2,y\n", TableHeader::yes).header(), (Words{"1", "x"}));
  EXPECT_EQ(table_of("a,b\nc,d\n", TableHeader::no).rows(), 2);
  EXPECT_EQ(table_of("a,b\nc,d\n").rows(), 1);
}

TEST(DataTable, NamesThatCountTheColumns) {
  const auto first = [](const std::string& text) { return table_of(text).header()[0]; };
  EXPECT_EQ(table_of("0,1,2,3,target\n5,3,1,2,a\n4,3,1,1,b\n").header(), (Words{"0", "1", "2", "3", "target"}));
  EXPECT_EQ(table_of("0,1,2,3,4\n5,3,1,2,0\n").rows(), 1);
  EXPECT_EQ(table_of(",0,1,2,y\n0,5,3,1,a\n").header(), (Words{"column 1", "0", "1", "2", "y"}));
  EXPECT_EQ(first("target,0,1,2\na,5,3,1\n"), "target");
  EXPECT_EQ(first("target,1,2,3\na,5,3,1\n"), "target");
  EXPECT_EQ(first("id,2,3,4\n9,5,3,1\n"), "id");
  EXPECT_FALSE(table_of("0,1,2,3\n4,5,6,7\n8,9,10,11\n").named());  // counting goes on
  EXPECT_FALSE(table_of("0,1,2,cat\n7,1,5,cat\n").named());         // a word is no name of two
  EXPECT_FALSE(table_of("0,1,yes\n1,1,no\n").named());              // two numbers
  EXPECT_FALSE(table_of("0.0,1.0,2.0,y\n5,3,1,a\n").named());       // no names
  EXPECT_FALSE(table_of("5,0,0,0,1\n4,0,0,2,0\n").named());         // pixels
  EXPECT_EQ(table_of("0,1,2,3\n").rows(), 1);                       // nothing below it
  EXPECT_EQ(table_of("0,1,2,3\n5,3,1,2\n", TableHeader::no).rows(), 2);
  EXPECT_THAT(refusal([] { table_of("0,1,2\n5,3\n"); }), HasSubstr("line 2: 2 fields, the first record has 3"));
}

TEST(DataTable, ARecordOfNamesThatAreLookedForIsAHeader) {
  const auto named = [](const std::string& text, std::vector<std::string> wanted) {
    Lines lines(text);
    return read_table(lines, TableHeader::guess, std::move(wanted)).named();
  };
  const std::string spectra = "class,1100,1102,1104\na,5,3,1\n";
  EXPECT_TRUE(named(spectra, {"class"}));
  EXPECT_TRUE(named(spectra, {"1104", "1100"}));
  EXPECT_FALSE(named(spectra, {}));
  EXPECT_FALSE(named(spectra, {"1104", "kind"}));
  EXPECT_TRUE(named("0,1,2,3\n4,5,6,7\n", {"3"}));
  EXPECT_TRUE(named(",0,1,2\n4,5,6,7\n", {"column 1", "2"}));  // as the first one is called
}

}  // namespace
}  // namespace percept
