// datasets_test.cpp - lookup of data sets by name, refusals of files that do not fit, and Debian's Fashion-MNIST.
#include "percept/data/datasets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "percept/base/error.h"
#include "percept/data/idx_pair.h"
#include "percept/data/spirals.h"

namespace percept {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

// Sets an environment variable for one test.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (old_)
      setenv(name_, old_->c_str(), 1);
    else
      unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

class Datasets : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("percept_datasets_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_ / "mnist");
  }
  void TearDown() override { fs::remove_all(folder_); }

  // An IDX file of bytes: sizes, then values[i] = i-th value of `values`, repeated.
  fs::path idx(const std::string& name, const std::vector<int>& sizes, const std::vector<int>& values) {
    std::string bytes{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
    std::size_t count = 1;
    for (const int size : sizes) {
      bytes += {'\0', '\0', static_cast<char>(size / 256), static_cast<char>(size % 256)};
      count *= static_cast<std::size_t>(size);
    }
    for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(values[i % values.size()]);
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  void write_mnist() {
    idx("mnist/train-images-idx3-ubyte", {20, 28, 28}, {0, 1, 2, 3, 4});
    idx("mnist/train-labels-idx1-ubyte", {20}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    idx("mnist/t10k-images-idx3-ubyte", {10, 28, 28}, {7, 7, 7, 9});
    idx("mnist/t10k-labels-idx1-ubyte", {10}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
  fs::path folder_;
};

// The text of the error that `f` throws; the kind is checked.
template <class E, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  } catch (const Error& error) {
    return std::string("another error: ") + error.what();
  }
  return "no error";
}

TEST_F(Datasets, UnknownNameNamesTheNearest) {
  EXPECT_THAT(error_of<UsageError>([] { find_dataset("fashion_mist"); }),
              AllOf(HasSubstr("\"fashion_mist\""), HasSubstr("did you mean fashion_mnist?"), HasSubstr("sign_mnist")));
}

TEST_F(Datasets, LookedUpInTheListedFoldersFirst) {
  write_mnist();
  const Environment data("PERCEPT_DATA", "/nonexistent:" + folder_.string());
  const auto places = dataset_places(find_dataset("mnist"));
  EXPECT_EQ(places[0], "/nonexistent/mnist");
  EXPECT_EQ(places[1], folder_ / "mnist");
  EXPECT_EQ(places.back(), "/usr/share/datasets/mnist");
  const DatasetSplits splits = load_dataset("mnist");
  EXPECT_EQ(splits.train.size(), 20);
  EXPECT_EQ(splits.test.size(), 10);
  EXPECT_EQ(splits.train.sample_shape(), Shape({1, 28, 28}));
  EXPECT_EQ(splits.train.get({0}).x.dtype(), DType::u8);
  EXPECT_EQ(splits.train.get({13}).y.to_vector<std::int64_t>(), (std::vector<std::int64_t>{3}));
}

// As some programs unpack them.
TEST_F(Datasets, IdxNamesWithADot) {
  write_mnist();
  for (const char* name : {"train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    std::string dotted = name;
    dotted.replace(dotted.find("-idx"), 1, ".");
    fs::rename(folder_ / "mnist" / name, folder_ / "mnist" / dotted);
  }
  const Environment data("PERCEPT_DATA", folder_.string());
  EXPECT_EQ(load_dataset("mnist").train.size(), 20);
}

TEST_F(Datasets, SpiralsAreComputed) {
  const Environment data("PERCEPT_DATA", "/nonexistent");
  ASSERT_TRUE(dataset_available(find_dataset("spirals")));
  const DatasetSplits splits = load_dataset("spirals");
  EXPECT_EQ(splits.train.size(), 1000);
  EXPECT_EQ(splits.test.size(), 1000);
  EXPECT_EQ(splits.train.sample_shape(), Shape({2}));
  EXPECT_NE(splits.train.fingerprint(), splits.test.fingerprint());
  EXPECT_EQ(splits.train.fingerprint(), Dataset(spirals({.seed = 0})).fingerprint());
  EXPECT_EQ(check_dataset("spirals").front().level, Finding::Level::ok);
  EXPECT_THROW(locate_dataset(find_dataset("spirals")), UsageError);
}

// Without noise each point lies on its arm: its angle less turns times its radius is the arm's own angle.
TEST_F(Datasets, SpiralsWindAroundEachOther) {
  const TensorDataset data = spirals({.points = 99, .arms = 3, .turns = 2, .noise = 0});
  EXPECT_EQ(data.class_names().size(), 3u);
  const auto x = data.x().to_vector<double>();
  const auto y = data.y().to_vector<std::int64_t>();
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double radius = std::hypot(x[2 * i], x[2 * i + 1]), angle = std::atan2(x[2 * i + 1], x[2 * i]);
    EXPECT_EQ(y[i], static_cast<std::int64_t>(i) % 3);
    EXPECT_TRUE(radius > 0.0999 && radius < 1.0001) << radius;
    const double turns = angle / 6.283185307 - 2 * radius - static_cast<double>(y[i]) / 3;
    EXPECT_NEAR(turns, std::round(turns), 1e-5);
  }
  EXPECT_THROW(spirals({.points = 0}), ValueError);
  EXPECT_THROW(spirals({.arms = 0}), ValueError);
  EXPECT_THROW(spirals({.noise = -1}), ValueError);
}

TEST_F(Datasets, TheUsersCacheComesNext) {
  write_mnist();
  fs::create_directories(folder_ / "percept" / "datasets");
  fs::rename(folder_ / "mnist", folder_ / "percept" / "datasets" / "mnist");
  const Environment data("PERCEPT_DATA", ""), cache("XDG_CACHE_HOME", folder_.string());
  EXPECT_EQ(fs::path(locate_dataset(find_dataset("mnist"))[0]).parent_path(),
            folder_ / "percept" / "datasets" / "mnist");
}

TEST_F(Datasets, MissingFilesAreListedWithTheRemedy) {
  write_mnist();
  fs::remove(folder_ / "mnist" / "t10k-labels-idx1-ubyte");
  const Environment data("PERCEPT_DATA", folder_.string()), cache("XDG_CACHE_HOME", folder_.string());
  const DatasetInfo& info = find_dataset("mnist");
  if (fs::exists("/usr/share/datasets/mnist")) GTEST_SKIP() << "this machine has MNIST";
  EXPECT_FALSE(dataset_available(info));
  EXPECT_THAT(error_of<IoError>([&] { load_dataset("mnist"); }),
              AllOf(HasSubstr("mnist (without t10k-labels-idx1-ubyte.gz)"), HasSubstr("/usr/share/datasets/mnist"),
                    HasSubstr("PERCEPT_DATA")));
  EXPECT_EQ(check_dataset("mnist").back().level, Finding::Level::error);
}

TEST_F(Datasets, RefusesPairsThatDoNotFit) {
  const fs::path images = idx("images", {4, 2, 3}, {1, 2, 3}), labels = idx("labels", {4}, {0, 1, 2, 3});
  EXPECT_EQ(load_idx_pair(images, labels).x().shape(), Shape({4, 1, 2, 3}));
  EXPECT_THAT(error_of<IoError>([&] { load_idx_pair(images, idx("three", {3}, {0})); }),
              AllOf(HasSubstr("4 images"), HasSubstr("3 labels"), HasSubstr("three")));
  EXPECT_THAT(error_of<ShapeError>([&] { load_idx_pair(labels, labels); }), HasSubstr("is this the file of labels?"));
  EXPECT_THAT(error_of<ShapeError>([&] { load_idx_pair(images, images); }), HasSubstr("is this the file of images?"));
  EXPECT_THAT(error_of<ShapeError>([&] { load_idx_pair(images, labels, {.sample_shape = {1, 28, 28}}); }),
              AllOf(HasSubstr("[1, 2, 3]"), HasSubstr("[1, 28, 28]")));
  EXPECT_THAT(error_of<IoError>([&] { load_idx_pair(images, labels, {.class_names = {"a", "b", "c"}}); }),
              AllOf(HasSubstr("label 3 at position 3"), HasSubstr("labels:"), HasSubstr("0..2")));
}

TEST_F(Datasets, LabelsAreMapped) {
  const fs::path images = idx("images", {3, 1, 1}, {1}), labels = idx("labels", {3}, {8, 10, 24});
  const DatasetInfo& info = find_dataset("sign_mnist");
  ASSERT_EQ(info.class_names.size(), 24u);
  const IdxPairOptions options{.class_names = info.class_names, .label_map = info.label_map};
  const auto classes = load_idx_pair(images, labels, options).y().to_vector<std::int64_t>();
  EXPECT_EQ(classes, (std::vector<std::int64_t>{8, 9, 23}));
  EXPECT_EQ(info.class_names[8], "I");
  EXPECT_EQ(info.class_names[9], "K");
  EXPECT_EQ(info.class_names[23], "Y");
  EXPECT_THAT(error_of<IoError>([&] { load_idx_pair(images, idx("nine", {3}, {0, 9}), options); }),
              AllOf(HasSubstr("label 9 at position 1"), HasSubstr("without 9")));
}

TEST_F(Datasets, FindingsNameWhatIsOdd) {
  write_mnist();
  const Environment data("PERCEPT_DATA", folder_.string());
  std::string all;
  for (const Finding& finding : check_dataset("mnist")) all += finding.text + "\n";
  EXPECT_THAT(all, AllOf(HasSubstr("found in "), HasSubstr("train: 20 images [1, 28, 28], 10 classes with 2 to 2"),
                         HasSubstr("no test image is in the training part")));
}

TEST(FashionMnist, LoadsFromTheDebianPackage) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "apt install dataset-fashion-mnist";
  const Environment data("PERCEPT_DATA", "");
  const DatasetSplits splits = load_dataset("fashion_mnist");
  EXPECT_EQ(splits.train.size(), 60000);
  EXPECT_EQ(splits.test.size(), 10000);
  EXPECT_EQ(splits.train.class_names()[9], "Ankle boot");
  // Zalando's README shows these: an ankle boot, T-shirts, a dress.
  EXPECT_EQ(splits.train.get({0, 1, 2, 3}).y.to_vector<std::int64_t>(), (std::vector<std::int64_t>{9, 0, 0, 3}));
  double sum = 0;
  const Batch all = splits.test.subset(0, 1000).get({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  for (const float value : all.x.to_vector<float>()) sum += value;
  EXPECT_GT(sum, 0);
  for (const Finding& finding : check_dataset("fashion_mnist"))
    EXPECT_NE(finding.level, Finding::Level::error) << finding.text;
}

TEST(SignMnist, LoadsWith24Classes) {
  const DatasetInfo& info = find_dataset("sign_mnist");
  if (!dataset_available(info)) GTEST_SKIP() << "sign_mnist is in none of the data folders";
  const DatasetSplits splits = load_dataset("sign_mnist");
  EXPECT_EQ(splits.train.size(), 27455);
  EXPECT_EQ(splits.test.size(), 7172);
}

}  // namespace
}  // namespace percept
