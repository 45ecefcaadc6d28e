// thread_pool.cpp - workers that take pieces from a counter, spin a moment between jobs, then sleep.
#include "percept/base/thread_pool.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "percept/base/cpu_count.h"
#include "percept/base/error.h"
#include "percept/base/flush_denormals.h"

namespace percept {

namespace {

constexpr int kMaxThreads = 1024;
constexpr std::chrono::microseconds kSpin{100};  // longer than the gap between two ops of one model

thread_local bool inside_piece = false;  // of a parallel_for that uses the pool

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Whether `done` came true within the spin time.
template <class Done>
bool spin_until(Done done, std::chrono::microseconds limit) {
  if (done()) return true;
  if (limit.count() == 0) return false;
  const auto end = std::chrono::steady_clock::now() + limit;
  do {
    for (int i = 0; i < 32; ++i) {
      relax();
      if (done()) return true;
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// The first failure in the order of pieces.
class FirstError {
 public:
  void record(std::int64_t piece, std::exception_ptr error) {
    std::lock_guard lock(mutex_);
    if (piece >= piece_) return;
    piece_ = piece;
    error_.swap(error);
    error = nullptr;  // the old one goes while the lock is held
  }
  void rethrow() {
    if (!error_) return;
    std::exception_ptr error;
    error.swap(error_);
    piece_ = kNone;
    std::rethrow_exception(std::move(error));
  }

 private:
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  std::mutex mutex_;
  std::int64_t piece_ = kNone;
  std::exception_ptr error_;
};

void run_piece(FunctionRef<void(std::int64_t)> run, std::int64_t piece, FirstError& first) {
  std::exception_ptr error;
  try {
    run(piece);
  } catch (...) {
    error = std::current_exception();
  }
  if (error) first.record(piece, std::move(error));  // after the catch: the pool then holds the only reference
}

void run_inline(std::int64_t pieces, FunctionRef<void(std::int64_t)> run) {
  FirstError first;
  for (std::int64_t piece = 0; piece < pieces; ++piece) run_piece(run, piece, first);
  first.rethrow();
}

// One job at a time, under `jobs_`. Its life is one word, `state_`: the job's number, an open bit, and how many workers
// are in it. A worker enters by a compare-and-swap while the job is open and only then reads what to run; the caller
// closes the job when the pieces are handed out and leaves when the count is zero. So a late worker never meets a stale
// job, and nobody needs to wait for workers that sleep.
class Pool {
 public:
  Pool() = default;
  explicit Pool(Pool* parent) : threads_(parent->threads()), hook_(parent->hook_.load()), before_fork_(parent) {}

  int threads() const { return threads_.load(std::memory_order_relaxed); }

  void set_threads(int n) {
    std::lock_guard lock(jobs_);
    if (n == threads()) return;
    stop_workers();
    threads_.store(n, std::memory_order_relaxed);
  }

  void set_hook(void (*hook)()) {
    std::lock_guard lock(jobs_);
    stop_workers();
    hook_.store(hook);
  }

  void run(std::int64_t pieces, FunctionRef<void(std::int64_t)> run) {
    std::unique_lock lock(jobs_, std::try_to_lock);
    if (!lock || closed_) return run_inline(pieces, run);
    if (!started_) start_workers();
    if (workers_.empty()) return run_inline(pieces, run);
    open(pieces, run);
    inside_piece = true;
    take_pieces(run, pieces);
    inside_piece = false;
    close();
    first_error_.rethrow();
  }

  // At exit; parallel_for runs inline from then on.
  void shut_down() {
    std::lock_guard lock(jobs_);
    stop_workers();
    closed_ = true;
  }

 private:
  static constexpr std::uint64_t kOpen = std::uint64_t{1} << 31;
  static constexpr std::uint64_t kCount = kOpen - 1;  // workers inside, at most kMaxThreads
  static std::uint64_t number_of(std::uint64_t state) { return state >> 32; }
  static bool idle(std::uint64_t state) { return (state & kCount) == 0; }

  // `run` outlives the job, so a pointer to the parameter will do.
  void open(std::int64_t pieces, FunctionRef<void(std::int64_t)>& run) {
    run_ = &run;
    pieces_ = pieces;
    next_.store(0, std::memory_order_relaxed);
    std::uint64_t number = number_of(state_.load(std::memory_order_relaxed)) + 1;
    state_.store(number << 32 | kOpen);
    // A worker counts itself as a sleeper before it looks at state_ the last time: one of us sees the other.
    int sleepers = sleepers_.load();
    if (sleepers == 0) return;
    {
      std::lock_guard lock(sleep_);
    }
    if (pieces - 1 >= sleepers) return wake_.notify_all();
    for (std::int64_t i = 1; i < pieces; ++i) wake_.notify_one();
  }

  void take_pieces(FunctionRef<void(std::int64_t)> run, std::int64_t pieces) {
    for (;;) {
      std::int64_t piece = next_.fetch_add(1, std::memory_order_relaxed);
      if (piece >= pieces) return;
      run_piece(run, piece, first_error_);
    }
  }

  void close() {
    if (idle(state_.fetch_and(~kOpen))) return;
    auto all_left = [this] { return idle(state_.load()); };
    if (spin_until(all_left, spin_)) return;
    std::unique_lock lock(sleep_);
    caller_sleeps_.store(true);
    left_.wait(lock, all_left);
    caller_sleeps_.store(false);
  }

  bool enter(std::uint64_t& last) {
    std::uint64_t state = state_.load();
    while ((state & kOpen) != 0 && number_of(state) != last) {
      if (!state_.compare_exchange_weak(state, state + 1)) continue;
      last = number_of(state);
      return true;
    }
    return false;
  }

  void leave() {
    std::uint64_t before = state_.fetch_sub(1);
    if ((before & kOpen) != 0 || (before & kCount) != 1 || !caller_sleeps_.load()) return;
    {
      std::lock_guard lock(sleep_);
    }
    left_.notify_one();
  }

  void work() {
    inside_piece = true;  // also in the hook: nested calls run inline
    const FlushDenormals flush;
    if (void (*hook)() = hook_.load()) hook();
    std::uint64_t last = 0;  // number of the last job entered; they count from 1
    for (;;) {
      bool entered = false;
      auto something = [&] { return (entered = enter(last)) || stopping_.load(); };
      if (!spin_until(something, spin_)) {
        std::unique_lock lock(sleep_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, something);
        sleepers_.fetch_sub(1);
      }
      if (!entered) return;  // stopping, which happens between jobs only
      take_pieces(*run_, pieces_);
      leave();
    }
  }

  void start_workers() {
    started_ = true;
    stopping_.store(false);
    int wanted = threads() - 1;
    // Waiting workers must not take the CPU from a thread that works.
    spin_ = wanted < available_cpus() ? kSpin : std::chrono::microseconds{0};
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for the program's own threads
    try {
      workers_.reserve(static_cast<std::size_t>(wanted));
      for (int i = 0; i < wanted; ++i) {
        workers_.emplace_back([this] { work(); });
        pthread_setname_np(workers_.back().native_handle(), "percept");
      }
    } catch (const std::system_error&) {  // the system has no more threads: fewer do the same work
    } catch (const std::bad_alloc&) {
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void stop_workers() {
    stopping_.store(true);
    {
      std::lock_guard lock(sleep_);
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    started_ = false;
  }

  alignas(64) std::atomic<std::uint64_t> state_{0};
  FunctionRef<void(std::int64_t)>* run_ = nullptr;
  std::int64_t pieces_ = 0;
  alignas(64) std::atomic<std::int64_t> next_{0};
  alignas(64) FirstError first_error_;

  std::mutex sleep_;  // for the two condition variables
  std::condition_variable wake_, left_;
  std::atomic<int> sleepers_{0};
  std::atomic<bool> caller_sleeps_{false};
  std::atomic<bool> stopping_{false};

  std::mutex jobs_;  // held while a job runs and while the settings below change
  std::vector<std::thread> workers_;
  std::atomic<int> threads_{available_cpus()};
  std::chrono::microseconds spin_ = kSpin;
  bool started_ = false, closed_ = false;
  std::atomic<void (*)()> hook_{nullptr};
  Pool* before_fork_ = nullptr;  // keeps it reachable for leak checkers
};

std::atomic<Pool*> current_pool{nullptr};

// The child of a fork has none of the workers, and its copies of the locks may be held for ever: it starts afresh.
void start_over_in_child() { current_pool.store(new Pool(current_pool.load())); }

struct ShutDownAtExit {
  ~ShutDownAtExit() {
    if (!inside_piece) current_pool.load()->shut_down();  // exit() inside a piece cannot wait for that piece
  }
};

// Never destroyed, so that destructors of other statics may still call parallel_for.
Pool& pool() {
  static const bool made = [] {
    current_pool.store(new Pool);
    pthread_atfork(nullptr, nullptr, start_over_in_child);
    return true;
  }();
  static ShutDownAtExit shut_down_at_exit;
  (void)made;
  return *current_pool.load();
}

void refuse_inside_piece(const char* who) {
  if (inside_piece)
    throw UsageError(std::string(who) + " was called inside a parallel_for", "call it before or after, not in a piece");
}

}  // namespace

int num_threads() { return pool().threads(); }

void set_num_threads(int n) {
  if (n < 1 || n > kMaxThreads)
    throw ValueError("number of threads is " + std::to_string(n), "use 1 to " + std::to_string(kMaxThreads));
  refuse_inside_piece("set_num_threads");
  pool().set_threads(n);
}

void parallel_for(std::int64_t pieces, FunctionRef<void(std::int64_t piece)> run) {
  if (pieces < 0) throw ValueError("parallel_for: number of pieces is " + std::to_string(pieces), "use 0 or more");
  if (pieces == 0) return;
  const FlushDenormals flush;  // as in the workers, so that bits do not depend on who runs a piece
  if (pieces == 1) return run(0);
  if (inside_piece || pool().threads() == 1) return run_inline(pieces, run);
  pool().run(pieces, run);
}

void set_thread_start_hook(void (*hook)()) {
  refuse_inside_piece("set_thread_start_hook");
  pool().set_hook(hook);
}

}  // namespace percept
