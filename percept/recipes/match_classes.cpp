// match_classes.cpp - labels of other data told by the names of a model's classes.
#include <algorithm>
#include <map>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/data/class_names.h"
#include "percept/data/split.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

// The same samples with labels of another list of classes.
class Renamed {
 public:
  Renamed(Dataset whole, std::vector<std::int64_t> place_of, std::vector<std::string> names)
      : whole_(std::move(whole)), place_of_(std::move(place_of)), names_(std::move(names)) {}
  std::int64_t size() const { return whole_.size(); }
  Shape sample_shape() const { return whole_.sample_shape(); }
  const std::vector<std::string>& class_names() const { return names_; }
  Batch get(const std::vector<std::int64_t>& indices) const {
    Batch batch = whole_.get(indices);
    std::vector<std::int64_t> labels = batch.y.to_vector<std::int64_t>();
    for (std::int64_t& label : labels) label = place_of_[static_cast<std::size_t>(label)];
    batch.y = from_vector(labels, {static_cast<std::int64_t>(labels.size())});
    return batch;
  }
  std::string fingerprint() const { return whole_.fingerprint() + " by names"; }

 private:
  Dataset whole_;
  std::vector<std::int64_t> place_of_;
  std::vector<std::string> names_;
};

bool is_number(const std::string& name) { return parse_int64(name).has_value(); }

// For each own class its place among the model's, -1 where there is none.
std::vector<std::int64_t> places_of(const std::vector<std::string>& own, const std::vector<std::string>& classes,
                                    bool named) {
  std::vector<std::int64_t> places(own.size(), -1);
  // Numbers that are no names count the classes, unless the model's own names are numbers too.
  if (!named && are_numbered(own) && std::none_of(classes.begin(), classes.end(), is_number)) {
    for (std::size_t i = 0; i < std::min(own.size(), classes.size()); ++i) places[i] = static_cast<std::int64_t>(i);
    return places;
  }
  std::map<std::string, std::int64_t> by_name;
  for (std::size_t i = 0; i < classes.size(); ++i) by_name.emplace(classes[i], static_cast<std::int64_t>(i));
  for (std::size_t i = 0; i < own.size(); ++i)
    if (const auto found = by_name.find(own[i]); found != by_name.end()) places[i] = found->second;
  return places;
}

Dataset matched(const Dataset& data, const std::vector<std::string>& classes, const std::string& source, bool named) {
  const std::vector<std::string> own = data.class_names();
  if (own == classes || own.empty()) return data;
  if (classes.empty())
    throw IoError(source + ": its samples belong to classes, the model tells a number",
                  "give data with numbers as targets");
  const std::vector<std::int64_t> places = places_of(own, classes, named);
  for (const std::int64_t label : labels_of(data))
    if (places[static_cast<std::size_t>(label)] < 0)
      throw IoError(source + ": the model has no class " + quote(own[static_cast<std::size_t>(label)]),
                    "the classes are " + printable(join(classes), 1000));
  return Renamed(data, places, classes);
}

}  // namespace

ReadyParts by_classes_of(const std::optional<TrainedAs>& trained, ReadyParts parts, const std::string& source,
                         bool named) {
  if (!trained) return parts;
  parts.main = matched(parts.main, trained->class_names, source, named);
  for (std::optional<Dataset>* part : {&parts.test, &parts.validation})
    if (*part) *part = matched(**part, trained->class_names, source, named);
  return parts;
}

}  // namespace percept
