// source_keys.cpp - which settings of [data] say something to which kinds of data.
#include <algorithm>

#include "percept/base/error.h"
#include "percept/base/printable.h"
#include "percept/recipes/_sources.h"

namespace percept {
namespace {

using Kinds = std::vector<SourceKind>;

struct Key {
  std::string name;
  bool given;  // other than what it is where nothing is said
  Kinds kinds;
  std::string for_what;
};

std::vector<Key> keys_of(const DataSection& data) {
  const DataSection usual;
  const Kinds tables{SourceKind::table}, text{SourceKind::text};
  const std::string of_text = "raw text (.txt)";
  return {{"target", data.target != usual.target, tables, "tables"},
          {"task", data.task != usual.task, {SourceKind::table, SourceKind::arrays}, "tables and arrays"},
          {"header", data.header != usual.header, tables, "tables"},
          {"ignore", data.ignore != usual.ignore, tables, "tables"},
          {"skip_bad", data.skip_bad != usual.skip_bad, {SourceKind::pictures}, "folders of pictures"},
          {"level", data.level != usual.level, text, of_text},
          {"context", data.context != usual.context, text, of_text},
          {"stride", data.stride != usual.stride, text, of_text},
          {"vocabulary", data.vocabulary != usual.vocabulary, text, of_text},
          {"lower_case", data.lower_case != usual.lower_case, text, of_text}};
}

std::string described(SourceKind kind) {
  switch (kind) {
    case SourceKind::pictures:
      return "is a folder of pictures: its folders' names are the classes";
    case SourceKind::table:
      return "is a table";
    case SourceKind::pixels:
      return "is a table of pixels, whose column label is told";
    case SourceKind::arrays:
      return "holds arrays";
    case SourceKind::text:
      return "is text";
    case SourceKind::ready:
      break;
  }
  return "brings its samples and classes with it";
}

}  // namespace

void refuse_unheeded(const DataSection& data, SourceKind kind) {
  for (const Key& key : keys_of(data)) {
    if (!key.given || std::find(key.kinds.begin(), key.kinds.end(), kind) != key.kinds.end()) continue;
    if (kind == SourceKind::pixels && key.name == "target" && (data.target == "label" || data.target == "class"))
      continue;
    if (kind == SourceKind::pixels && key.name == "header" && data.header == "yes") continue;
    throw UsageError("data." + key.name + (key.name == "target" ? " is " + quote(data.target) : " is given") +
                         ", and " + quote(data.source) + " " + described(kind),
                     "leave it out: it is for " + key.for_what);
  }
}

}  // namespace percept
