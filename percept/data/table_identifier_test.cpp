// table_identifier_test.cpp - which columns tell rows apart, and are no features.
#include "percept/data/table_identifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "percept/data/_table_test.h"
#include "percept/data/table_fit.h"

namespace percept {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The features of three rows, whose first column is called so and holds these.
Words features(const std::string& name, const Words& cells, std::vector<std::string>* notes = nullptr) {
  const DataTable table =
      table_of(name + ",size,kind\n" + cells[0] + ",5,a\n" + cells[1] + ",2,b\n" + cells[2] + ",7,a\n");
  FittedSchema fitted = fit_schema(table, {0, 1, 2}, {});
  if (notes != nullptr) *notes = fitted.notes;
  return feature_names(fitted.schema);
}

TEST(TableIdentifier, IsLeftOutWithANote) {
  for (const std::string name : {"id", "PassengerId", "user_id", "", "index", "Unnamed: 0"}) {
    std::vector<std::string> notes;
    EXPECT_THAT(features(name, {"0", "1", "2"}, &notes), ElementsAre("size")) << name;
    EXPECT_THAT(notes, ElementsAre(HasSubstr("is left out: its whole numbers, each there once, tell the rows apart")));
  }
}

TEST(TableIdentifier, IsNoOtherColumn) {
  EXPECT_THAT(features("age", {"0", "1", "2"}), ElementsAre("age", "size"));
  EXPECT_THAT(features("id", {"4", "4", "2"}), ElementsAre("id", "size"));      // there twice
  EXPECT_THAT(features("id", {"0.5", "1.5", "2"}), ElementsAre("id", "size"));  // no whole numbers
  EXPECT_THAT(features("paid", {"0", "1", "2"}), ElementsAre("paid", "size"));
  const DataTable nameless = table_of("7,5,a\n8,2,b\n9,7,a\n", TableHeader::no);  // "column 1" is no index there
  EXPECT_THAT(feature_names(fit_schema(nameless, {0, 1, 2}, {}).schema), ElementsAre("column 1", "column 2"));
}

}  // namespace
}  // namespace percept
