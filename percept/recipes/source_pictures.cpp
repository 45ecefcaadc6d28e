// source_pictures.cpp - folders of pictures: parts by the names of folders, one size for all.
#include <algorithm>
#include <filesystem>
#include <map>

#include "percept/base/error.h"
#include "percept/base/file_names.h"
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
constexpr int kWorkers = 2;                 // that look at files before the training

// What folders of parts are called, in any case.
const std::vector<std::string> kTrain{"train", "training", "train_set", "training_set"};
const std::vector<std::string> kTest{"test", "testing", "test_set", "testing_set"};
const std::vector<std::string> kValidation{"val", "valid", "validation", "val_set", "validation_set"};

bool is_called(const fs::path& folder, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), ascii_lower(folder.filename().string())) != names.end();
}

// The folders in a folder, by name; hidden ones are none.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code why;
  for (auto it = fs::directory_iterator(folder, why); !why && it != fs::directory_iterator(); it.increment(why)) {
    std::error_code ignored;
    if (it->is_directory(ignored) && !it->path().filename().native().starts_with(".")) folders.push_back(it->path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;  // what cannot be read is refused by the listing
}

// The folders of parts; a part holds a folder per class.
struct Parts {
  fs::path train, test, validation;
  std::vector<std::string> others;  // beside them
  std::vector<std::string> flat;    // called as parts, without folders in them
};

// Without `train` the root's folders are the classes.
Parts parts_in(const fs::path& root) {
  Parts parts;
  const std::vector<fs::path> folders = folders_in(root);
  for (const fs::path& folder : folders) {
    const bool part = is_called(folder, kTrain) || is_called(folder, kTest) || is_called(folder, kValidation);
    fs::path& place = is_called(folder, kTrain)  ? parts.train
                      : is_called(folder, kTest) ? parts.test
                                                 : parts.validation;
    const bool with_classes = part && !folders_in(folder).empty();
    if (part && !with_classes) parts.flat.push_back(quote(folder.filename().string()));
    if (!with_classes)
      parts.others.push_back(folder.filename().string());
    else if (place.empty())
      place = folder;
    else
      throw IoError(root.string() + ": two folders for one part, " + quote(place.filename().string()) + " and " +
                        quote(folder.filename().string()),
                    "keep one of them");
  }
  if (!folders.empty() && parts.flat.size() == folders.size())
    throw IoError(
        root.string() + ": the folders are " + join(parts.flat) + ", and there is no folder of a class in them",
        "put the pictures of each class into a folder of its own: train/cats/1.png, train/dogs/1.png, ...");
  if (parts.train.empty() && !(parts.test.empty() && parts.validation.empty()))
    throw IoError(root.string() + ": a folder " +
                      quote((parts.test.empty() ? parts.validation : parts.test).filename().string()) +
                      " of parts, and no train beside it",
                  "put the folders of the classes that are trained on into " + root.string() + "/train");
  return parts;
}

std::string named(const std::vector<BadPicture>& bad) {
  std::string text;
  for (std::size_t i = 0; i < std::min(bad.size(), kNamed); ++i) text += "\n  " + printable(bad[i].reason, 300);
  if (bad.size() > kNamed) text += "\n  and " + number(bad.size() - kNamed) + " more";
  return text;
}

// What is left must be samples still, of every class where the folders are the classes.
void check_left(const ImageListing& left, const ImageListing& all, const std::vector<BadPicture>& bad,
                bool own_classes) {
  for (std::size_t label = 0; label < all.class_names.size(); ++label) {
    if (left.samples_of[label] > 0 || all.samples_of[label] == 0 || !(own_classes || left.files.empty())) continue;
    std::vector<BadPicture> of_class;
    for (const BadPicture& picture : bad)
      if (all.labels[static_cast<std::size_t>(picture.index)] == static_cast<std::int32_t>(label))
        of_class.push_back(picture);
    throw IoError(all.root + "/" + printable(all.class_names[label]) + ": none of the " + number(of_class.size()) +
                      " files can be read as a picture:" + named(of_class),
                  "mend them, or remove the folder");
  }
}

// A listing whose files can be read: by their headers, or, where bad ones shall be left out, by all of them.
ImageListing readable(ImageListing listing, bool skip_bad, bool own_classes, std::vector<std::string>& left_out) {
  const auto bad = find_bad_pictures(listing, skip_bad, kWorkers);
  if (bad.empty()) return listing;
  if (!skip_bad)
    throw IoError(listing.root + ": " + number(bad.size()) + " of " + number(listing.files.size()) +
                      " files cannot be read as pictures:" + named(bad),
                  "mend or remove them, or leave them out with data.skip_bad=true");
  left_out.push_back(number(bad.size()) + " files left out, they cannot be read:" + named(bad));
  ImageListing left = without(listing, bad);
  check_left(left, listing, bad, own_classes);
  return left;
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
    if (!trained) refuse_unheeded(data, SourceKind::pictures);
    const fs::path root = data.source;
    const Parts parts = parts_in(root);
    main_ = list(parts.train.empty() ? root : parts.train, data,
                 trained ? trained->class_names : std::vector<std::string>());
    if (!parts.train.empty() && !parts.others.empty())
      notes_.push_back("folders passed over beside " + parts.train.string() + ": " +
                       printable(join(parts.others), 300));
    if (parts.train.empty() && !parts.flat.empty())
      notes_.push_back("taken for classes, as there are no folders in them: " + printable(join(parts.flat), 300));
    const fs::path test = !data.test.empty() ? fs::path(data.test) : parts.test;
    const fs::path validation = !data.validation.empty() ? fs::path(data.validation) : parts.validation;
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
  bool has_validation() const override { return validation_.has_value(); }

  DataParts parts(const RowSplit& split) const override {
    const ImageFolder main(main_, *preprocess_.picture);
    Dataset test =
        test_ && split.test.empty() ? Dataset(ImageFolder(*test_, *preprocess_.picture)) : rows_of(main, split.test);
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
    listing = readable(std::move(listing), data.skip_bad, classes.empty(), left_out_);
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
