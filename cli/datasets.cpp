// datasets.cpp - the verb datasets: what is known, where it lies, what is in it, and out of it into files.
#include <filesystem>
#include <iostream>

#include "percept/base/error.h"
#include "percept/base/text.h"
#include "percept/recipes/check_data.h"
#include "percept/recipes/data.h"
#include "percept/recipes/export.h"
#include "verbs.h"

namespace percept::cli {
namespace {

int export_dataset(Args& args) {
  args.expect_words(3, 3, "percept datasets export NAME DIR [format=png] [split=all] [limit=N]");
  ExportOptions options;
  options.format = args.take("format", "png");
  options.part = args.take("split", "all");
  options.limit = args.take_int("limit", 0, 0, std::int64_t{1} << 40);
  args.finish({"format", "split", "limit"});
  const ExportResult result = export_dataset(args.words[1], args.words[2], options);
  Value value = Value::object();
  value.set("file", result.path.string());
  value.set("samples", result.samples);
  if (args.json)
    std::cout << to_json(value) << "\n";
  else
    std::cout << with_thousands(result.samples) << " samples in " << result.path.string() << "\n";
  return 0;
}

}  // namespace

int datasets(Args& args) {
  if (args.words.empty()) args.words = {"list"};
  const std::string verb = args.words[0];
  if (verb == "export") return export_dataset(args);
  if (verb == "check") {
    args.expect_words(2, 2, "percept datasets check NAME|DATA [key=value]...");
    return print_findings(args, check_data(args.words[1], args.rest()));
  }
  args.finish({});
  if (verb == "list") {
    args.expect_words(1, 1, "percept datasets list");
    Value list = Value::array();
    for (const DatasetInfo& info : percept::datasets()) {
      const bool there = dataset_available(info);
      if (!args.json)
        std::cout << info.name << std::string(info.name.size() < 16 ? 16 - info.name.size() : 1, ' ')
                  << (there ? "found    " : "missing  ") << info.doc << "\n";
      Value one = Value::object();
      one.set("name", info.name);
      one.set("found", there);
      one.set("description", info.doc);
      list.push_back(one);
    }
    Value value = Value::object();
    value.set("datasets", list);
    if (args.json) std::cout << to_json(value) << "\n";
    return 0;
  }
  if (verb == "get") {
    args.expect_words(2, 2, "percept datasets get NAME");
    // Nothing is downloaded by this version: it says where to get the data and where to put it.
    const DatasetInfo& info = find_dataset(args.words[1]);
    // Throws where it is missing: the places looked at and how to get it.
    const std::string folder = info.make ? "" : std::filesystem::path(locate_dataset(info)[0]).parent_path().string();
    Value value = Value::object();
    value.set("name", info.name);
    value.set("folder", info.make ? Value() : Value(folder));
    if (args.json)
      std::cout << to_json(value) << "\n";
    else
      std::cout << info.name << (info.make ? ": " + std::string(info.how_to_get) : " is here: " + folder) << "\n";
    return 0;
  }
  throw UsageError("unknown `percept datasets` command '" + verb + "'",
                   "use list, check NAME|DATA, get NAME or export NAME DIR");
}

}  // namespace percept::cli
