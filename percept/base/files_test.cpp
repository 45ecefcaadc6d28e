// files_test.cpp - bounded reads, atomic writes that leave nothing behind when they fail, numbered folders.
#include "percept/base/files.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "percept/base/error.h"

namespace percept {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string text_of(const fs::path& path) {
    auto bytes = read_file(path, 1 << 20);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::set<std::string> listing() {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(root_)) names.insert(entry.path().filename());
    return names;
  }
  template <class F>
  std::string io_error(F f) {
    try {
      f();
    } catch (const IoError& error) {
      return error.problem();
    }
    return "no error";
  }

  fs::path root_ = fs::path(::testing::TempDir()) / ("percept_files_" + std::to_string(::getpid()));
};

TEST_F(Files, WritesAndReadsBack) {
  fs::path path = root_ / "a.bin";
  std::vector<std::byte> big(3'000'000, std::byte{7});
  const std::span<const std::byte> parts[] = {std::as_bytes(std::span("head", 4)), {}, big};
  write_file_atomic(path, parts);
  auto read = read_file(path, 4'000'000);
  ASSERT_EQ(read.size(), big.size() + 4);
  EXPECT_EQ(read[0], std::byte{'h'});
  EXPECT_TRUE(std::equal(big.begin(), big.end(), read.begin() + 4));
  write_file_atomic(path, "short");
  EXPECT_EQ(text_of(path), "short");
  write_file_atomic(path, "");
  EXPECT_EQ(text_of(path), "");
  EXPECT_EQ(listing(), (std::set<std::string>{"a.bin"}));
}

TEST_F(Files, RelativePathsAndModes) {
  mode_t before = ::umask(027);
  fs::path old = fs::current_path();
  fs::current_path(root_);
  write_file_atomic("plain", "x");
  fs::current_path(old);
  ::umask(before);
  struct stat info{};
  ASSERT_EQ(::stat((root_ / "plain").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST_F(Files, ReadRefusesAndNamesTheFile) {
  EXPECT_NE(io_error([&] { read_file(root_ / "none", 10); }).find("none': No such file"), std::string::npos);
  EXPECT_NE(io_error([&] { read_file(root_, 10); }).find("a folder"), std::string::npos);
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  EXPECT_NE(io_error([&] { read_file(root_ / "pipe", 10); }).find("no regular file"), std::string::npos);
  write_file_atomic(root_ / "eleven", "12345678901");
  EXPECT_NE(io_error([&] { read_file(root_ / "eleven", 10); }).find("11 bytes"), std::string::npos);
  EXPECT_EQ(read_file(root_ / "eleven", 11).size(), 11u);
}

TEST_F(Files, FailedWritesChangeNothing) {
  EXPECT_NE(io_error([&] { write_file_atomic(root_ / "no" / "file", "x"); }).find("No such file"), std::string::npos);
  fs::create_directories(root_ / "folder");
  EXPECT_NE(io_error([&] { write_file_atomic(root_ / "folder", "x"); }).find("a folder"), std::string::npos);
  EXPECT_NE(io_error([&] { write_file_atomic(root_ / "folder" / "", "x"); }), "no error");
  EXPECT_NE(io_error([&] { write_file_atomic("", "x"); }), "no error");
  EXPECT_NE(io_error([&] { write_file_atomic(root_ / std::string(300, 'n'), "x"); }).find("too long"),
            std::string::npos);
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  EXPECT_NE(io_error([&] { write_file_atomic(root_ / "pipe", "x"); }).find("no regular file"), std::string::npos);
  EXPECT_NE(io_error([&] { write_file_atomic("/proc/percept", "x"); }), "no error");
  EXPECT_EQ(listing(), (std::set<std::string>{"folder", "pipe"}));
}

// A limit on the size of files stands in for a full disk: the write is cut short, then fails.
TEST_F(Files, AWriteCutShortKeepsTheOldFile) {
  write_file_atomic(root_ / "model", "old");
  pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_file_atomic(root_ / "model", std::string(300'000, 'n'));
    } catch (const IoError& error) {
      ::_exit(error.problem().find("File too large") != std::string::npos ? 42 : 1);
    }
    ::_exit(2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_EQ(text_of(root_ / "model"), "old");
  EXPECT_EQ(listing(), (std::set<std::string>{"model"}));
}

TEST_F(Files, ASymbolicLinkIsReplaced) {
  write_file_atomic(root_ / "target", "old");
  fs::create_symlink(root_ / "target", root_ / "link");
  write_file_atomic(root_ / "link", "new");
  EXPECT_EQ(text_of(root_ / "target"), "old");
  EXPECT_EQ(text_of(root_ / "link"), "new");
}

TEST_F(Files, ReadersSeeOldOrNewNeverAMix) {
  fs::path path = root_ / "shared";
  write_file_atomic(path, std::string(5000, 'a'));
  std::thread writer([&] {
    for (int i = 0; i < 40; ++i) write_file_atomic(path, std::string(5000, i % 2 ? 'a' : 'b'));
  });
  for (int i = 0; i < 200; ++i) {
    std::string text = text_of(path);
    EXPECT_EQ(text, std::string(5000, text.at(0)));
  }
  writer.join();
}

TEST_F(Files, Folders) {
  make_directories(root_ / "a" / "b");
  make_directories(root_ / "a" / "b");
  EXPECT_TRUE(fs::is_directory(root_ / "a" / "b"));
  write_file_atomic(root_ / "file", "x");
  EXPECT_NE(io_error([&] { make_directories(root_ / "file"); }), "no error");
  EXPECT_NE(io_error([&] { make_directories(root_ / "file" / "under"); }), "no error");

  fs::path runs = root_ / "runs";
  EXPECT_EQ(next_numbered_directory(runs, "lenet5"), runs / "lenet5-1");
  write_file_atomic(runs / "lenet5-2", "taken by a file");
  EXPECT_EQ(next_numbered_directory(runs, "lenet5"), runs / "lenet5-3");
  EXPECT_EQ(next_numbered_directory(runs, "other"), runs / "other-1");
  EXPECT_NE(io_error([&] { next_numbered_directory(runs, "../up"); }), "no error");

  std::vector<std::string> made(8);
  std::vector<std::thread> threads;
  for (std::string& name : made) threads.emplace_back([&] { name = next_numbered_directory(runs, "race").string(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::string>(made.begin(), made.end()).size(), 8u);
}

}  // namespace
}  // namespace percept
