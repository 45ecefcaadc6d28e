// table_test.cpp - tables to features: types, missing cells, categories, targets, refusals, and real data.
#include "percept/data/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "percept/base/error.h"
#include "percept/base/options.h"
#include "percept/base/text.h"
#include "percept/data/_table_test.h"
#include "percept/data/split.h"
#include "percept/data/table_cells.h"
#include "percept/data/table_fit.h"
#include "tests/refusal.h"

namespace percept {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::int64_t> every(const DataTable& table) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(table.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

FittedSchema fitted(const DataTable& table, const TableOptions& options = {}) {
  return fit_schema(table, every(table), options);
}

TEST(TableCells, NumbersAndMissing) {
  using Kind = CellNumber::Kind;
  const auto value = [](std::string_view cell) {
    const CellNumber read = read_cell_number(cell);
    EXPECT_EQ(read.kind, Kind::number) << cell;
    return read.value;
  };
  EXPECT_EQ(value("-0.5"), -0.5);
  EXPECT_EQ(value("+1e3"), 1000);
  EXPECT_EQ(value(".5"), 0.5);
  EXPECT_EQ(value("1e-999"), 0);
  EXPECT_EQ(value("-1E-999"), 0);
  EXPECT_EQ(value("0." + std::string(400, '0') + "1"), 0);
  for (const char* word : {"", "1x", "0x10", "1,5", "++1", "+-1", "nan", "e5", "1e"})
    EXPECT_EQ(read_cell_number(word).kind, Kind::none) << word;
  for (const char* large : {"1e999", "-1e999", "inf", "-inf", "Infinity"})
    EXPECT_EQ(read_cell_number(large).kind, Kind::out_of_range) << large;
  EXPECT_EQ(read_cell_number(std::string(400, '9')).kind, Kind::out_of_range);
  for (const char* missing : {"", "?", "NA", "N/A", "NaN", "nan", "null", "None"})
    EXPECT_TRUE(is_missing_cell(missing)) << missing;
  for (const char* word : {"0", "Nan cy", "missing", "-"}) EXPECT_FALSE(is_missing_cell(word)) << word;
}

TEST(DataTable, KeepsCellsAndLines) {
  const DataTable table = table_of("a, b,\n1,x ,2\n3,,4\n");
  EXPECT_EQ(table.header(), (Words{"a", "b", "column 3"}));
  EXPECT_EQ(table.rows(), 2);
  EXPECT_EQ(table.cell(0, 1), "x");
  EXPECT_EQ(table.cell(1, 1), "");
  EXPECT_EQ(table.cell(1, 2), "4");
  EXPECT_EQ(table.line(1), 3);
  EXPECT_EQ(table.column("b"), 1);
  EXPECT_THAT(refusal([&] { table.column("bb"); }), HasSubstr("t.csv has no column 'bb'\n  fix: did you mean 'b'?"));
}

TEST(DataTable, RefusesWhatIsNoTable) {
  EXPECT_THAT(refusal([] { table_of("a,b\n1,2\n3\n"); }), HasSubstr("t.csv, line 3: 1 fields, the first record has 2"));
  EXPECT_THAT(refusal([] { table_of("a,b,a\n1,2,3\n"); }), HasSubstr("line 1: two columns are called 'a'"));
  EXPECT_THAT(refusal([] { table_of("a,b\n"); }), HasSubstr("t.csv has no rows below its header"));
  EXPECT_THAT(refusal([] { TableBuilder("t.csv").finish(); }), HasSubstr("t.csv is empty\n"));
}

constexpr const char* kPets =
    "weight,colour,age,id,kind\n"
    "1,red,2,x,cat\n"
    "2,blue,?,x,dog\n"
    "3,red,4,x,cat\n"
    "6,,6,x,dog\n";

TEST(Schema, EncodesNumbersCategoriesAndMissing) {
  const DataTable table = table_of(kPets);
  const auto [schema, notes] = fitted(table);
  EXPECT_EQ(feature_names(schema),
            (Words{"weight", "colour=blue", "colour=red", "colour is missing", "age", "age is missing"}));
  EXPECT_THAT(notes, ElementsAre("column 'id' is left out: it is 'x' throughout the training part"));
  EXPECT_EQ(schema.target.classes, (Words{"cat", "dog"}));
  EXPECT_EQ(schema.columns[0].mean, 3);
  EXPECT_EQ(schema.columns[0].std, std::sqrt(14.0 / 4));
  EXPECT_EQ(schema.columns[0].max, 6);
  const TensorDataset data = table_data(table, schema);
  const auto deviation = static_cast<float>(3 / std::sqrt(14.0 / 4)), age = static_cast<float>(2 / std::sqrt(8.0 / 3));
  const auto x = data.x().to_vector<float>();
  EXPECT_EQ(std::vector<float>(x.begin() + 6, x.begin() + 12),
            (std::vector<float>{static_cast<float>(-1 / std::sqrt(14.0 / 4)), 1, 0, 0, 0, 1}));
  EXPECT_EQ(std::vector<float>(x.begin() + 18, x.end()), (std::vector<float>{deviation, 0, 0, 1, age, 0}));
  EXPECT_EQ(data.y().to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1, 0, 1}));
  EXPECT_EQ(data.class_names(), (Words{"cat", "dog"}));
}

