// files.cpp - POSIX files: every call is checked, every error says which path and why.
#include "percept/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <random>
#include <system_error>
#include <utility>

#include "percept/base/error.h"
#include "percept/base/text.h"

namespace percept {

namespace {

namespace fs = std::filesystem;

std::string advice(int error) {
  switch (error) {
    case ENOENT:
      return "check the path; its folder must exist";
    case EACCES:
    case EPERM:
      return "check the permissions of the file and its folder";
    case ENOSPC:
    case EDQUOT:
      return "free some space or choose another folder";
    case EROFS:
      return "this file system is read-only; choose another folder";
    case EISDIR:
      return "this is a folder; give the path of a file";
    case ENOTDIR:
      return "a part of the path is a file, not a folder";
    case ENAMETOOLONG:
      return "use a shorter path";
    default:
      return "check the path and the disk";
  }
}

[[noreturn]] void fail(const char* what, const fs::path& path, int error) {
  throw IoError(std::string("cannot ") + what + " '" + path.string() + "': " + std::generic_category().message(error),
                advice(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  // The error, 0 if none. On Linux the descriptor is gone in any case, after EINTR too.
  int close() { return ::close(std::exchange(fd_, -1)) == 0 || errno == EINTR ? 0 : errno; }

 private:
  int fd_;
};

int open_again(const fs::path& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do fd = ::open(path.c_str(), flags, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

// Bytes read up to `bytes`, fewer only at the end of the file.
std::size_t read_all(int fd, std::byte* to, std::size_t bytes, const fs::path& path) {
  std::size_t done = 0;
  while (done < bytes) {
    ssize_t n = ::read(fd, to + done, std::min<std::size_t>(bytes - done, 1 << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read", path, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

void write_all(int fd, std::span<const std::byte> data, const fs::path& path) {
  while (!data.empty()) {
    ssize_t n = ::write(fd, data.data(), std::min<std::size_t>(data.size(), 1 << 30));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("write", path, errno);
    data = data.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace

std::vector<std::byte> read_file(const fs::path& path, std::uint64_t max_bytes) {
  Descriptor file(open_again(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe must not make us wait
  if (file.get() < 0) fail("open", path, errno);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) fail("examine", path, errno);
  if (!S_ISREG(info.st_mode))
    throw IoError("'" + path.string() + "' is " + (S_ISDIR(info.st_mode) ? "a folder" : "no regular file"),
                  "give the path of a file");
  auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > max_bytes)
    throw IoError("'" + path.string() + "' has " + with_thousands(info.st_size) + " bytes",
                  "files of this kind have at most " + number(max_bytes) + " bytes; is it the right one?");
  std::vector<std::byte> data;
  try {
    data.resize(static_cast<std::size_t>(size));
  } catch (const std::bad_alloc&) {
    throw OutOfMemoryError("no memory for the " + with_thousands(info.st_size) + " bytes of '" + path.string() + "'",
                           "close other programs or use a machine with more memory");
  }
  std::size_t done = read_all(file.get(), data.data(), data.size(), path);
  std::byte more{};
  if (done < data.size() || read_all(file.get(), &more, 1, path) != 0)
    throw IoError("'" + path.string() + "' changed while it was read: it had " + number(size) + " bytes, then " +
                      (done < data.size() ? number(done) : "more"),
                  "wait until the program that writes it is done");
  return data;
}

namespace {

// The mode a new file gets. umask() can only be asked by setting it, for all threads, so the kernel's file is asked.
mode_t mode_of_new_file() {
  Descriptor status(open_again("/proc/self/status", O_RDONLY | O_CLOEXEC));
  std::string text(4096, '\0');
  if (status.get() >= 0) {
    std::size_t size =
        read_all(status.get(), reinterpret_cast<std::byte*>(text.data()), text.size(), "/proc/self/status");
    text.resize(size);
    if (std::size_t at = text.find("\nUmask:"); at != std::string::npos)
      return 0666 & ~static_cast<mode_t>(std::strtoul(text.c_str() + at + 7, nullptr, 8));
  }
  return 0644;
}

// A file beside the target that is removed again unless renamed to it.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target)
      : folder_(target.has_parent_path() ? target.parent_path() : "."), file_(create()) {
    if (file_.get() < 0) fail("create a file in", folder_, errno);
  }
  ~TemporaryFile() {
    if (!renamed_ && file_was_made()) ::unlink(path_.c_str());
  }
  int get() const { return file_.get(); }

  void rename_to(const fs::path& target) {
    if (int error = file_.close()) fail("close", target, error);
    if (::rename(path_.c_str(), target.c_str()) != 0) fail("replace", target, errno);
    renamed_ = true;
    Descriptor folder(open_again(folder_, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0) fail("open the folder of", target, errno);
    // EINVAL: a file system that cannot sync folders.
    if (::fsync(folder.get()) != 0 && errno != EINVAL) fail("sync the folder of", target, errno);
  }

 private:
  bool file_was_made() const { return !path_.empty(); }

  int create() {
    static std::atomic<std::uint64_t> counter{0};
    for (int attempt = 0; attempt < 100; ++attempt) {
      std::uint64_t salt = std::random_device{}();
      path_ = folder_ / (".percept-" + number(::getpid()) + "-" + number(counter++) + "-" + number(salt) + ".tmp");
      int fd = open_again(path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
      if (fd >= 0) return fd;
      if (errno != EEXIST) break;  // EEXIST: left by a crash of a process with our id
    }
    int error = errno;
    path_.clear();
    errno = error;
    return -1;
  }

  fs::path folder_, path_;
  Descriptor file_;
  bool renamed_ = false;
};

}  // namespace

void write_file_atomic(const fs::path& path, std::span<const std::span<const std::byte>> parts) {
  // Renaming over a device or a pipe would remove it.
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    throw IoError(
        "cannot write '" + path.string() + "': it is " + (S_ISDIR(info.st_mode) ? "a folder" : "no regular file"),
        "give the path of a file");
  if (!path.has_filename()) fail("write", path, EISDIR);
  TemporaryFile file(path);
  if (::fchmod(file.get(), mode_of_new_file()) != 0) fail("set the mode of", path, errno);
  for (std::span<const std::byte> part : parts) write_all(file.get(), part, path);
  // Never a second time: after a failure the kernel may have dropped the pages, and a retry would report success.
  if (::fsync(file.get()) != 0) fail("sync", path, errno);
  file.rename_to(path);
}

void write_file_atomic(const fs::path& path, std::string_view text) {
  const std::span<const std::byte> parts[] = {std::as_bytes(std::span(text))};
  write_file_atomic(path, parts);
}

void make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error && !fs::is_directory(path, error) && !error) error = std::make_error_code(std::errc::not_a_directory);
  if (error) fail("create the folder", path, error.value());
}

fs::path next_numbered_directory(const fs::path& parent, const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos)
    throw IoError("'" + name + "' is no name for a folder", "use a name without '/'");
  make_directories(parent);
  for (std::int64_t n = 1; n < 1'000'000; ++n) {
    fs::path path = parent / (name + "-" + number(n));
    if (::mkdir(path.c_str(), 0777) == 0) return path;
    if (errno != EEXIST) fail("create the folder", path, errno);
  }
  throw IoError("'" + (parent / name).string() + "-1' to '-999999' all exist", "remove old folders");
}

}  // namespace percept
