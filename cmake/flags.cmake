# flags.cmake - how everything of ours is compiled and linked: the target percept_flags.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug or Release" FORCE)
  endif()
  find_program(PERCEPT_CCACHE ccache)
  mark_as_advanced(PERCEPT_CCACHE)
  if(PERCEPT_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
    # Tests share precompiled headers (tests/CMakeLists.txt), which ccache takes only so.
    set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${PERCEPT_CCACHE})
  endif()
endif()

include(CheckPIESupported)
check_pie_supported()

add_library(percept_flags INTERFACE)

# Test programs (PERCEPT_IS_TEST) run once or twice: compiling them quickly saves more than running them quickly.
# Bits are a promise: no contraction behind our back (multiply-adds are written out), and sqrt without errno.
target_compile_options(percept_flags INTERFACE -ffp-contract=off -fno-math-errno
  -Wall -Wextra -Wpedantic $<$<BOOL:${PERCEPT_WERROR}>:-Werror>
  $<$<CONFIG:Release>:$<IF:$<BOOL:$<TARGET_PROPERTY:PERCEPT_IS_TEST>>,-O1,-O3>> -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(percept_flags INTERFACE -Wno-restrict)  # false at `"text" + string`: GCC bug 105651
endif()
target_link_options(percept_flags INTERFACE LINKER:-z,relro LINKER:-z,now)
target_include_directories(percept_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)

set(sanitize ${PERCEPT_SANITIZE})
if(PERCEPT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "PERCEPT_FUZZ needs clang (libFuzzer), got ${CMAKE_CXX_COMPILER_ID}: "
      "use `cmake --preset fuzz`, or -DCMAKE_CXX_COMPILER=clang++-19")
  endif()
  string(PREPEND sanitize "fuzzer-no-link,")
  string(REGEX REPLACE ",$" "" sanitize "${sanitize}")
endif()
if(sanitize)
  target_compile_options(percept_flags INTERFACE
    -fsanitize=${sanitize} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(percept_flags INTERFACE -fsanitize=${sanitize})
  target_compile_definitions(percept_flags INTERFACE _GLIBCXX_ASSERTIONS)
else()  # the sanitizers watch the same calls, and fortified ones hide from them
  target_compile_options(percept_flags INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
endif()

# Errors name "percept/nn/linear.cpp:30", wherever the tree lies. Not for tests: they find their fixtures by path.
set(PERCEPT_PREFIX_MAP -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)

# Highway compiles each kernel for several instruction sets and chooses at run time. Its baseline must be SSE4 or
# more (with less, its scalar target lacks shuffles), and need not have AES, which no kernel uses.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(PERCEPT_SIMD_FLAGS -march=x86-64-v2 -DHWY_DISABLE_PCLMUL_AES)
endif()
