// files.h - whole files: bounded reading, atomic and durable writing, numbered folders.
// Everything here throws IoError naming the path and the system's reason.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace percept {

// All bytes of a regular file of at most max_bytes.
std::vector<std::byte> read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

// Replaces `path` by the concatenated parts: after a crash or an error the old or the new content is there, never a
// mix. Durable on return (file and folder are synced). A symbolic link at `path` is replaced, not followed.
void write_file_atomic(const std::filesystem::path& path, std::span<const std::span<const std::byte>> parts);
void write_file_atomic(const std::filesystem::path& path, std::string_view text);

// The folder and its missing parents; fine if it exists.
void make_directories(const std::filesystem::path& path);

// Creates and returns `<parent>/<name>-<n>` with the first free n >= 1 (and the parent). Two processes never get the
// same.
std::filesystem::path next_numbered_directory(const std::filesystem::path& parent, const std::string& name);

}  // namespace percept
