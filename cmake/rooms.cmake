# rooms.cmake - from folders to targets. A folder without sources makes no target, so a new room only needs a file.
include(GNUInstallDirs)

# Sets `out` to the sources below `folder`, without tests and fuzz targets.
function(percept_glob out folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp ${PROJECT_SOURCE_DIR}/${folder}/*.c)
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.cpp$")
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

# percept_room(NAME FOLDER [DEPS library...] [OPTIONS flag...] [SOURCES generated...]): the OBJECT library
# percept_NAME; percept_library() collects its objects and what they link.
function(percept_room name folder)
  cmake_parse_arguments(ROOM "" "" "DEPS;OPTIONS;SOURCES" ${ARGN})
  percept_glob(sources ${folder})
  list(APPEND sources ${ROOM_SOURCES})
  if(NOT sources)
    return()
  endif()
  add_library(percept_${name} OBJECT ${sources})
  target_compile_options(percept_${name} PRIVATE ${PERCEPT_PREFIX_MAP} ${ROOM_OPTIONS})
  target_link_libraries(percept_${name} PRIVATE percept_flags ${ROOM_DEPS})
  set_property(GLOBAL APPEND PROPERTY PERCEPT_ROOMS percept_${name})
  set_property(GLOBAL APPEND PROPERTY PERCEPT_LIBRARIES ${ROOM_DEPS})
endfunction()

# percept_library(NAME [STATIC|SHARED] SOURCES generated...): the library, from the objects of every room and the
# generated lists; of the kind that BUILD_SHARED_LIBS says unless one is named.
function(percept_library name)
  cmake_parse_arguments(LIB "STATIC;SHARED" "" "SOURCES" ${ARGN})
  set(kind "")
  if(LIB_STATIC)
    set(kind STATIC)
  elseif(LIB_SHARED)
    set(kind SHARED)
  endif()
  get_property(rooms GLOBAL PROPERTY PERCEPT_ROOMS)
  get_property(libraries GLOBAL PROPERTY PERCEPT_LIBRARIES)
  list(REMOVE_DUPLICATES libraries)
  # Header-only: nothing to link, so users of the installed library need not have it.
  list(TRANSFORM libraries REPLACE "^nlohmann_json::nlohmann_json$" "$<BUILD_INTERFACE:nlohmann_json::nlohmann_json>")

  add_library(${name} ${kind} ${LIB_SOURCES})
  foreach(room ${rooms})
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:${room}>)
  endforeach()
  # Before 1.0 a minor version may change anything, so it is part of the name a program is linked to.
  set_target_properties(${name} PROPERTIES VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_compile_options(${name} PRIVATE ${PERCEPT_PREFIX_MAP})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
    $<BUILD_INTERFACE:${PERCEPT_GENERATED}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:percept_flags> ${libraries})
endfunction()

# Each FOLDER/*.cpp is a program PREFIX_<stem>; examples are run by ctest too.
function(percept_programs folder prefix)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  foreach(source ${sources})
    cmake_path(GET source STEM stem)
    add_executable(${prefix}_${stem} ${source})
    target_compile_definitions(${prefix}_${stem} PRIVATE PERCEPT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    target_link_libraries(${prefix}_${stem} PRIVATE percept::percept percept_flags nlohmann_json::nlohmann_json)
    set_target_properties(${prefix}_${stem} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${folder})
    if(PERCEPT_TESTS AND prefix STREQUAL "example")
      add_test(NAME example_${stem} COMMAND example_${stem} WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/${folder})
      set_tests_properties(example_${stem} PROPERTIES TIMEOUT 600 SKIP_RETURN_CODE 77)
    endif()
  endforeach()
endfunction()

# The programs of README.md and docs/*.md: a block after `<!-- example: NAME.cpp -->` is compiled and run like examples/NAME.cpp.
function(percept_readme_programs)
  file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
  list(PREPEND pages ${PROJECT_SOURCE_DIR}/README.md)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pages})
  set(out ${PROJECT_BINARY_DIR}/generated/readme)
  execute_process(COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/readme_programs.py ${out} ${pages}
    OUTPUT_VARIABLE names OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" names "${names}")
  foreach(stem ${names})
    add_executable(example_readme_${stem} ${out}/${stem}.cpp)
    target_link_libraries(example_readme_${stem} PRIVATE percept::percept percept_flags)
    set_target_properties(example_readme_${stem} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
    if(PERCEPT_TESTS)
      add_test(NAME example_readme_${stem} COMMAND example_readme_${stem} WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
      set_tests_properties(example_readme_${stem} PROPERTIES TIMEOUT 600)
    endif()
  endforeach()
endfunction()
