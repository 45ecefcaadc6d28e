// check_dataset.cpp - findings about a data set: what is odd before it spoils a training.
#include <algorithm>
#include <filesystem>
#include <string_view>
#include <unordered_set>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/data/datasets.h"

namespace percept {
namespace {

using Level = Finding::Level;

// One image as bytes, for comparing.
std::string_view image_bytes(const Tensor& x, std::int64_t index) {
  const std::int64_t bytes = x.numel() / std::max<std::int64_t>(x.size(0), 1);
  return {static_cast<const char*>(x.raw_data()) + index * bytes, static_cast<std::size_t>(bytes)};
}

void check_classes(const TensorDataset& part, const std::string& name, std::vector<Finding>& findings) {
  std::vector<std::int64_t> counts(part.class_names().size());
  for (const std::int64_t label : part.y().to_vector<std::int64_t>()) ++counts[static_cast<std::size_t>(label)];
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  findings.push_back({Level::ok, name + ": " + with_thousands(part.size()) + " images " + str(part.sample_shape()) +
                                     ", " + number(counts.size()) + " classes with " + number(*least) + " to " +
                                     number(*most) + " images"});
  for (std::size_t k = 0; k < counts.size(); ++k)
    if (counts[k] == 0)
      findings.push_back(
          {Level::warning, name + ": no image of class " + number(k) + " (" + part.class_names()[k] + ")"});
}

void check_blank(const TensorDataset& part, const std::string& name, std::vector<Finding>& findings) {
  std::int64_t blank = 0, first = -1;
  for (std::int64_t i = 0; i < part.size(); ++i) {
    const std::string_view bytes = image_bytes(part.x(), i);
    if (bytes.find_first_not_of(bytes.empty() ? '\0' : bytes[0]) != std::string_view::npos) continue;
    if (blank++ == 0) first = i;
  }
  if (blank > 0)
    findings.push_back({Level::warning, name + ": " + number(blank) +
                                            " images of one single grey, the first at position " + number(first)});
}

void check_overlap(const TensorDataset& train, const TensorDataset& test, std::vector<Finding>& findings) {
  std::unordered_set<std::string_view> seen;
  for (std::int64_t i = 0; i < train.size(); ++i) seen.insert(image_bytes(train.x(), i));
  std::int64_t shared = 0, first = -1;
  for (std::int64_t i = 0; i < test.size(); ++i)
    if (seen.contains(image_bytes(test.x(), i)) && shared++ == 0) first = i;
  if (shared == 0)
    findings.push_back({Level::ok, "no test image is in the training part"});
  else
    findings.push_back({Level::warning, number(shared) +
                                            " test images are in the training part too, the first at position " +
                                            number(first) + ": test results are a little too good"});
}

}  // namespace

std::vector<Finding> check_dataset(std::string_view name) {
  const DatasetInfo& info = find_dataset(name);
  std::vector<Finding> findings;
  if (info.make) {
    const DatasetSplits made = info.make();
    return {{Level::ok, "computed: " + with_thousands(made.train.size()) + " training and " +
                            with_thousands(made.test.size()) + " test samples " + str(info.sample_shape)}};
  }
  try {
    const auto files = locate_dataset(info);
    findings.push_back({Level::ok, "found in " + std::filesystem::path(files[0]).parent_path().string()});
    if (!info.read) return findings;  // a table
    const auto [train, test] = info.read(info, files);
    for (const auto& [part, part_name] : {std::pair(&train, "train"), std::pair(&test, "test")}) {
      check_classes(*part, part_name, findings);
      check_blank(*part, part_name, findings);
    }
    check_overlap(train, test, findings);
  } catch (const Error& error) {
    findings.push_back({Level::error, error.problem() + "; " + error.fix()});
  }
  return findings;
}

}  // namespace percept
