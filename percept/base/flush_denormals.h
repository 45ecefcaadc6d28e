// flush_denormals.h - numbers below the normal range count as zero.
#pragma once
#include <cstdint>

namespace percept {

// While it lives, this thread's vector arithmetic takes denormal numbers for zero and gives zero in their place.
// Processors compute with them a hundred times slower, and training makes them: the moments of a dead unit fade by a
// factor at each step. On other processors than x86-64 and AArch64 it does nothing.
class FlushDenormals {
 public:
  FlushDenormals() : before_(control()) {
    if ((before_ & kFlush) != kFlush) set(before_ | kFlush);
  }
  ~FlushDenormals() {
    if ((before_ & kFlush) != kFlush) set(before_);
  }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

#if defined(__x86_64__) || defined(__aarch64__)
  static constexpr bool kWorks = true;
#else
  static constexpr bool kWorks = false;  // numbers stay as they are
#endif

 private:
#if defined(__x86_64__)
  static constexpr std::uint64_t kFlush = 0x8040;  // of MXCSR: results to zero, operands as zero
  static std::uint64_t control() { return __builtin_ia32_stmxcsr(); }
  static void set(std::uint64_t bits) { __builtin_ia32_ldmxcsr(static_cast<unsigned>(bits)); }
#elif defined(__aarch64__)
  static constexpr std::uint64_t kFlush = std::uint64_t{1} << 24;  // FZ of FPCR
  static std::uint64_t control() {
    std::uint64_t bits;
    asm volatile("mrs %0, fpcr" : "=r"(bits));
    return bits;
  }
  static void set(std::uint64_t bits) { asm volatile("msr fpcr, %0" : : "r"(bits)); }
#else
  static constexpr std::uint64_t kFlush = 0;
  static std::uint64_t control() { return 0; }
  static void set(std::uint64_t) {}
#endif
  std::uint64_t before_;
};

}  // namespace percept
