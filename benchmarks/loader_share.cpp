// loader_share.cpp - what augmenting in the loader's worker takes from training: a recipe's steps on batches that are
// drawn and augmented as it trains, beside the same steps on the batches of an epoch that lie prepared in memory.
// One line of JSON:  PERCEPT_DATA=... build/release/benchmarks/benchmark_loader_share [RECIPE [STEPS [ROUNDS]]]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/thread_pool.h"
#include "percept/data/data_loader.h"
#include "percept/nn/losses.h"
#include "percept/ops/ops.h"
#include "percept/optim/optimizer_record.h"
#include "percept/recipes/data.h"
#include "percept/recipes/run.h"
#include "percept/train/fit.h"

using namespace percept;

namespace {

struct Case {
  std::string name;
  Dataset data;
  FitOptions options;
  std::vector<double> images_per_second = {};
};

// Every batch of the first epoch, one after the other.
Dataset prepared(const Dataset& data, const FitOptions& options) {
  DataLoader loader(data, {.batch_size = options.batch_size,
                           .shuffle = true,
                           .seed = options.seed,
                           .num_workers = 2,
                           .transform = options.augment});
  std::vector<Tensor> x, y;
  for (const Batch& batch : loader) {
    x.push_back(batch.x);
    y.push_back(batch.y);
  }
  return TensorDataset(concat(x, 0), concat(y, 0));
}

// A short training; its plan is made anew, within the time of both.
void run(Case& one, RecipeModel& model) {
  double rate = 0;
  FitOptions options = one.options;
  struct Rate {
    double* rate;
    void on_train_end(Progress& at) const { *rate = static_cast<double>(at.samples) / at.seconds; }
  };
  options.callbacks = {Rate{&rate}};
  fit(model, one.data, options);
  one.images_per_second.push_back(rate);
}

std::vector<Case> cases_of(const Recipe& recipe, const DataParts& data, std::int64_t steps) {
  const FitOptions loaded{
      .loss = loss_of(recipe.loss),
      .optimizer = find_optimizer(recipe.optimizer.find("type")->as_string())->make(recipe.optimizer, "optimizer"),
      .steps = steps,
      .batch_size = recipe.train.batch_size,
      .augment = augment_for(recipe, data.train),
      .num_workers = RunOptions{}.num_workers};
  FitOptions from_memory = loaded;
  from_memory.augment = {};
  from_memory.shuffle = false;
  return {{"augmented", data.train, loaded}, {"prepared", prepared(data.train, loaded), from_memory}};
}

double sorted_at(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void measure(const std::string& name, std::int64_t steps, int rounds) {
  const Recipe recipe = find_recipe(name);
  const DataParts data = load_data(recipe);
  RecipeModel model = make_model(recipe);
  build_recipe_model(model, recipe, data.train.sample_shape());
  std::vector<Case> cases = cases_of(recipe, data, steps);
  for (Case& one : cases) run(one, model);  // warms up
  for (Case& one : cases) one.images_per_second.clear();
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    for (Case& one : cases) run(one, model);
    ratios.push_back(cases[0].images_per_second.back() / cases[1].images_per_second.back());
  }
  std::printf("{\"recipe\": \"%s\", \"threads\": %d, \"workers\": %d, \"rounds\": %d, \"steps\": %lld", name.c_str(),
              num_threads(), RunOptions{}.num_workers, rounds, static_cast<long long>(steps));
  for (const Case& one : cases)
    std::printf(", \"%s\": {\"images_per_second\": %.0f, \"p90\": %.0f}", one.name.c_str(),
                sorted_at(one.images_per_second, 0.5), sorted_at(one.images_per_second, 0.9));
  std::printf(", \"ratio\": %.4f, \"ratios\": [%.4f, %.4f]}\n", sorted_at(ratios, 0.5), sorted_at(ratios, 0),
              sorted_at(ratios, 1));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    measure(argc > 1 ? argv[1] : PERCEPT_SOURCE_DIR "/recipes/cifar10_resnet20.toml",
            argc > 2 ? std::atoll(argv[2]) : 40, argc > 3 ? std::atoi(argv[3]) : 11);
  } catch (const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
