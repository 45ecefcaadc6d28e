// read_input.h - what a saved model is asked about, read as its training data were.
#pragma once
#include <string>
#include <vector>

#include "percept/data/dataset.h"
#include "percept/recipes/model.h"

namespace percept {

// Samples for a model, and what to call each: "photo.jpg", "table.csv:7" (its line), "mnist:test:3".
struct ModelInput {
  Dataset data;
  std::vector<std::string> names;
  bool labelled = false;  // whether data.get(...).y says what they are
  // How a list of answers tells the samples apart: a word for what the keys are ("file", "row", a table's column of
  // identifiers), and one for each sample.
  std::string key = "input";
  std::vector<std::string> keys = {};
  std::string target = {};  // of a table: the column that is told
};

// input: a picture's file; a folder, whose pictures are taken with those of its folders; a table with the columns that
// the model was trained on, in any order, with or without the target; .npy of one sample [...] or several [N, ...], of
// pictures also without an axis of channels or with it last, as training takes them from .npz; text:SOME TEXT or a .txt
// file, whose next token is told; NAME:test:INDEX or NAME:train:INDEX of a data set. Nothing needs to be known but the
// model's file:
//   const LoadedModel loaded = load_model("model.safetensors");
//   const Tensor logits = predict(loaded.model, read_input(loaded.info, "photo.jpg").data);
// identifier: a table's column that tells its rows apart; "": the first whose name says so (id, PassengerId, user_id),
// else a first column that the model does not look at, where no cell is empty or there twice; else the number of the
// row, from 1. UsageError for an input that is not understood and an unknown column, IoError for files, ShapeError for
// samples of another shape, DTypeError for an array of pictures as data_for_model's (recipes/data.h).
ModelInput read_input(const ModelInfo& info, const std::string& input, const std::string& identifier = "");

}  // namespace percept