TEST(Schema, ComesFromTheTrainingRowsAlone) {
  const DataTable table = table_of("a,b,y\n1,u,0.5\n3,v,1.5\n100,w,7\n?,u,8\n");
  const TableSchema schema = fit_schema(table, {0, 1}).schema;
  EXPECT_EQ(schema.columns[0].mean, 2);
  EXPECT_EQ(schema.columns[0].std, 1);
  EXPECT_EQ(schema.columns[0].missing, MissingCells::mean);
  EXPECT_EQ(schema.columns[1].values, (Words{"u", "v"}));
  EXPECT_EQ(schema.target.mean, 1);
  EXPECT_EQ(schema.target.std, 0.5);
  const TensorDataset data = table_data(table, schema);
  EXPECT_EQ(data.x().to_vector<float>(), (std::vector<float>{-1, 1, 0, 1, 0, 1, 98, 0, 0, 0, 1, 0}));
  EXPECT_EQ(data.y().shape(), Shape({4, 1}));
  EXPECT_EQ(data.y().to_vector<float>(), (std::vector<float>{-1, 1, 12, 14}));
  EXPECT_EQ(unscaled(schema.target, 12), 7);
  EXPECT_EQ(fit_schema(table, {0, 1}, {.standardise_target = false}).schema.target.mean, 0);
}

TEST(Schema, IsPlainData) {
  const TableSchema schema = fitted(table_of(kPets)).schema;
  const Value value = to_value(schema);
  EXPECT_THAT(to_json(value), HasSubstr(R"({"name": "colour", "type": "category", "missing": "indicator", "values": )"
                                        R"(["blue", "red"], )"));
  TableSchema read;
  from_value(value, read, "preprocess.table");
  EXPECT_EQ(to_value(read), value);
  const DataTable table = table_of(kPets);
  EXPECT_EQ(table_data(table, read).x().to_vector<float>(), table_data(table, schema).x().to_vector<float>());
}

TEST(Schema, AppliesToAnotherTable) {
  const TableSchema schema = fitted(table_of(kPets)).schema;
  // Other order, other columns, no target, a colour that was never met; "id" is not needed.
  const DataTable later = table_of("age,extra,colour,weight\n4,9,green,3\n");
  const TensorDataset data = table_data(later, schema);
  EXPECT_EQ(data.x().to_vector<float>(), (std::vector<float>{0, 0, 0, 0, 0, 0}));
  EXPECT_FALSE(data.y().defined());
  EXPECT_THAT(refusal([&] { table_data(table_of("age,color,weight\n4,red,3\n"), schema); }),
              HasSubstr("t.csv has no column 'colour', which the model needs\n  fix: the nearest is 'color'"));
  EXPECT_THAT(refusal([&] { table_data(table_of("age,colour,weight\n4,red,heavy\n"), schema); }),
              HasSubstr("t.csv, line 2: 'heavy' in column 'weight' is no number"));
  EXPECT_THAT(refusal([&] { table_data(table_of("age,colour,weight\n4,red,1e999\n"), schema); }),
              HasSubstr("line 2: '1e999' in column 'weight' is out of range"));
  EXPECT_THAT(refusal([&] { table_data(table_of("age,colour,weight\n4,red,1e300\n"), schema); }),
              HasSubstr("too far from what was met in training"));
  EXPECT_THAT(refusal([&] { table_data(table_of("age,colour,weight,kind\n4,red,1,cow\n"), schema); }),
              HasSubstr("'cow' in the target column 'kind' is no class of the model\n  fix: classes: cat, dog"));
}

