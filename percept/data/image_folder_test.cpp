// image_folder_test.cpp - which files are samples of which class, batches from disk, and folders that are at fault.
#include "percept/data/image_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "percept/base/error.h"
#include "percept/core/factories.h"
#include "percept/data/data_loader.h"
#include "percept/formats/image.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

class ImageFolderTest : public ::testing::Test {
 protected:
  ImageFolderTest()
      : root_(fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  ~ImageFolderTest() override { fs::remove_all(root_); }

  // A picture of one color.
  void picture(const std::string& name, std::uint8_t level = 0, std::int64_t height = 2, std::int64_t width = 2) {
    fs::create_directories((root_ / name).parent_path());
    write_png(root_ / name, full({3, height, width}, level, DType::u8));
  }
  void text(const std::string& name, const std::string& content) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name, std::ios::binary) << content;
  }
  std::string refusal() {
    try {
      list_image_folder(root_);
    } catch (const IoError& error) {
      return error.what();
    }
    return "nothing was refused";
  }
  fs::path root_;
};

TEST_F(ImageFolderTest, FoldersAreClassesInOrderOfTheirNames) {
  picture("dog/b.png");
  picture("dog/a.PNG");
  picture("cat/deep/er/c.png");
  picture("10/x.png");
  picture("9/x.png");
  picture(".hidden/x.png");
  picture("cat/.x.png");
  text("cat/Thumbs.db", "no picture");
  text("readme.txt", "nor this");
  const ImageListing listing = list_image_folder(root_.string() + "/");
  EXPECT_EQ(listing.class_names, (std::vector<std::string>{"10", "9", "cat", "dog"}));
  EXPECT_EQ(listing.files,
            (std::vector<std::string>{"10/x.png", "9/x.png", "cat/deep/er/c.png", "dog/a.PNG", "dog/b.png"}));
  EXPECT_EQ(listing.labels, (std::vector<std::int32_t>{0, 1, 2, 3, 3}));
  EXPECT_EQ(listing.samples_of, (std::vector<std::int64_t>{1, 1, 1, 2}));
  EXPECT_EQ(listing.others, 2);
}

TEST_F(ImageFolderTest, ClassesOfAModelAreMatchedByName) {
  picture("dog/a.png");
  const ImageListing listing = list_image_folder(root_, {"cat", "dog", "emu"});
  EXPECT_EQ(listing.labels, (std::vector<std::int32_t>{1}));
  EXPECT_EQ(listing.samples_of, (std::vector<std::int64_t>{0, 1, 0}));
  EXPECT_THROW(list_image_folder(root_, {"cat", "emu"}), IoError);
}

TEST_F(ImageFolderTest, LinksAreFollowedOnce) {
  picture("cat/a.png");
  picture("dog/a.png");
  fs::create_directory_symlink(root_, root_ / "cat/loop");
  fs::create_directory_symlink("nowhere", root_ / "dog/gone");
  fs::create_directories(root_ / "elsewhere");
  picture("elsewhere/b.png");
  fs::create_directory_symlink("../elsewhere", root_ / "cat/more");  // another class's
  const ImageListing listing = list_image_folder(root_);
  EXPECT_EQ(listing.files, (std::vector<std::string>{"cat/a.png", "dog/a.png", "elsewhere/b.png"}));
  fs::create_directory_symlink("cat", root_ / "twin");
  EXPECT_NE(refusal().find("a link to another class's folder"), std::string::npos) << refusal();
}

// Whichever class's folder comes first.
TEST_F(ImageFolderTest, ALinkTakesNoPicturesOfAnotherClass) {
  picture("ant/a.png");
  picture("bee/sub/b.png");
  picture("cow/c.png");
  fs::create_directory_symlink("../bee/sub", root_ / "ant/more");
  fs::create_directory_symlink("../bee/sub", root_ / "cow/more");
  EXPECT_EQ(list_image_folder(root_).files, (std::vector<std::string>{"ant/a.png", "bee/sub/b.png", "cow/c.png"}));
}

