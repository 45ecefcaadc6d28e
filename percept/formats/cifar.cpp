// cifar.cpp - records read one by one, so that no size is trusted before it is there.
#include "percept/formats/cifar.h"

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/core/factories.h"
#include "percept/formats/byte_file.h"

namespace percept {
namespace {

constexpr std::size_t kPixels = 3 * 32 * 32;
constexpr std::int64_t kMaxRecords = 2'000'000;  // 6 GB; the largest file there is has 50,000

struct Kind {
  const char* name;
  std::size_t labels;  // bytes before the pixels
  std::array<int, 2> classes;
  std::size_t record() const { return labels + kPixels; }
};
constexpr Kind kCifar10{"CIFAR-10", 1, {10, 0}}, kCifar100{"CIFAR-100", 2, {20, 100}};
constexpr const char* kWhereToGet =
    "use the binary version: cifar-10-binary.tar.gz or cifar-100-binary.tar.gz, unpacked";

// What the other downloads of the page are.
void refuse_other_formats(std::span<const std::byte> record, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(record.data()), record.size());
  if (text.starts_with('\x80'))
    throw IoError(name + ": this is a pickle, which runs code when it is read: CIFAR's Python version", kWhereToGet);
  if (text.size() > 262 && text.substr(257, 5) == "ustar")
    throw IoError(name + ": this is a tar archive", "unpack it: tar xf " + name);
}

class Reader {
 public:
  Reader(ByteStream& file, const Kind& kind) : file_(file), kind_(kind) {}

  Cifar read() {
    std::vector<std::byte> record(kind_.record());
    for (;;) {
      const std::size_t got = file_.read(record.data(), record.size());
      if (count_ == 0) refuse_other_formats(std::span(record).first(got), file_.name());
      if (got == 0) break;
      if (got < record.size()) refuse_size(got);
      if (count_ == kMaxRecords)
        throw IoError(file_.name() + ": more than " + with_thousands(kMaxRecords) + " records", "split the file");
      add(record.data());
    }
    if (count_ == 0) throw IoError(file_.name() + ": the file is empty", kWhereToGet);
    const bool two = kind_.labels == 2;
    return {.images = from_vector(pixels_, {count_, 3, 32, 32}),
            .labels = from_vector(labels_[two ? 1 : 0], {count_}),
            .coarse = two ? from_vector(labels_[0], {count_}) : Tensor()};
  }

 private:
  void add(const std::byte* record) {
    for (std::size_t i = 0; i < kind_.labels; ++i) {
      const int label = std::to_integer<int>(record[i]);
      if (label >= kind_.classes[i])
        throw IoError(file_.name() + ": record " + with_thousands(count_) + " has label " + number(label),
                      std::string(kind_.name) + " has labels 0 to " + number(kind_.classes[i] - 1) +
                          " there; is it the other CIFAR, or damaged?");
      labels_[i].push_back(label);
    }
    const auto* pixels = reinterpret_cast<const std::uint8_t*>(record + kind_.labels);
    pixels_.insert(pixels_.end(), pixels, pixels + kPixels);
    ++count_;
  }

  [[noreturn]] void refuse_size(std::size_t rest) const {
    const Kind& other = kind_.labels == 1 ? kCifar100 : kCifar10;
    const std::size_t bytes = static_cast<std::size_t>(count_) * kind_.record() + rest;
    throw IoError(file_.name() + ": " + with_thousands(count_) + " records of " +
                      with_thousands(static_cast<std::int64_t>(kind_.record())) + " bytes and " +
                      with_thousands(static_cast<std::int64_t>(rest)) + " bytes more",
                  bytes % other.record() == 0 ? std::string("it has the size of a ") + other.name + " file"
                                              : "the file is cut short or damaged: copy or download it again");
  }

  ByteStream& file_;
  const Kind& kind_;
  std::int64_t count_ = 0;
  std::array<std::vector<std::int64_t>, 2> labels_;
  std::vector<std::uint8_t> pixels_;
};

// No header says how many pictures follow: bounded, as a few MB of zeros would unpack to gigabytes.
Cifar read_stream(ByteFile bytes, const Kind& kind) {
  ByteStream file(std::move(bytes), ByteStream::Unpacks::bounded);
  return Reader(file, kind).read();
}

}  // namespace

Cifar read_cifar10(const Path& path) { return read_stream(ByteFile(path), kCifar10); }
Cifar read_cifar100(const Path& path) { return read_stream(ByteFile(path), kCifar100); }

Cifar parse_cifar10(std::span<const std::byte> bytes, std::string_view name) {
  return read_stream(ByteFile(bytes, name), kCifar10);
}
Cifar parse_cifar100(std::span<const std::byte> bytes, std::string_view name) {
  return read_stream(ByteFile(bytes, name), kCifar100);
}

}  // namespace percept
