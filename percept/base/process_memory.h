// process_memory.h - what the operating system says of this process's memory.
#pragma once

namespace percept {

// Resident now, and the most so far, in MiB; 0 where the system does not say.
double rss_mib();
double peak_rss_mib();
// What this process may use at most: the machine's memory, or less where its group of processes has a limit; 0 where
// the system does not say.
double memory_mib();

}  // namespace percept
