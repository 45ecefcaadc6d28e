// lr_find.h - the learning rate range test: the loss while the rate grows, and the rates it speaks for.
#pragma once
#include <cstdint>
#include <vector>

#include "percept/train/fit.h"

namespace percept {

struct LrFindOptions {
  double first_rate = 1e-7, last_rate = 10;
  std::int64_t steps = 100;  // rates in between, in equal ratios
  double smoothing = 0.98;   // weight of the older losses in the mean, whose start is made up for; 0: none
  double stop_factor = 4;    // ends where the smoothed loss is so many times the smallest; 0: never
};

struct LrFindResult {
  struct Point {
    double rate = 0, loss = 0, smoothed = 0;
  };
  std::vector<Point> points;  // one per step, until the loss was NaN or stop_factor was reached
  // Where the smoothed loss falls fastest along log(rate), over a tenth of the sweep, and a tenth of the rate where it
  // is smallest; the first tenth of the steps and the last points (a twentieth of the steps, at most five) are left
  // out. NaN where fewer than two are left; `steepest` also where the loss never falls.
  double steepest = 0, minimum_tenth = 0;
};

// Trains `model` with rates from first_rate to last_rate, as fit would with `options`: loss, optimizer, batch size,
// weights, penalties, gradient functions; without its epochs, steps, schedule, validation, metrics and callbacks.
// Afterwards the model (which is built if it was not), gradients and the program's random generator are as they were;
// options.optimizer is copied. Source: Smith 2017, "Cyclical learning rates", 3.3; suggestions as fastai's.
// ValueError for rates or steps out of range; what fit throws.
LrFindResult lr_find(ModuleRef model, const Dataset& data, const FitOptions& options, const LrFindOptions& sweep = {});

}  // namespace percept