TEST_F(ImageFolderTest, FoldersAtFaultAreNamed) {
  EXPECT_NE(refusal().find("no folder in it"), std::string::npos) << refusal();
  picture("cat/a.png");
  EXPECT_NE(refusal().find("one folder only, 'cat'"), std::string::npos) << refusal();
  fs::create_directories(root_ / "dog");
  EXPECT_NE(refusal().find("dog: no PNG or JPEG file in it"), std::string::npos) << refusal();
  EXPECT_THROW(list_image_folder(root_ / "none"), IoError);
  EXPECT_THROW(list_image_folder(root_ / "cat/a.png"), IoError);
  picture("dog/a.png");
  EXPECT_THROW(ImageFolder(list_image_folder(root_), {.height = 2, .width = 2}).get({2}), ValueError);
  picture("caf\xE9/a.png");
  EXPECT_NE(refusal().find("is no UTF-8"), std::string::npos) << refusal();
}

TEST_F(ImageFolderTest, BatchesComeFromDiskInOneSize) {
  picture("cat/a.png", 10, 4, 6);
  picture("cat/b.png", 20, 1, 1);
  picture("dog/a.png", 30, 9, 3);
  const ImageFolder data(list_image_folder(root_), {.height = 2, .width = 3});
  EXPECT_EQ(data.sample_shape(), (Shape{3, 2, 3}));
  const Batch batch = data.get({2, 0});
  EXPECT_EQ(batch.x.shape(), (Shape{2, 3, 2, 3}));
  EXPECT_TRUE(batch.x.spec().is_channels_last());
  EXPECT_EQ(batch.y.to_vector<std::int64_t>(), (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(batch.x[0].to_vector<std::int64_t>(), std::vector<std::int64_t>(18, 30));
  EXPECT_EQ(batch.x[1].to_vector<std::int64_t>(), std::vector<std::int64_t>(18, 10));
  const ImageFolder gray(list_image_folder(root_), {.height = 2, .width = 3, .color = ColorOrder::gray});
  EXPECT_EQ(gray.get({1}).x.shape(), (Shape{1, 1, 2, 3}));
  EXPECT_FALSE(data.fingerprint().empty());
}

TEST_F(ImageFolderTest, BlueAndRedChangePlacesForBgr) {
  fs::create_directories(root_ / "a");
  write_png(root_ / "a/x.png", from_vector<std::uint8_t>({1, 2, 3}, {3, 1, 1}));
  picture("b/x.png");
  const ImageFolder data(list_image_folder(root_), {.height = 1, .width = 1, .color = ColorOrder::bgr});
  EXPECT_EQ(data.get({0}).x.to_vector<std::int64_t>(), (std::vector<std::int64_t>{3, 2, 1}));
}

TEST_F(ImageFolderTest, BadFilesAreFoundNamedAndLeftOut) {
  picture("cat/a.png");
  picture("cat/b.png");
  picture("dog/a.png");
  text("cat/c.png", "no picture at all");
  text("dog/b.jpg", "");
  std::string half;
  {
    std::ifstream in(root_ / "cat/b.png", std::ios::binary);
    half.assign(std::istreambuf_iterator<char>(in), {});
  }
  text("cat/b.png", half.substr(0, half.size() - 20));  // a header, and no end
  const ImageListing listing = list_image_folder(root_);
  for (const int workers : {1, 3}) {
    const auto by_header = find_bad_pictures(listing, false, workers),
               whole = find_bad_pictures(listing, true, workers);
    ASSERT_EQ(by_header.size(), 2u);
    ASSERT_EQ(whole.size(), 3u);
    EXPECT_EQ(whole[0].index, 1);
    EXPECT_NE(whole[1].reason.find("cat/c.png"), std::string::npos) << whole[1].reason;
    const ImageListing kept = without(listing, whole);
    EXPECT_EQ(kept.files, (std::vector<std::string>{"cat/a.png", "dog/a.png"}));
    EXPECT_EQ(kept.samples_of, (std::vector<std::int64_t>{1, 1}));
  }
  DataLoader loader(ImageFolder(listing, {.height = 2, .width = 2}), {.batch_size = 8, .num_workers = 2});
  EXPECT_THROW(loader.begin(), IoError);
}

}  // namespace
}  // namespace percept
