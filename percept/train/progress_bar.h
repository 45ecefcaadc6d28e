// progress_bar.h - Keras 3's progress bar on a stream; only a line per epoch where the stream is no terminal.
#pragma once
#include <functional>
#include <iosfwd>
#include <string>

#include "percept/train/callback.h"

namespace percept {

// The pure part: the texts. Times in seconds.
struct ProgressText {
  std::int64_t done = 0, total = 0;  // steps of the epoch
  double elapsed = 0;                // since the epoch began
  double per_step = 0;               // the first step, which prepares kernels, left out where there are others
  const Logs* logs = nullptr;
};
// 12/469 [bar] 3s 7ms/step - accuracy: 0.9123 - loss: 0.3010, with colours. `finished`: elapsed time instead of the
// time left. What does not fit into `columns` (0: any number) is left out, for a line that wraps cannot be redrawn:
// first the learning rate, then half of the bar, then, unless finished, values from the end.
std::string bar_text(const ProgressText& text, bool finished, int columns = 0);
// 469/469 - 3s - 7ms/step - accuracy: 0.9123 - loss: 0.3010
std::string epoch_line(const ProgressText& text);

// Whether text written to this stream reaches a terminal: known for the standard output and error streams, else false.
bool is_terminal(const std::ostream& out);

// FitOptions.callbacks = {ProgressBar{std::cout}}. Redraws at most every 0.05 s. The stream must outlive it.
class ProgressBar {
 public:
  explicit ProgressBar(std::ostream& out) : ProgressBar(out, is_terminal(out)) {}
  ProgressBar(std::ostream& out, bool terminal) : out_(&out), terminal_(terminal) {}

  void on_epoch_begin(Progress& at);
  void on_step(Progress& at);
  void on_epoch_end(Progress& at);
  void on_failure(Progress& at);

  std::function<int()> columns;   // of the terminal; asked of the system where empty. For tests.
  std::function<double()> clock;  // seconds from any start; the steady clock where empty. For tests.

 private:
  ProgressText text(const Progress& at, double now) const;
  void draw(const std::string& bar);
  double now() const;
  int width() const;

  std::ostream* out_;
  bool terminal_;
  bool drawn_ = false;  // a bar stands on the current line
  int width_ = 0;       // of the bar drawn last, in columns
  double start_ = 0, after_first_ = 0, last_draw_ = 0;
};

}  // namespace percept