TEST(Schema, ClassesThatAreNumbersAreFoundHoweverWritten) {
  const DataTable table = table_of("x,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n");
  const TableSchema schema = fitted(table, {.target = "y"}).schema;
  const TensorDataset data = table_data(table_of("x,y\n1,-0\n2,1.0\n3,+1\n"), schema);
  EXPECT_EQ(data.y().to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 1, 1}));
}

TEST(Schema, RefusesMissingCellsWhereItSaysSo) {
  TableSchema schema = fitted(table_of("a,b,y\n1,2,0.5\n2,4,1.5\n")).schema;
  EXPECT_EQ(table_data(table_of("a,b\n,2\n"), schema).x().to_vector<float>(), (std::vector<float>{0, -1}));
  schema.columns[0].missing = MissingCells::refuse;
  EXPECT_THAT(refusal([&] { table_data(table_of("a,b\n,2\n"), schema); }),
              HasSubstr("t.csv, line 2: no value in column 'a'"));
}

TEST(Schema, OfAFileIsChecked) {
  const Words header{"a", "b"};
  const auto refused = [&](const TableSchema& schema) {
    EXPECT_THROW(TableEncoder(schema, header, "t.csv"), UsageError);
  };
  refused({.columns = {{.name = "a", .std = 0}}});
  refused({.columns = {{.name = "a", .std = -1}}});
  refused({.columns = {{.name = "a", .mean = std::nan("")}}});
  refused({.columns = {{.name = "a"}, {.name = "a"}}});
  refused({.columns = {{.name = "a"}}, .target = {.name = "a"}});
  refused({.columns = {{.name = "a", .type = ColumnType::category, .values = {"x", "x"}}}});
  refused({.target = {.name = "b", .classes = {"x", "x"}}});
  EXPECT_THROW(table_data(table_of("a,b\n1,2\n"), {.target = {.name = "b"}}), ValueError);
}

// n rows of `cell(i)` and a target that rises.
template <class F>
DataTable generated(std::int64_t rows, F&& cell) {
  std::string text = "word,y\n";
  for (std::int64_t i = 0; i < rows; ++i) text += cell(i) + "," + number(static_cast<double>(i) + 0.5) + "\n";
  return table_of(text);
}

TEST(Categories, WithManyValuesKeepTheMostFrequent) {
  // w0 .. w59, wi coming i + 1 times
  std::string text = "word,y\n";
  for (int i = 0; i < 60; ++i)
    for (int k = 0; k <= i; ++k) text += "w" + number(i) + ",0.5\n";
  const auto [schema, notes] = fitted(table_of(text));
  EXPECT_EQ(schema.columns[0].values.size(), 50u);
  EXPECT_EQ(std::count(schema.columns[0].values.begin(), schema.columns[0].values.end(), "w9"), 0);
  EXPECT_EQ(std::count(schema.columns[0].values.begin(), schema.columns[0].values.end(), "w10"), 1);
  EXPECT_THAT(notes, ElementsAre("column 'word' has 60 values: the 50 most frequent are kept, the others count as "
                                 "unknown"));
  EXPECT_EQ(fitted(table_of(text), {.most_values = 2}).schema.columns[0].values, (Words{"w58", "w59"}));
}

