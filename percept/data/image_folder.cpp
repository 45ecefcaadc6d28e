// image_folder.cpp - decoding what a listing names.
#include "percept/data/image_folder.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

#include "percept/base/checked.h"
#include "percept/base/error.h"
#include "percept/base/sha256.h"
#include "percept/base/text.h"
#include "percept/data/_check_indices.h"
#include "percept/formats/image.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

std::string full_path(const ImageListing& listing, std::int64_t index) {
  const std::string& file = listing.files[static_cast<std::size_t>(index)];
  return listing.root.empty() ? file : listing.root + "/" + file;
}

// Runs work(i) for each i below count on up to `workers` threads; what one throws arrives here.
template <class Work>
void in_parallel(std::int64_t count, int workers, const Work& work) {
  std::atomic<std::int64_t> next{0};
  std::exception_ptr error;
  std::mutex mutex;
  const auto take = [&] {
    for (std::int64_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::jthread> threads;
  try {
    for (int i = 1; i < std::min<std::int64_t>(workers, count); ++i) threads.emplace_back(take);
  } catch (const std::system_error&) {
    // The system gives no more threads: those that started do it all, this one among them.
  }
  take();
  threads.clear();
  if (error) std::rethrow_exception(error);
}

// The limits of read_image, which it would refuse in the middle of an epoch.
void check_size(const ImageInfo& info, const std::string& path) {
  if (info.width <= kMaxImageSide && info.height <= kMaxImageSide && info.width * info.height <= kMaxImagePixels)
    return;
  throw IoError(path + ": " + with_thousands(info.width) + " x " + with_thousands(info.height) + " pixels",
                "pictures have up to " + with_thousands(kMaxImageSide) + " a side and " +
                    with_thousands(kMaxImagePixels) + " in all");
}

}  // namespace

std::vector<BadPicture> find_bad_pictures(const ImageListing& listing, bool decode, int num_workers) {
  std::vector<BadPicture> bad;
  std::mutex mutex;
  in_parallel(static_cast<std::int64_t>(listing.files.size()), num_workers, [&](std::int64_t i) {
    try {
      if (decode)
        read_image(full_path(listing, i));
      else
        check_size(read_image_info(full_path(listing, i)), full_path(listing, i));
    } catch (const IoError& error) {
      const std::lock_guard lock(mutex);
      bad.push_back({i, error.problem()});
    }
  });
  std::sort(bad.begin(), bad.end(), [](const BadPicture& a, const BadPicture& b) { return a.index < b.index; });
  return bad;
}

ImageListing without(const ImageListing& listing, const std::vector<BadPicture>& bad) {
  ImageListing kept = listing;
  kept.files.clear();
  kept.labels.clear();
  std::size_t next_bad = 0;
  for (std::size_t i = 0; i < listing.files.size(); ++i) {
    if (next_bad < bad.size() && bad[next_bad].index == static_cast<std::int64_t>(i)) {
      --kept.samples_of[static_cast<std::size_t>(listing.labels[i])];
      ++next_bad;
      continue;
    }
    kept.files.push_back(listing.files[i]);
    kept.labels.push_back(listing.labels[i]);
  }
  return kept;
}

ImageFolder::ImageFolder(ImageListing listing, const PictureOptions& picture)
    : listing_(std::make_shared<const ImageListing>(std::move(listing))), picture_(picture) {
  if (picture.height < 1 || picture.width < 1)
    throw ValueError("ImageFolder: pictures of " + number(picture.height) + " x " + number(picture.width),
                     "give the height and width that all pictures shall get");
}

std::string ImageFolder::path(std::int64_t index) const { return full_path(*listing_, index); }

Batch ImageFolder::get(const std::vector<std::int64_t>& indices) const {
  check_indices(indices, size());
  Shape shape = sample_shape();
  shape.insert(0, static_cast<std::int64_t>(indices.size()));
  Tensor x(channels_last_spec(DType::u8, shape)), y(contiguous_spec(DType::i64, {shape[0]}));
  const auto bytes = static_cast<std::size_t>(checked_numel(sample_shape()));
  auto* to = x.mutable_data<std::uint8_t>();
  auto* label = y.mutable_data<std::int64_t>();
  for (const std::int64_t index : indices) {
    const Tensor picture = read_picture(path(index), picture_);
    std::memcpy(to, picture.data<std::uint8_t>(), bytes);
    to += bytes;
    *label++ = listing_->labels[static_cast<std::size_t>(index)];
  }
  return {.x = x, .y = y};
}

std::string ImageFolder::fingerprint() const {
  Sha256 hash;
  for (std::int64_t i = 0; i < size(); ++i) {
    std::error_code ignored;
    const std::string& file = listing_->files[static_cast<std::size_t>(i)];
    const auto bytes = static_cast<std::uint64_t>(fs::file_size(path(i), ignored));
    const std::string line = file + "\n" + number(bytes) + "\n";
    hash.update(line.data(), line.size());
  }
  return number(size()) + "-" + hash.hex().substr(0, 16);
}

}  // namespace percept
