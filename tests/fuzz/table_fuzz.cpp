// table_fuzz.cpp - any bytes as the records of a table: features by a schema that reads back as itself, or an Error.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string_view>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/options.h"
#include "percept/base/text.h"
#include "percept/data/table_fit.h"

// The first byte chooses what is asked for; records are lines, fields end with commas.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace percept;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::uint8_t choice = data[0];
  try {
    TableBuilder builder("fuzz.csv", static_cast<TableHeader>(choice % 3));
    std::int64_t line = 0;
    for (const std::string_view record : split(text, '\n')) builder.add(split(record, ','), ++line);
    const DataTable table = builder.finish();
    std::vector<std::int64_t> training(static_cast<std::size_t>(table.rows() + 1) / 2);
    std::iota(training.begin(), training.end(), 0);
    const TableSchema schema =
        fit_schema(table, training, {.task = static_cast<TableTask>(choice / 3 % 3), .most_values = 1 + choice / 9})
            .schema;
    TableSchema again;
    from_value(to_value(schema), again, "fuzz");
    const std::vector<float> x = table_data(table, schema).x().to_vector<float>();
    if (table_data(table, again).x().to_vector<float>() != x) std::abort();
    for (const float value : x)
      if (!std::isfinite(value)) std::abort();
  } catch (const Error&) {
  }
  return 0;
}
