// regression.cpp - house prices from a table: standardised columns, a small net, and a score on rows it never saw.
// Reads california_housing.csv (the first argument, or PERCEPT_DATA's tabular/); without it, a made table.
#include <percept/percept.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace percept;

struct Table {
  Tensor x, y;  // [N, columns], [N, 1]
};

// Rows of numbers; the ninth is the price, in 100,000 dollars here; the tenth, where the house is, becomes "inland"
// or not. Rows with a gap are left out.
Table read_housing(const std::string& path) {
  std::ifstream file(path);
  std::string line, cell;
  std::vector<double> x, y;
  std::getline(file, line);  // the names
  while (std::getline(file, line)) {
    std::stringstream cells(line);
    std::vector<std::string> row;
    while (std::getline(cells, cell, ',')) row.push_back(cell);
    if (row.size() != 10 || std::find(row.begin(), row.end(), "") != row.end()) continue;
    for (int i = 0; i < 8; ++i) x.push_back(std::stod(row[static_cast<std::size_t>(i)]));
    x.push_back(row[9] == "INLAND");
    y.push_back(std::stod(row[8]) / 1e5);
  }
  const auto rows = static_cast<std::int64_t>(y.size());
  return {cast(from_vector(x, {rows, 9}), DType::f32), cast(from_vector(y, {rows, 1}), DType::f32)};
}

// y = x0 x1 + sin(3 x2) + noise, with columns of very different sizes.
Table made_table() {
  const std::int64_t rows = 4000;
  const Tensor x = uniform({rows, 4}, -1, 1, {5, 0});
  const auto column = [&](std::int64_t i) { return slice(x, 1, i, i + 1); };
  const Tensor y = column(0) * column(1) + sin(3 * column(2)) + normal({rows, 1}, 0, 0.1, {5, 1});
  return {x * tensor({1000., 0.01, 5., 1.}) + tensor({300., 7., 0., -2.}), y};
}

struct Split {
  Tensor train, test;
};
// The same shuffled rows of each: every fifth is for the test.
Split split_rows(const Tensor& values, const Permutation& order) {
  const std::int64_t rows = values.size(0), columns = values.size(1), tests = rows / 5;
  const auto from = values.to_vector<float>();
  std::vector<float> shuffled;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t c = 0; c < columns; ++c)
      shuffled.push_back(from[static_cast<std::size_t>(order(i) * columns + c)]);
  const Tensor all = from_vector(shuffled, {rows, columns});
  return {slice(all, 0, tests, rows), slice(all, 0, 0, tests)};
}

int main(int count, char** arguments) {
  seed(1);
  const char* data = std::getenv("PERCEPT_DATA");
  const std::string path = count > 1 ? arguments[1] : std::string(data ? data : "") + "/tabular/california_housing.csv";
  const Table table = std::filesystem::exists(path) ? read_housing(path) : made_table();
  const Permutation order(table.x.size(0), 1);
  const Split x = split_rows(table.x, order), y = split_rows(table.y, order);

  // Mean and deviation come from the training rows alone: the test rows must not have been looked at.
  const Tensor average = mean(x.train, {.axes = {0}}), deviation = sqrt(var(x.train, {.axes = {0}}));
  const auto standardised = [&](const Tensor& rows) { return (rows - average) / deviation; };
  const Dataset train = TensorDataset(standardised(x.train), y.train),
                test = TensorDataset(standardised(x.test), y.test);

  Sequential model{Linear{{.out_features = 64}}, ReLU{}, Linear{{.out_features = 64}}, ReLU{},
                   Linear{{.out_features = 1}}};
  const auto squared_error = [](const Tensor& output, const Tensor& target) { return mse_loss(output, target); };
  const History history = fit(model, train,
                              {.loss = squared_error,
                               .optimizer = Adam{{.learning_rate = 3e-3}},
                               .epochs = 20,
                               .batch_size = 128,
                               .validation_split = 0.1,
                               .schedule = OneCycle{}});
  const double mse = evaluate(model, test, {.loss = squared_error}).at("loss");
  const double spread = mean(square(y.test - mean(y.train))).item();  // what guessing the mean costs
  std::printf("%lld training and %lld test rows of %lld columns\n", static_cast<long long>(train.size()),
              static_cast<long long>(test.size()), static_cast<long long>(table.x.size(1)));
  std::printf("training loss %.4f, validation %.4f\n", history.last("loss"), history.last("val_loss"));
  std::printf("test RMSE %.3f (guessing the mean: %.3f), R2 %.3f\n", std::sqrt(mse), std::sqrt(spread),
              1 - mse / spread);
  return 1 - mse / spread > 0.7 ? 0 : 1;
}
