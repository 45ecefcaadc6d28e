// source_pictures.cpp - folders of pictures: parts by the names of folders, one size for all.
#include <algorithm>
#include <filesystem>
#include <map>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/image_folder.h"
#include "percept/data/split.h"
#include "percept/formats/image.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLookedAt = 200;     // files whose headers settle size and colour
constexpr std::int64_t kLargestSide = 128;  // of pictures where the recipe does not say a size
constexpr std::size_t kNamed = 5;           // bad files that a message names

fs::path part_folder(const fs::path& root, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    std::error_code ignored;
    if (fs::is_directory(root / name, ignored)) return root / name;
  }
  return {};
}

std::string named(const std::vector<BadPicture>& bad) {
  std::string text;
  for (std::size_t i = 0; i < std::min(bad.size(), kNamed); ++i) text += "\n  " + printable(bad[i].reason, 300);
  if (bad.size() > kNamed) text += "\n  and " + number(bad.size() - kNamed) + " more";
  return text;
}

// A listing whose files can be read: by their headers, or, where bad ones shall be left out, by all of them.
ImageListing readable(ImageListing listing, bool skip_bad, std::vector<std::string>& left_out) {
  const auto bad = find_bad_pictures(listing, skip_bad, 2);
  if (bad.empty()) return listing;
  if (!skip_bad)
    throw IoError(listing.root + ": " + number(bad.size()) + " of " + number(listing.files.size()) +
                      " files cannot be read as pictures:" + named(bad),
                  "mend or remove them, or leave them out with data.skip_bad=true");
  if (bad.size() == listing.files.size())
    throw IoError(listing.root + ": none of " + number(bad.size()) + " files can be read as a picture:" + named(bad),
                  "give PNG or JPEG files");
  left_out.push_back(number(bad.size()) + " files left out, they cannot be read:" + named(bad));
  return without(listing, bad);
}

// "28 x 28", "from 20 x 30 to 640 x 480"
std::string sides_text(const std::vector<std::int64_t>& heights, const std::vector<std::int64_t>& widths) {
  const auto [low, high] = std::minmax_element(heights.begin(), heights.end());
  const auto [narrow, wide] = std::minmax_element(widths.begin(), widths.end());
  const std::string most = number(*high) + " x " + number(*wide);
  return *low == *high && *narrow == *wide ? most : "from " + number(*low) + " x " + number(*narrow) + " to " + most;
}

// The middle of the sides of some files, spread over all of them; grey where all of those are.
PictureOptions usual_picture(const ImageListing& listing, std::vector<std::string>& notes) {
  std::vector<std::int64_t> heights, widths;
  bool gray = true;
  const auto count = static_cast<std::int64_t>(listing.files.size());
  for (std::int64_t i = 0; i < std::min(count, kLookedAt); ++i) {
    const auto file = static_cast<std::size_t>(i * count / std::min(count, kLookedAt));
    const ImageInfo info = read_image_info(listing.root + "/" + listing.files[file]);
    heights.push_back(info.height);
    widths.push_back(info.width);
    gray = gray && info.channels == 1;
  }
  const auto middle = [](std::vector<std::int64_t>& sides) {
    std::nth_element(sides.begin(), sides.begin() + static_cast<std::ptrdiff_t>(sides.size() / 2), sides.end());
    return sides[sides.size() / 2];
  };
  const std::string sides = sides_text(heights, widths);
  PictureOptions picture{.height = middle(heights), .width = middle(widths)};
  picture.color = gray ? ColorOrder::gray : ColorOrder::rgb;
  if (std::max(picture.height, picture.width) > kLargestSide)
    picture.height = picture.width = kLargestSide;  // large photographs come in many shapes
  notes.push_back("pictures are " + sides + ", and read as " + number(picture.height) + " x " + number(picture.width) +
                  (gray ? " in grey" : " in colour"));
  return picture;
}

class PictureSource final : public Source {
 public:
  PictureSource(const DataSection& data, const PreprocessSection& preprocess, const std::optional<TrainedAs>& trained)
      : preprocess_(preprocess) {
    if (!data.target.empty())
      throw UsageError("data.target is " + quote(data.target) + ", and " + data.source + " is a folder of pictures",
                       "leave it out: the folders' names are the classes");
    const fs::path root = data.source, train = part_folder(root, {"train", "training"});
    const bool split = !train.empty();
    main_ = list(split ? train : root, data, trained ? trained->class_names : std::vector<std::string>());
    const fs::path test = !data.test.empty() ? fs::path(data.test)
                          : split            ? part_folder(root, {"test", "testing"})
                                             : fs::path();
    const fs::path validation = !data.validation.empty() ? fs::path(data.validation)
                                : split                  ? part_folder(root, {"val", "valid", "validation"})
                                                         : fs::path();
    if (!test.empty()) test_ = list(test, data, main_.class_names);
    if (!validation.empty()) validation_ = list(validation, data, main_.class_names);
    if (!preprocess_.picture) preprocess_.picture = usual_picture(main_, notes_);
    if (preprocess_.picture->height < 1 || preprocess_.picture->width < 1)
      throw UsageError(
          "preprocess.picture is " + number(preprocess_.picture->height) + " x " + number(preprocess_.picture->width),
          "give both height and width");
  }

  std::string kind() const override { return "a folder of pictures"; }
  std::vector<std::string> left_out() const override { return left_out_; }
  std::int64_t size() const override { return static_cast<std::int64_t>(main_.files.size()); }
  std::vector<std::int64_t> labels() const override { return {main_.labels.begin(), main_.labels.end()}; }
  bool sorted() const override { return true; }
  bool has_test() const override { return test_.has_value(); }

  DataParts parts(const RowSplit& split) const override {
    const ImageFolder main(main_, *preprocess_.picture);
    Dataset test = test_ ? Dataset(ImageFolder(*test_, *preprocess_.picture)) : rows_of(main, split.test);
    DataParts parts{.train = rows_of(main, split.train),
                    .test = std::move(test),
                    .validation = {},
                    .preprocess = preprocess_,
                    .notes = notes_};
    if (validation_)
      parts.validation = ImageFolder(*validation_, *preprocess_.picture);
    else if (!split.validation.empty())
      parts.validation = rows_of(main, split.validation);
    return parts;
  }

 private:
  ImageListing list(const fs::path& folder, const DataSection& data, const std::vector<std::string>& classes) {
    ImageListing listing = list_image_folder(folder, classes);
    notes_.push_back("found " + with_thousands(static_cast<std::int64_t>(listing.files.size())) +
                     " files belonging to " + number(listing.class_names.size()) + " classes in " + folder.string());
    if (listing.others > 0)
      notes_.push_back(number(listing.others) + " files passed over, their names do not end in .png, .jpg or .jpeg: " +
                       printable(listing.an_other) + (listing.others > 1 ? ", ..." : ""));
    const std::size_t known = left_out_.size();
    listing = readable(std::move(listing), data.skip_bad, left_out_);
    notes_.insert(notes_.end(), left_out_.begin() + static_cast<std::ptrdiff_t>(known), left_out_.end());
    return listing;
  }

  PreprocessSection preprocess_;
  ImageListing main_;
  std::optional<ImageListing> test_, validation_;
  std::vector<std::string> notes_, left_out_;
};

}  // namespace

std::unique_ptr<Source> open_picture_source(const DataSection& data, const PreprocessSection& preprocess,
                                            const std::optional<TrainedAs>& trained) {
  return std::make_unique<PictureSource>(data, preprocess, trained);
}

}  // namespace percept
