// thread_pool.h - the library's only threads for computing: numbered pieces of work, run by all of them.
#pragma once
#include <cstdint>

#include "percept/base/function_ref.h"

namespace percept {

// Threads that compute, the caller included. At first: available_cpus() of cpu_count.h.
int num_threads();
// 1 to 1024, else ValueError; UsageError inside a piece. Waits for the running parallel_for.
void set_num_threads(int n);

// Runs run(0) .. run(pieces - 1), each once and on one thread, and returns when all are done. The caller works too.
// Which thread runs which piece is not fixed: a result must depend on the piece's number only.
// If pieces throw, all others still run, then the exception of the lowest-numbered failing piece is rethrown.
// Inside a piece, and while another thread is using the pool, the pieces run on the calling thread, in order.
// Pieces compute with denormal numbers as zeros (flush_denormals.h), on every thread alike.
// Allocates nothing once the threads run. ValueError if pieces < 0.
void parallel_for(std::int64_t pieces, FunctionRef<void(std::int64_t piece)> run);

// `hook` runs first in every worker thread (not in callers), also in those that run already: they are restarted.
// null removes it. It must not throw. UsageError inside a piece.
void set_thread_start_hook(void (*hook)());

}  // namespace percept
