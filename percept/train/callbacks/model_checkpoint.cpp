// model_checkpoint.cpp - when a file is written, and under which name.
#include "percept/train/callbacks/model_checkpoint.h"

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/io/save.h"
#include "percept/train/python_text.h"

namespace percept {

ModelCheckpoint::ModelCheckpoint(Options options, Saver save)
    : options_(std::move(options)),
      save_(std::move(save)),
      monitor_(kType, options_.monitor, options_.mode, 0),
      best_(options_.initial_value_threshold) {
  if (!options_.filepath.ends_with(".safetensors"))
    throw ValueError("ModelCheckpoint: filepath = \"" + options_.filepath + "\"",
                     "models are saved in one format: let the name end in .safetensors");
  const Value& freq = options_.save_freq;
  const bool epochs = freq.is_string() && freq.as_string() == "epoch";
  if (!epochs && !(freq.is_int() && freq.as_int() >= 1))
    throw ValueError("ModelCheckpoint: save_freq = " + to_text(freq), "use \"epoch\", or a number of batches from 1");
  every_ = epochs ? 0 : freq.as_int();
}

void ModelCheckpoint::on_train_begin(Progress& at) {
  if (options_.save_best_only) monitor_.begin(at);
}

void ModelCheckpoint::on_step(Progress& at) {
  if (every_ == 0 || ++since_ < every_) return;
  since_ = 0;
  save_now(at, true);
}

void ModelCheckpoint::on_epoch_end(Progress& at) {
  if (every_ == 0) save_now(at, false);
}

bool ModelCheckpoint::wanted(const Progress& at, const std::string& file) {
  const auto say = [&](const std::string& text) {
    tell(options_.verbose, "Epoch " + number(at.epoch + 1) + ": " + text);
  };
  if (!options_.save_best_only) {
    say("saving model to " + file);
    return true;
  }
  const std::optional<double> current =
      monitor_.current(at.logs, [&] { return "Can save best model only with " + options_.monitor + " available."; });
  if (!current) return true;
  const std::string before = best_ ? fixed(*best_, 5) : "None";
  const bool better = monitor_.better(*current, best_);
  if (better) {
    say(options_.monitor + " improved from " + before + " to " + fixed(*current, 5) + ", saving model to " + file);
    best_ = current;
  } else {
    say(options_.monitor + " did not improve from " + before);
  }
  return better;
}

void ModelCheckpoint::save_now(Progress& at, bool in_epoch) {
  FieldValues values{{"epoch", at.epoch + 1}};
  if (in_epoch) values.emplace("batch", at.step_in_epoch);
  for (const auto& [name, value] : at.logs) values.emplace(name, value);
  const std::string file = fill_fields(options_.filepath, values);
  if (!wanted(at, file)) return;
  if (const auto folder = std::filesystem::path(file).parent_path(); !folder.empty()) make_directories(folder);
  if (save_)
    save_(file);
  else
    save(at.model, file);
  tell(options_.verbose, "Epoch " + number(at.epoch + 1) + ": finished saving model to " + file);
}

}  // namespace percept
