// callback_record.cpp - the list of callbacks.
#include "percept/train/callback_record.h"

#include <filesystem>

#include "percept/nn/layer_record.h"
#include "percept/train/callbacks/early_stopping.h"
#include "percept/train/callbacks/ema_weights.h"
#include "percept/train/callbacks/model_checkpoint.h"
#include "percept/train/callbacks/reduce_lr_on_plateau.h"
#include "percept/train/callbacks/terminate_on_nan.h"
#include "percept/train/csv_logger.h"
#include "percept/train/typed_table.h"

namespace percept {
namespace {

std::string below(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : (std::filesystem::path(folder) / name).string();
}

// A folder in front of a name with fields: its own braces are none.
std::string without_fields(const std::string& folder) {
  std::string text;
  for (const char c : folder) text += std::string(c == '{' || c == '}' ? 2 : 1, c);
  return text;
}

template <class C>
Callback made(const Value& options, std::string_view where, const CallbackContext& context) {
  auto settled = options_of<C>(options, where);
  if constexpr (requires { settled.filename; }) settled.filename = below(context.folder.string(), settled.filename);
  if constexpr (requires { settled.filepath; })
    settled.filepath = below(without_fields(context.folder.string()), settled.filepath);
  if constexpr (requires { C(settled, context.save); })
    return C(settled, context.save);
  else
    return C(settled);
}

template <class C>
CallbackRecord record(std::string_view doc) {
  return {C::kType, doc, [] { return to_value(typename C::Options{}); }, made<C>, option_names_of<C>};
}

}  // namespace

const std::vector<CallbackRecord>& all_callbacks() {
  static const std::vector<CallbackRecord> all{
      record<CsvLogger>(
          "Writes the logs of each epoch as a line of a table, below the run's folder. Keras's CSVLogger."),
      record<EMAWeights>(
          "A moving average of the trained weights, average = momentum average + (1 - momentum) weights after each\n"
          "update, used for validation and kept at the end. Callbacks that keep the best weights stand behind it and\n"
          "need swap_on_epoch = true: else they keep weights that were not validated. Keras's use_ema and\n"
          "SwapEMAWeights."),
      record<EarlyStopping>(
          "Ends the run after `patience` epochs in which `monitor` was not better than its best by more than\n"
          "min_delta; restore_best_weights gives the model of the best epoch back. Keras's EarlyStopping."),
      record<ModelCheckpoint>(
          "Saves the model at the end of epochs, or every so many batches, below the run's folder; save_best_only:\n"
          "where `monitor` is better than ever. Names may have fields, {epoch:02d}-{val_loss:.2f}. Keras's\n"
          "ModelCheckpoint."),
      record<ReduceLROnPlateau>(
          "Multiplies the learning rate by `factor` after `patience` epochs in which `monitor` was not better than "
          "its\n"
          "best by more than min_delta, then waits `cooldown` epochs. Keras's ReduceLROnPlateau."),
      record<TerminateOnNaN>("Ends the run in good order when a loss is NaN or infinite, with the weights from before "
                             "that batch. Keras's\n"
                             "TerminateOnNaN."),
  };
  return all;
}

const CallbackRecord* find_callback(std::string_view type) { return record_named(all_callbacks(), type); }

Callback callback_of(const Value& table, std::string_view where, const CallbackContext& context) {
  return record_of(all_callbacks(), table, "callback", where).make(table, where, context);
}

}  // namespace percept
