// image_folder.h - pictures in folders, one folder per class, read from disk as they are asked for.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "percept/base/path.h"
#include "percept/data/dataset.h"
#include "percept/data/picture.h"

namespace percept {

// The picture files (.png .jpg .jpeg, in any case) below the class folders of `root`, classes and files in
// alphanumeric order as Keras and torchvision have them. Hidden files and folders are passed over, links are followed
// once, other files are counted.
struct ImageListing {
  std::string root;  // "": the files are paths of their own
  std::vector<std::string> class_names;
  std::vector<std::int64_t> samples_of;  // per class
  std::vector<std::string> files;        // below root, "cat/tom.png"
  std::vector<std::int32_t> labels;      // of each file
  std::int64_t others = 0;               // files that are no pictures by their name
  std::string an_other;                  // one of them, for messages
};

// `class_names`: those of a model; a folder of another name (as it is, or as folder_name writes it) is an IoError, one
// that is missing has no samples. Without them the folders of `root` are the classes: at least two, each with a
// picture. IoError names the folder at fault.
ImageListing list_image_folder(const Path& root, const std::vector<std::string>& class_names = {});

// The paths of all picture files in a folder and its folders, in the same order, whatever the folders' names mean.
std::vector<std::string> list_pictures(const Path& folder);

// Files that cannot be read as pictures, by header only (sizes beyond read_image's limits too) or (`decode`) whole,
// with the reason: "cat/x.png: ...".
// Several threads look at once; the result does not depend on how many.
struct BadPicture {
  std::int64_t index = 0;
  std::string reason;
};
std::vector<BadPicture> find_bad_pictures(const ImageListing& listing, bool decode, int num_workers = 1);
// The listing without those files.
ImageListing without(const ImageListing& listing, const std::vector<BadPicture>& bad);

// x: u8 [B, C, H, W] stored as B, H, W, C, prepared by `picture`; y: i64 [B]. A batch is decoded when it is asked for
// and nothing is kept, so that a folder may be larger than memory. `get` throws the IoError of a file that it cannot
// read.
class ImageFolder {
 public:
  ImageFolder(ImageListing listing, const PictureOptions& picture);

  std::int64_t size() const { return static_cast<std::int64_t>(listing_->files.size()); }
  Shape sample_shape() const { return {channels_of(picture_), picture_.height, picture_.width}; }
  const std::vector<std::string>& class_names() const { return listing_->class_names; }
  Batch get(const std::vector<std::int64_t>& indices) const;
  // Of the files' names and sizes, not of their bytes: reading them all would take as long as an epoch.
  std::string fingerprint() const;

  const std::vector<std::int32_t>& labels() const { return listing_->labels; }
  std::string path(std::int64_t index) const;

 private:
  std::shared_ptr<const ImageListing> listing_;
  PictureOptions picture_;
};

}  // namespace percept
