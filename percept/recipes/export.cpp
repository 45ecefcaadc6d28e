// export.cpp - samples to PNG files and rows of CSV.
#include "percept/recipes/export.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/data_loader.h"
#include "percept/formats/image.h"
#include "percept/recipes/data.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBatch = 256;

// A class's name as a folder's: what could be a path or hidden becomes '_' ("T-shirt/top").
std::string folder_name(const std::string& name) {
  std::string text = name;
  for (char& c : text)
    if (c == '/' || c == '\\' || std::iscntrl(static_cast<unsigned char>(c))) c = '_';
  return text.empty() || text[0] == '.' ? "_" + text : text;
}

std::string numbered(std::int64_t index) {
  const std::string digits = number(index);
  return std::string(6 - std::min<std::size_t>(digits.size(), 6), '0') + digits;
}

void write_pictures(const Dataset& data, const fs::path& folder, std::int64_t count) {
  const std::vector<std::string> names = data.class_names();
  std::vector<fs::path> folders;
  for (const std::string& name : names) {
    folders.push_back(folder / folder_name(name));
    if (!fs::create_directories(folders.back()))
      throw IoError(folders.back().string() + ": two classes would share this folder", "export as CSV: format=csv");
  }
  const NoGrad off;
  for (std::int64_t i = 0; i < count; ++i) {
    const Batch one = data.get({i});
    const auto label = static_cast<std::size_t>(one.y.to_vector<std::int64_t>()[0]);
    // Not synced one by one: an export that was cut short is made again.
    const std::vector<std::byte> bytes = encode_png(one.x[0]);
    const fs::path file = folders[label] / (numbered(i) + ".png");
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw IoError(file.string() + ": cannot be written", "is the disk full?");
  }
}

void write_rows(const Dataset& data, const fs::path& file, std::int64_t count) {
  std::ofstream out(file, std::ios::binary);
  const bool picture = data.sample_shape().rank() == 3;
  std::int64_t columns = 1;
  for (const std::int64_t size : data.sample_shape()) columns *= size;
  out << "label";
  for (std::int64_t i = 1; i <= columns; ++i) out << (picture ? ",pixel" : ",x") << i;
  out << "\n";
  const NoGrad off;
  std::string line;
  for (std::int64_t first = 0; first < count; first += kBatch) {
    const std::int64_t rows = std::min(kBatch, count - first);
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < rows; ++i) indices.push_back(first + i);
    const Batch batch = data.get(indices);
    const auto x = batch.x.to_vector<double>(), y = batch.y.to_vector<double>();
    for (std::int64_t row = 0; row < rows; ++row) {
      line = number(y[static_cast<std::size_t>(row)]);
      for (std::int64_t i = 0; i < columns; ++i) line += "," + number(x[static_cast<std::size_t>(row * columns + i)]);
      out << line << "\n";
    }
  }
  out.close();
  if (!out) throw IoError(file.string() + ": cannot be written", "is the disk full?");
}

void check_target(const fs::path& folder) {
  std::error_code why;
  if (fs::exists(folder, why) && !fs::is_empty(folder, why))
    throw UsageError(folder.string() + " exists and is not empty", "name a new folder");
}

}  // namespace

ExportResult export_dataset(const std::string& source, const Path& folder, const ExportOptions& options) {
  if (options.format != "png" && options.format != "csv")
    throw UsageError("format is '" + options.format + "'", "use format=png or format=csv");
  if (options.part != "all" && options.part != "train" && options.part != "test")
    throw UsageError("split is '" + options.part + "'", "use split=all, train or test");
  const fs::path root = folder;
  check_target(root);
  DataSection data;
  data.source = source;
  if (names_dataset(source) && !find_dataset(source).target.empty())
    throw UsageError(source + " is a table: " + locate_dataset(find_dataset(source))[0].string(), "copy that file");
  const auto open = open_source(data, {});
  if (!open->has_test()) throw UsageError(source + " has no test part", "export a data set with both parts");
  const DataParts parts = cut_data(*open, data);
  if (options.format == "png" && parts.train.sample_shape().rank() != 3)
    throw UsageError(source + " has samples " + str(parts.train.sample_shape()) + ", which are no pictures",
                     "use format=csv");
  make_directories(root);
  ExportResult result{folder, 0};
  for (const auto& [part, name] : {std::pair{&parts.train, "train"}, std::pair{&parts.test, "test"}}) {
    if (options.part != "all" && options.part != name) continue;
    const std::int64_t count = options.limit > 0 ? std::min(options.limit, part->size()) : part->size();
    if (options.format == "png")
      write_pictures(*part, root / name, count);
    else
      write_rows(*part, root / (std::string(name) + ".csv"), count);
    result.samples += count;
  }
  return result;
}

}  // namespace percept
