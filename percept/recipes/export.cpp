// export.cpp - samples to PNG files and rows of CSV.
#include "percept/recipes/export.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "percept/base/error.h"
#include "percept/base/files.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/class_names.h"
#include "percept/data/data_loader.h"
#include "percept/formats/csv.h"
#include "percept/formats/image.h"
#include "percept/ops/ops.h"
#include "percept/recipes/data.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kBatch = 256;

std::string numbered(std::int64_t index) {
  const std::string digits = number(index);
  return std::string(6 - std::min<std::size_t>(digits.size(), 6), '0') + digits;
}

void write_pictures(const Dataset& data, const fs::path& folder, std::int64_t count) {
  const std::vector<std::string> names = data.class_names();
  const NoGrad off;
  for (std::int64_t i = 0; i < count; ++i) {
    const Batch one = data.get({i});
    const auto label = static_cast<std::size_t>(one.y.to_vector<std::int64_t>()[0]);
    // Not synced one by one: an export that was cut short is made again.
    const std::vector<std::byte> bytes = encode_png(one.x[0]);
    const fs::path class_folder = folder / folder_name(names[label]);
    fs::create_directories(class_folder);  // with its first picture: a folder without any would be no class
    const fs::path file = class_folder / (numbered(i) + ".png");
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw IoError(file.string() + ": cannot be written", "is the disk full?");
  }
}

// What there is to write as PNG files in folders of classes; said before anything is written.
void check_pictures(const Dataset& data, const std::string& source) {
  const Shape shape = data.sample_shape();
  const auto refuse = [&](const std::string& what) { throw UsageError(source + what, "use format=csv"); };
  if (shape.rank() != 3 || (shape[0] != 1 && shape[0] != 3 && shape[0] != 4))
    refuse(" has samples " + str(shape) + ", which are no pictures");
  if (data.class_names().empty()) refuse(" has numbers as targets, and pictures lie in folders of classes");
  if (const DType dtype = data.get({0}).x.dtype(); dtype != DType::u8)
    refuse(" has pictures of " + std::string(name_of(dtype)) + ", and PNG files hold bytes");
  std::set<std::string> folders;
  for (const std::string& name : data.class_names())
    if (!folders.insert(folder_name(name)).second) refuse(": two classes would share the folder " + folder_name(name));
}

// Pictures pixel by pixel, as read_pixel_table has them: [rows, C, H, W] to [rows, H, W, C].
Tensor in_order(const Tensor& x) { return x.rank() == 4 ? permute(x, {0, 2, 3, 1}) : x; }

void write_rows(const Dataset& data, const fs::path& file, std::int64_t count) {
  std::ofstream out(file, std::ios::binary);
  const bool picture = data.sample_shape().rank() == 3;
  std::int64_t columns = 1;
  for (const std::int64_t size : data.sample_shape()) columns *= size;
  out << "label";
  for (std::int64_t i = 1; i <= columns; ++i) out << (picture ? ",pixel" : ",x") << i;
  out << "\n";
  const NoGrad off;
  const std::vector<std::string> names = data.class_names();
  std::string line;
  for (std::int64_t first = 0; first < count; first += kBatch) {
    const std::int64_t rows = std::min(kBatch, count - first);
    std::vector<std::int64_t> indices;
    for (std::int64_t i = 0; i < rows; ++i) indices.push_back(first + i);
    const Batch batch = data.get(indices);
    const auto x = in_order(batch.x).to_vector<double>(), y = batch.y.to_vector<double>();
    for (std::int64_t row = 0; row < rows; ++row) {
      const double target = y[static_cast<std::size_t>(row)];
      line.clear();
      write_csv_field(line, names.empty() ? number(target) : names[static_cast<std::size_t>(target)]);
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
  if (options.format == "png") check_pictures(parts.train, source);
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
