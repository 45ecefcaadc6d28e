// model_checkpoint.h - saves the model while it is trained, as Keras's ModelCheckpoint.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "percept/base/path.h"
#include "percept/base/value.h"
#include "percept/train/monitor.h"

namespace percept {

// ModelCheckpoint{{.filepath = "run/{epoch:02d}-{val_loss:.2f}.safetensors"}}
// The name may have fields (train/python_text.h): epoch (from 1), batch (of the epoch, from 1; where save_freq counts
// batches) and the names of the logs. Missing folders are made; each file is written whole or not at all. With
// save_best_only a file is written only where `monitor` is better than ever, and than initial_value_threshold. Says
// "Epoch 3: val_loss improved from 0.51000 to 0.48000, saving model to ...", "Epoch 4: val_loss did not improve from
// 0.48000", "Epoch 3: finished saving model to ...".
class ModelCheckpoint {
 public:
  struct Options {
    std::string filepath = "{epoch:02d}.safetensors";
    std::string monitor = "val_loss";
    int verbose = 0;
    bool save_best_only = false;
    std::string mode = "auto";
    Value save_freq = "epoch";  // or a number of batches
    std::optional<double> initial_value_threshold = {};
  };
  static constexpr std::string_view kType = "ModelCheckpoint";
  using Saver = std::function<void(const Path&)>;
  // Saves with `save`; without it parameters and buffers (io/save.h). ValueError for a name that does not end in
  // .safetensors, or a save_freq that is neither "epoch" nor at least 1.
  explicit ModelCheckpoint(Options options, Saver save = {});
  ModelCheckpoint() : ModelCheckpoint(Options{}) {}
  const Options& options() const { return options_; }

  // UsageError where save_best_only, and mode is "auto" and the direction is not known.
  void on_train_begin(Progress& at);
  void on_step(Progress& at);
  // UsageError for a field in the name that has no value; IoError.
  void on_epoch_end(Progress& at);

 private:
  bool wanted(const Progress& at, const std::string& file);
  void save_now(Progress& at, bool in_epoch);
  Options options_;
  Saver save_;
  Monitor monitor_;
  std::int64_t every_ = 0;  // batches; 0: epochs
  std::int64_t since_ = 0;  // batches since the last file
  std::optional<double> best_;
};

}  // namespace percept
