// read_input.cpp - pictures, tables, arrays and samples of data sets as inputs of a model.
#include "percept/recipes/read_input.h"

#include <filesystem>

#include "percept/base/error.h"
#include "percept/base/file_names.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/core/mode.h"
#include "percept/data/image_folder.h"
#include "percept/data/split.h"
#include "percept/formats/npy.h"
#include "percept/ops/ops.h"
#include "percept/recipes/_sources.h"
#include "percept/recipes/data.h"
#include "percept/recipes/text_input.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

void check_fits(const ModelInfo& info, const Shape& sample, const std::string& input) {
  if (sample != info.sample_shape)
    throw ShapeError("samples of " + input + " are " + str(sample) + ", the model takes " + str(info.sample_shape),
                     "use data of the model's shape");
}

// How the model's pictures were prepared; of a data set that came as tensors, its size and channels.
PictureOptions picture_options(const ModelInfo& info, const std::string& input) {
  if (info.preprocess.picture) return *info.preprocess.picture;
  const Shape& shape = info.sample_shape;
  if (shape.rank() != 3 || (shape[0] != 1 && shape[0] != 3))
    throw UsageError(quote(input) + " is a picture, the model takes " + str(shape), "give it data of that shape");
  if (info.sample_dtype && is_floating(*info.sample_dtype))
    throw UsageError(quote(input) + " is a picture of bytes, the model was trained on pictures as " +
                         std::string(name_of(*info.sample_dtype)) + ", whose range is not known",
                     "give it an .npy file as it was trained on; or train on bytes (u8), or on folders of pictures");
  return {.height = shape[1], .width = shape[2], .color = shape[0] == 1 ? ColorOrder::gray : ColorOrder::rgb};
}

ModelInput pictures(const ModelInfo& info, const std::string& input, std::vector<std::string> files) {
  if (files.empty()) throw IoError(input + ": no PNG or JPEG file in it", "name pictures, or a folder that holds some");
  ImageListing listing;
  listing.class_names = {"unknown"};
  listing.samples_of = {static_cast<std::int64_t>(files.size())};
  listing.labels.assign(files.size(), 0);
  listing.files = files;
  return {.data = ImageFolder(std::move(listing), picture_options(info, input)),
          .names = files,
          .key = "file",
          .keys = files};
}

// [N, ...] of one sample or several, with its axes where training had them.
Tensor samples_of(const ModelInfo& info, const Tensor& x) {
  const NoGrad off;
  const auto fits = [&](const Tensor& samples) {
    Shape shape = samples.shape();
    if (shape.rank() > 0) shape.erase(0);
    return shape == info.sample_shape;
  };
  if (fits(x) || x.rank() == 0) return x;
  const Tensor one = unsqueeze(x, 0);
  for (const Tensor& samples : {one, as_samples(x), as_samples(one)})
    if (fits(samples)) return samples;
  return x;
}

ModelInput arrays(const ModelInfo& info, const std::string& input) {
  ModelInput result{.data = TensorDataset(samples_of(info, read_npy(input))), .names = {}, .key = "index"};
  check_fits(info, result.data.sample_shape(), input);
  check_dtype(info, result.data, input);
  for (std::int64_t i = 0; i < result.data.size(); ++i) {
    result.keys.push_back(number(i));
    result.names.push_back(input + ":" + result.keys.back());
  }
  return result;
}

// NAME:test:INDEX
ModelInput sample_of_dataset(const ModelInfo& info, const std::string& input) {
  const auto second = input.rfind(':'), first = input.rfind(':', second == 0 ? 0 : second - 1);
  const auto index = parse_int64(std::string_view(input).substr(second + 1));
  const std::string source = input.substr(0, first), part = input.substr(first + 1, second - first - 1);
  if (!index || (part != "test" && part != "train"))
    throw UsageError("input " + quote(input) + " is not understood",
                     "write a picture's file, a folder of pictures, a table, an .npy file, or NAME:test:INDEX, e.g. "
                     "fashion_mnist:test:0");
  const Dataset data = data_for_model(info, source, part).data;
  check_fits(info, data.sample_shape(), source);
  if (*index < 0 || *index >= data.size())
    throw UsageError("input " + quote(input) + ": index " + number(*index),
                     "use an index from 0 to " + number(data.size() - 1));
  return {.data = data.subset(*index, 1), .names = {input}, .labelled = true, .keys = {input}};
}

ModelInput file(const ModelInfo& info, const std::string& input, const std::string& identifier) {
  const std::string ending = ending_of(input);
  if (ending == ".npy") return arrays(info, input);
  if (ending == ".csv" || ending == ".tsv") return read_table_input(info, input, identifier);
  return pictures(info, input, {input});  // its first bytes tell; read_image refuses what is no picture
}

ModelInput read_any(const ModelInfo& info, const std::string& input, const std::string& identifier) {
  if (is_text_input(input)) return read_text_input(info, input);
  std::error_code why;
  if (!fs::exists(input, why)) {
    if (input.find(':') != std::string::npos) return sample_of_dataset(info, input);
    throw IoError("input " + quote(input) + ": " + (why ? why.message() : "there is no such file"), "check the path");
  }
  ModelInput read =
      fs::is_directory(input, why) ? pictures(info, input, list_pictures(input)) : file(info, input, identifier);
  check_fits(info, read.data.sample_shape(), input);  // a model's file may say one size of pictures and mean another
  return read;
}

}  // namespace

ModelInput read_input(const ModelInfo& info, const std::string& input, const std::string& identifier) {
  ModelInput read = read_any(info, input, identifier);
  if (!identifier.empty() && read.target.empty())
    throw UsageError("id is " + quote(identifier) + ", and " + quote(input) + " is no table", "leave it out");
  return read;
}

}  // namespace percept
