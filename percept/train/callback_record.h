// callback_record.h - callbacks by name, for recipes and `percept explain`: callbacks = [{ type = "EarlyStopping" }].
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "percept/base/path.h"
#include "percept/base/value.h"
#include "percept/train/callback.h"

namespace percept {

// Where a run puts its files, for callbacks that write some.
struct CallbackContext {
  Path folder = {};                            // relative names are below it; empty: below the working directory
  std::function<void(const Path&)> save = {};  // the model as the run saves it; empty: parameters and buffers
};

struct CallbackRecord {
  std::string_view type;  // "EarlyStopping"
  std::string_view doc;
  Value (*default_options)() = nullptr;
  // From the options given, the others at their defaults; a member `type` is passed over. UsageError with `where` and
  // the nearest known name for an unknown option, ValueError for a bad value.
  Callback (*make)(const Value& options, std::string_view where, const CallbackContext& context) = nullptr;
  std::vector<std::string> (*option_names)() = nullptr;
};

const std::vector<CallbackRecord>& all_callbacks();          // by name
const CallbackRecord* find_callback(std::string_view type);  // null when there is none
// From a table with a `type`; `where` it stands, "train.callbacks[0]". UsageError with the nearest name for an unknown
// type.
Callback callback_of(const Value& table, std::string_view where, const CallbackContext& context = {});

}  // namespace percept
