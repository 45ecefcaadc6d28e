// _main.cpp - main of every GoogleTest program: testing::TempDir() is a folder of this process alone, gone at its end.
// ctest runs the tests of one program as processes side by side; a file name they share must not be one file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <system_error>

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  testing::InitGoogleMock(&argc, argv);
  std::string folder = fs::temp_directory_path() / "percept_test_XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    std::perror(("no folder for the tests' files, " + folder).c_str());
    return 1;
  }
  setenv("TEST_TMPDIR", folder.c_str(), 1);
  const int code = RUN_ALL_TESTS();
  std::error_code ignored;  // a file left behind is no reason to fail
  fs::remove_all(folder, ignored);
  return code;
}
