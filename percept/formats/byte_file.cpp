// byte_file.cpp - POSIX reading by position, and gunzip in blocks.
#include "percept/formats/byte_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "percept/base/checked.h"
#include "percept/base/error.h"

namespace percept {
namespace {

constexpr std::size_t kBlock = std::size_t{256} << 10;  // of packed bytes
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;

[[noreturn]] void fail(const char* what, const std::string& name, int error) {
  throw IoError(std::string("cannot ") + what + " '" + name + "': " + std::generic_category().message(error),
                error == ENOENT ? "check the path" : "check the path, its permissions and the disk");
}

}  // namespace

ByteFile::ByteFile(const Path& path) : name_(path.string()) {
  do descriptor_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not make us wait
  while (descriptor_ < 0 && errno == EINTR);
  if (descriptor_ < 0) fail("open", name_, errno);
  struct stat info{};
  const int error = ::fstat(descriptor_, &info) == 0 ? 0 : errno;
  if (error == 0 && S_ISREG(info.st_mode)) {
    size_ = info.st_size;
    return;
  }
  ::close(std::exchange(descriptor_, -1));
  if (error != 0) fail("examine", name_, error);
  throw IoError("'" + name_ + "' is " + (S_ISDIR(info.st_mode) ? "a folder" : "no regular file"),
                "give the path of a file");
}

ByteFile::ByteFile(std::span<const std::byte> bytes, std::string_view name)
    : name_(name), memory_(bytes), size_(static_cast<std::int64_t>(bytes.size())) {}

ByteFile::ByteFile(ByteFile&& other) noexcept
    : name_(std::move(other.name_)),
      memory_(other.memory_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

ByteFile::~ByteFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t ByteFile::read(std::int64_t at, std::byte* to, std::size_t count) const {
  if (at >= size_ || count == 0) return 0;
  count = std::min(count, static_cast<std::size_t>(size_ - at));
  if (descriptor_ < 0) {
    std::memcpy(to, memory_.data() + at, count);
    return count;
  }
  std::size_t done = 0;
  while (done < count) {
    const ssize_t n = ::pread(descriptor_, to + done, std::min(count - done, kMostAtOnce),
                              static_cast<off_t>(at + static_cast<std::int64_t>(done)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read", name_, errno);
    if (n == 0) break;  // cut short while it was read
    done += static_cast<std::size_t>(n);
  }
  return done;
}

std::int64_t most_unpacked(std::int64_t packed) {
  constexpr std::int64_t kFree = std::int64_t{64} << 20, kTimes = 250;
  return std::max(kFree, checked_mul(packed, kTimes));
}

ByteStream::ByteStream(ByteFile file, Unpacks unpacks) : ByteStream(std::move(file)) { unpacks_ = unpacks; }

ByteStream::ByteStream(ByteFile file) : file_(std::move(file)) {
  std::array<std::byte, 2> start{};
  if (!is_gzip(std::span(start).first(file_.read(0, start.data(), start.size())))) return;
  gunzip_ = std::make_unique<Gunzip>(
      [this]() -> std::span<const std::byte> {
        packed_.resize(std::min(kBlock, static_cast<std::size_t>(file_.size() - at_)));
        packed_.resize(file_.read(at_, packed_.data(), packed_.size()));
        at_ += static_cast<std::int64_t>(packed_.size());
        return packed_;
      },
      file_.name());
}

std::int64_t ByteStream::most() const { return gunzip_ ? checked_mul(file_.size(), kMaxGzipRatio) : file_.size(); }

std::size_t ByteStream::read(std::byte* to, std::size_t count) {
  if (gunzip_) {
    const std::size_t unpacked = gunzip_->read(to, count);
    unpacked_ += static_cast<std::int64_t>(unpacked);
    if (unpacks_ == Unpacks::bounded && unpacked_ > most_unpacked(file_.size()))
      throw IoError(name() + ": its " + std::to_string(file_.size()) + " bytes unpack to more than " +
                        std::to_string(most_unpacked(file_.size())),
                    "a file that small should not hold so much; where it is right, unpack it first (gunzip)");
    return unpacked;
  }
  const std::size_t got = file_.read(at_, to, count);
  at_ += static_cast<std::int64_t>(got);
  return got;
}

}  // namespace percept