TEST(Categories, ThatAreTextAreLeftOut) {
  const auto unique = fitted(generated(200, [](std::int64_t i) { return "name " + number(i); }));
  EXPECT_EQ(unique.schema.columns[0].type, ColumnType::ignore);
  EXPECT_THAT(unique.notes, ElementsAre("column 'word' is left out: 200 different words in 200 cells"));
  // More words than are counted: memory stays bounded.
  const auto endless = fitted(generated(250'000, [](std::int64_t i) { return "n" + number(i / 2); }));
  EXPECT_EQ(endless.schema.columns[0].type, ColumnType::ignore);
  EXPECT_THAT(endless.notes[0], HasSubstr("more than 100,000 different words"));
}

TEST(Categories, MayBeNumbersWhenAskedFor) {
  const DataTable table = table_of("code,y\n1,0.5\n2,1.5\n10,2.5\n");
  const auto [schema, notes] = fitted(table, {.categories = {"code"}});
  EXPECT_EQ(feature_names(schema), (Words{"code=1", "code=10", "code=2"}));
  const DataTable again = table_of("code,y\n1.0,0.5\n2.0,1.5\n,2.5\n");  // as pandas writes it beside a missing cell
  EXPECT_EQ(table_data(again, schema).x().to_vector<float>(), (std::vector<float>{1, 0, 0, 0, 0, 1, 0, 0, 0}));
  EXPECT_THROW(fitted(table, {.categories = {"cod"}}), UsageError);
  EXPECT_THROW(fitted(table, {.ignore = {"cod"}}), UsageError);
  EXPECT_EQ(fitted(table, {.ignore = {"code"}}).schema.columns[0].type, ColumnType::ignore);
}

TEST(Columns, OfNumbersWithAWordAreRefusedWithItsLine) {
  const DataTable table = generated(100, [](std::int64_t i) { return i == 70 ? std::string("12O") : number(i); });
  EXPECT_THAT(refusal([&] { fitted(table); }),
              HasSubstr("t.csv, line 72: '12O' in column 'word', where 99 of 100 values are numbers"));
  EXPECT_EQ(fitted(table, {.ignore = {"word"}}).schema.columns[0].type, ColumnType::ignore);
  const DataTable large = generated(100, [](std::int64_t i) { return i == 70 ? std::string("1e999") : number(i); });
  EXPECT_THAT(refusal([&] { fitted(large); }), HasSubstr("line 72: '1e999' in column 'word' is out of range"));
  const DataTable wide = table_of("a,y\n1e308,0.5\n-1e308,1.5\n");
  EXPECT_THROW(fitted(wide), ValueError);
}

TEST(Columns, WithoutInformationAreLeftOut) {
  const auto [schema, notes] = fit_schema(table_of("a,b,c,y\n,5,7,0.5\nNA,5,7,1.5\n?,5,8,2.5\n"), {0, 1});
  EXPECT_TRUE(feature_names(schema).empty());
  EXPECT_THAT(notes, ElementsAre("column 'a' is left out: it has no values",
                                 "column 'b' is left out: it is 5 throughout the training part",
                                 "column 'c' is left out: it is 7 throughout the training part"));
}

TEST(Target, IsClassesOrANumber) {
  const auto classes = [](const std::string& cells, TableTask task = TableTask::automatic) {
    std::string text = "a,y\n";
    for (const std::string_view cell : split(cells, ' ')) text += "1," + std::string(cell) + "\n";
    return find_target(table_of(text), {.task = task}).classes;
  };
  EXPECT_EQ(classes("b a b"), (Words{"a", "b"}));
  EXPECT_EQ(classes("1 0"), (Words{"0", "1"}));
  EXPECT_EQ(classes("1.0 0 1"), (Words{"0", "1"}));
  EXPECT_EQ(classes("1 0.5"), Words{}) << "not whole";
  EXPECT_EQ(classes("1 2 3 1 2 3"), Words{}) << "six rows for three numbers";
  EXPECT_EQ(classes("1 2 10 1 2 10 1 2 10 1 2 10 1 2 10"), (Words{"1", "2", "10"})) << "by size";
  EXPECT_EQ(classes("1 2 3", TableTask::classify), (Words{"1", "2", "3"}));
  EXPECT_EQ(classes("1 0", TableTask::regress), Words{});
  EXPECT_EQ(classes("5 5 5"), Words{});
  EXPECT_EQ(classes("-0 0 1"), (Words{"0", "1"}));
  EXPECT_THAT(refusal([&] { classes("a a a"); }), HasSubstr("the target 'y' is 'a' in every row"));
  EXPECT_THAT(refusal([&] { classes("1 x", TableTask::regress); }),
              testing::AllOf(HasSubstr("line 3: 'x' in the target column 'y'"), HasSubstr("task = \"regress\""),
                             HasSubstr("set task = \"classify\"")));
  EXPECT_THAT(refusal([&] { classes("a ? b"); }), HasSubstr("t.csv, line 3: no value in the target column 'y'"));
  EXPECT_THAT(refusal([&] { classes("1 1e999"); }), HasSubstr("line 3: '1e999' in column 'y' is out of range"));
  EXPECT_THAT(refusal([] { find_target(table_of("a,y\n1,2\n"), {.target = "z"}); }), HasSubstr("no column 'z'"));
  EXPECT_THAT(refusal([] { find_target(generated(90, [](auto i) { return "n" + number(i); }), {.target = "word"}); }),
              HasSubstr("the target 'word' has 90 different words in 90 cells"));
}

TEST(Target, GivesLabelsForSplits) {
  const DataTable table = table_of("y,a\n1.0,1\n2,2\n1,3\n");
  const TableTarget target = find_target(table, {.target = "y", .task = TableTask::classify});
  EXPECT_EQ(target_labels(table, target), (std::vector<std::int64_t>{0, 1, 0}));
  EXPECT_THROW(target_labels(table, find_target(table)), ValueError);
}

TEST(FitSchema, RefusesRowsThatAreNotThere) {
  const DataTable table = table_of(kPets);
  EXPECT_THROW(fit_schema(table, {}), ValueError);
  EXPECT_THROW(fit_schema(table, {4}), ValueError);
  EXPECT_THROW(fit_schema(table, {-1}), ValueError);
  EXPECT_THROW(fit_schema(table, {0}, {.most_values = 0}), ValueError);
}

// Nothing where PERCEPT_DATA has no tabular/.
std::string real_file(const std::string& file) {
  const char* list = std::getenv("PERCEPT_DATA");
  for (const std::string_view folder : split(list ? list : "", ':')) {
    const auto path = std::filesystem::path(folder) / "tabular" / file;
    if (std::filesystem::exists(path)) {
      std::ifstream stream(path);
      std::stringstream text;
      text << stream.rdbuf();
      return text.str();
    }
  }
  return "";
}

TEST(RealData, Iris) {
  const std::string text = real_file("iris.csv");
  if (text.empty()) GTEST_SKIP() << "needs PERCEPT_DATA with tabular/";
  const DataTable table = table_of(text);
  const DataSplit parts = split_test(target_labels(table, find_target(table)), {.fraction = 0.2, .stratified = true});
  const auto [schema, notes] = fit_schema(table, parts.train);
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(schema.target.classes, (Words{"setosa", "versicolor", "virginica"}));
  const TensorDataset data = table_data(table, schema);
  EXPECT_EQ(data.x().shape(), Shape({150, 4}));
  const Dataset test = rows_of(data, parts.test);
  std::vector<int> counts(3);
  for (const std::int64_t label : labels_of(test)) ++counts[static_cast<std::size_t>(label)];
  EXPECT_EQ(counts, (std::vector<int>{10, 10, 10}));
}

TEST(RealData, AutoMpg) {
  const std::string text = real_file("auto-mpg.csv");
  if (text.empty()) GTEST_SKIP() << "needs PERCEPT_DATA with tabular/";
  const DataTable table = table_of(text);
  const auto [schema, notes] = fitted(table, {.target = "mpg"});
  EXPECT_EQ(feature_names(schema),
            (Words{"cylinders", "displacement", "horsepower", "horsepower is missing", "weight", "acceleration",
                   "model_year", "origin=europe", "origin=japan", "origin=usa"}));
  EXPECT_THAT(notes, ElementsAre("column 'name' is left out: 305 different words in 398 cells"));
  EXPECT_TRUE(schema.target.classes.empty());
  EXPECT_NEAR(schema.target.mean, 23.514572864321607, 1e-12);  // NumPy's mean and std
  EXPECT_NEAR(schema.target.std, 7.806159061274433, 1e-12);
  EXPECT_EQ(table_data(table, schema).x().shape(), Shape({398, 10}));
  EXPECT_EQ(find_target(table, {.target = "cylinders"}).classes, (Words{"3", "4", "5", "6", "8"}));
  EXPECT_EQ(find_target(table, {.target = "origin"}).classes, (Words{"europe", "japan", "usa"}));
}

TEST(RealData, CaliforniaHousing) {
  const std::string text = real_file("california_housing.csv");
  if (text.empty()) GTEST_SKIP() << "needs PERCEPT_DATA with tabular/";
  const DataTable table = table_of(text);
  EXPECT_EQ(table.rows(), 20640);
  const auto [schema, notes] = fitted(table, {.target = "median_house_value"});
  EXPECT_TRUE(notes.empty());
  EXPECT_TRUE(schema.target.classes.empty());
  const TensorDataset data = table_data(table, schema);
  EXPECT_EQ(data.x().shape(), Shape({20640, 14}));  // 8 numbers, total_bedrooms is missing, 5 kinds of shore
  EXPECT_EQ(data.y().shape(), Shape({20640, 1}));
  double sum = 0, squares = 0;
  for (const double value : data.y().to_vector<double>()) {
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 20640, 0, 1e-6);
  EXPECT_NEAR(squares / 20640, 1, 1e-6);
}

}  // namespace
}  // namespace percept
