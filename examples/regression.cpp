// regression.cpp - house prices from a table: columns become features, a small net, and a score on rows it never saw.
// Reads california_housing.csv (the first argument, or PERCEPT_DATA's tabular/); without it, a made table.
#include <percept/percept.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

using namespace percept;

// price = x0 x1 / 100 + sin(3 x2) + noise, with columns of very different sizes and a word, as the text of a CSV file.
std::string made_table() {
  const std::int64_t rows = 4000;
  const auto x = uniform({rows, 3}, -1, 1, {5, 0}).to_vector<double>();
  const auto noise = normal({rows}, 0, 0.05, {5, 1}).to_vector<double>();
  CsvWriter text;
  text.write({"length", "width", "angle", "side", "price"});
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i) {
    const double a = x[3 * i], b = x[3 * i + 1], c = x[3 * i + 2];
    const double price = a * b + std::sin(3 * c) + (i % 2 ? 0.5 : 0) + noise[i];
    text.write({std::to_string(1000 * a), std::to_string(b / 100), std::to_string(c), i % 2 ? "left" : "right",
                std::to_string(price)});
  }
  return text.text();
}

int main(int count, char** arguments) {
  seed(1);
  const char* data = std::getenv("PERCEPT_DATA");
  const std::string path = count > 1 ? arguments[1] : std::string(data ? data : "") + "/tabular/california_housing.csv";
  const bool real = std::filesystem::exists(path);
  const std::string made = real ? "" : made_table();
  CsvReader reader = real ? CsvReader(path) : CsvReader(std::as_bytes(std::span(made)), "the made table");
  const DataTable table = read_table(reader);

  // Means, deviations and categories come from the training rows alone: the test rows must not have been looked at.
  const DataSplit rows = split_test(table.rows(), {.fraction = 0.2, .seed = 1});
  const FittedSchema fitted = fit_schema(table, rows.train, {.target = real ? "median_house_value" : "price"});
  for (const std::string& note : fitted.notes) std::printf("%s\n", note.c_str());
  const Dataset all = table_data(table, fitted.schema);
  const Dataset train = rows_of(all, rows.train), test = rows_of(all, rows.test);

  Sequential model{Linear{{.out_features = 64}}, ReLU{}, Linear{{.out_features = 64}}, ReLU{},
                   Linear{{.out_features = 1}}};
  const History history = fit(model, train,
                              {.loss = MSELoss{},
                               .optimizer = Adam{{.learning_rate = 3e-3}},
                               .epochs = 20,
                               .batch_size = 128,
                               .validation_split = 0.1,
                               .metrics = {R2{}},
                               .schedule = OneCycle{}});
  const Logs score = evaluate(model, test, {.loss = MSELoss{}, .metrics = {R2{}}});
  std::printf("%lld training and %lld test rows of %lld features\n", static_cast<long long>(train.size()),
              static_cast<long long>(test.size()), static_cast<long long>(train.sample_shape()[0]));
  std::printf("training loss %.4f, validation %.4f\n", history.last("loss"), history.last("val_loss"));
  // The target was standardised too: its deviation brings the error back into its own unit.
  std::printf("test RMSE %.4g, R2 %.3f\n", std::sqrt(score.at("loss")) * fitted.schema.target.std, score.at("r2"));
  return score.at("r2") > 0.7 ? 0 : 1;
}
