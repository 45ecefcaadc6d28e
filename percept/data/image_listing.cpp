// image_listing.cpp - which files of a folder are pictures, and of which class.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/base/text.h"
#include "percept/data/class_names.h"
#include "percept/data/image_folder.h"
#include "percept/formats/utf8.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxClasses = 1'000'000;
constexpr int kMaxDepth = 64;  // of folders within a class

bool hidden(const fs::path& path) { return path.filename().native().starts_with("."); }

bool is_picture(const fs::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

[[noreturn]] void refuse(const fs::path& path, const std::error_code& why) {
  throw IoError(path.string() + ": " + why.message(), "check the path and its permissions");
}

// The entries of a folder, sorted by name, without hidden ones.
std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
  std::error_code why;
  std::vector<fs::directory_entry> entries;
  for (auto it = fs::directory_iterator(folder, why); !why && it != fs::directory_iterator(); it.increment(why))
    if (!hidden(it->path())) entries.push_back(*it);
  if (why) refuse(folder, why);
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.path().filename().native() < b.path().filename().native(); });
  return entries;
}

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string real_path(const fs::path& folder) {
  std::error_code why;
  const fs::path real = fs::canonical(folder, why);
  if (why) refuse(folder, why);
  return real.native();
}

// One walk over class folders, each of which belongs to its class alone, whatever links lead to it.
class Walk {
 public:
  explicit Walk(ImageListing& listing) : listing_(listing) { seen_.insert(real_path(listing.root)); }

  void claim(const fs::path& folder) {
    const std::string real = real_path(folder);
    claimed_.insert(real);
    if (!seen_.insert(real).second)
      throw IoError(folder.string() + ": a link to another class's folder, or to all of them",
                    "give each class a folder of its own");
  }
  void enter(const fs::path& folder, std::int32_t label, int depth = 0) {
    const std::string real = real_path(folder);
    if (depth == 0) own_ = real;
    if (depth > 0 && (is_another_class(real) || !seen_.insert(real).second)) return;  // a link to where others walk
    if (depth > kMaxDepth)
      throw IoError(quote(folder.string()) + ": folders within folders, more than " + number(kMaxDepth) + " deep",
                    "put the pictures of a class into its folder");
    for (const fs::directory_entry& entry : entries_of(folder)) {
      std::error_code ignored;  // a link to nothing is neither of the two
      if (entry.is_directory(ignored))
        enter(entry.path(), label, depth + 1);
      else if (is_picture(entry.path()))
        add(entry.path(), label);
      else
        pass_over(entry.path());
    }
  }
  void pass_over(const fs::path& path) {
    ++listing_.others;
    if (listing_.an_other.empty()) listing_.an_other = path.lexically_relative(listing_.root).string();
  }

 private:
  void add(const fs::path& path, std::int32_t label) {
    listing_.files.push_back(path.native().substr(listing_.root.size() + (listing_.root.ends_with('/') ? 0 : 1)));
    listing_.labels.push_back(label);
    ++listing_.samples_of[static_cast<std::size_t>(label)];
  }
  bool is_another_class(const std::string& real) const {
    for (fs::path at = real; at.has_relative_path(); at = at.parent_path())
      if (claimed_.contains(at.native())) return at.native() != own_;
    return false;
  }
  ImageListing& listing_;
  std::set<std::string> seen_;
  std::set<std::string> claimed_;  // the classes' folders, without links
  std::string own_;                // of the class whose folder is walked
};

std::map<std::string, std::int32_t> labels_by_name(const std::vector<std::string>& classes) {
  std::map<std::string, std::int32_t> labels;
  for (const std::string& name : classes) labels.emplace(name, static_cast<std::int32_t>(&name - classes.data()));
  for (const std::string& name : classes)  // as an export writes it
    labels.emplace(folder_name(name), static_cast<std::int32_t>(&name - classes.data()));
  return labels;
}

// The model's file keeps it as text.
std::string class_name(const fs::path& folder) {
  const std::string name = folder.filename().string();
  if (!is_utf8(name))
    throw IoError(printable(folder.string()) + ": the folder's name is no UTF-8",
                  "rename it; convmv -f latin1 -t utf-8 --notest -r FOLDER does many");
  return name;
}

void check_listing(const ImageListing& listing, bool own_classes) {
  const auto none = std::find(listing.samples_of.begin(), listing.samples_of.end(), 0);
  if (own_classes && listing.class_names.size() < 2)
    throw IoError(
        listing.root + ": " +
            (listing.class_names.empty() ? "no folder in it" : "one folder only, " + quote(listing.class_names[0])),
        "put the pictures of each class into a folder of its own: cats/1.png, dogs/1.png, ...");
  if (own_classes && none != listing.samples_of.end())
    throw IoError(listing.root + "/" +
                      listing.class_names[static_cast<std::size_t>(none - listing.samples_of.begin())] +
                      ": no PNG or JPEG file in it",
                  "every class needs pictures; remove the folder if it is no class");
  if (listing.files.empty())
    throw IoError(listing.root + ": no PNG or JPEG file in the folders of the classes",
                  "put the pictures of each class into a folder of its name");
}

}  // namespace

std::vector<std::string> list_pictures(const Path& folder) {
  ImageListing listing;
  listing.root = without_last_slash(folder.string());
  listing.samples_of = {0};
  Walk(listing).enter(listing.root, 0);
  for (std::string& file : listing.files) file = listing.root + "/" + file;
  return std::move(listing.files);
}

ImageListing list_image_folder(const Path& root, const std::vector<std::string>& class_names) {
  ImageListing listing;
  listing.root = without_last_slash(root.string());
  listing.class_names = class_names;
  Walk walk(listing);
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : entries_of(listing.root)) {
    std::error_code ignored;
    if (entry.is_directory(ignored))
      folders.push_back(entry.path());
    else
      walk.pass_over(entry.path());
  }
  if (class_names.empty())
    for (const fs::path& folder : folders) listing.class_names.push_back(class_name(folder));
  if (listing.class_names.size() > kMaxClasses)
    throw IoError(listing.root + ": " + number(listing.class_names.size()) + " folders",
                  "a folder is a class, and up to " + with_thousands(kMaxClasses) + " are read");
  listing.samples_of.assign(listing.class_names.size(), 0);
  for (const fs::path& folder : folders) walk.claim(folder);
  const auto labels = labels_by_name(listing.class_names);
  for (const fs::path& folder : folders) {
    const auto label = labels.find(folder.filename().string());
    if (label == labels.end())
      throw IoError(folder.string() + ": no class has this name",
                    "the classes are " + printable(join(listing.class_names), 1000));
    walk.enter(folder, label->second);
  }
  check_listing(listing, class_names.empty());
  return listing;
}

}  // namespace percept
