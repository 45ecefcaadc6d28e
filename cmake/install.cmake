# install.cmake - library, headers, program, the CMake package (find_package(percept) -> percept::percept) and percept.pc.
include(CMakePackageConfigHelpers)

# What percept.pc says a static library needs: packages that have a .pc file of their own, and plain libraries.
# A shared one knows by itself.
set(static_requires "zlib tomlplusplus libhwy")
set(static_libs "-pthread")
if(PERCEPT_HAVE_PNG)
  string(APPEND static_requires " libpng")
endif()
if(PERCEPT_HAVE_JPEG)
  string(APPEND static_requires " libjpeg")
endif()
if(PERCEPT_HAVE_ONEDNN)
  string(APPEND static_libs " -ldnnl -l${PERCEPT_OPENMP}")
endif()

# percept_install(TARGET [arguments of install...]): a whole installation around one library.
function(percept_install target)
  get_target_property(PERCEPT_LIBRARY_TYPE ${target} TYPE)
  set(PERCEPT_PC_REQUIRES "")
  set(PERCEPT_PC_LIBS "")
  if(PERCEPT_LIBRARY_TYPE STREQUAL "STATIC_LIBRARY")
    set(PERCEPT_PC_REQUIRES ${static_requires})
    set(PERCEPT_PC_LIBS ${static_libs})
  endif()
  set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/percept)
  set(made ${PROJECT_BINARY_DIR}/package/${target})
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig
    OUTPUT_VARIABLE PERCEPT_PC_PREFIX)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME percept EXPORT_NAME percept)
  install(TARGETS ${target} EXPORT ${target}-targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ${ARGN} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} ${ARGN})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/percept DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${ARGN}
    FILES_MATCHING PATTERN "*.h" PATTERN "backends" EXCLUDE PATTERN "_*" EXCLUDE)
  install(FILES ${PERCEPT_GENERATED}/percept/version.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/percept ${ARGN})
  install(FILES ${PERCEPT_GENERATED}/percept/nn/compiled_layers.h
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/percept/nn ${ARGN})
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/percept-config.cmake.in ${made}/percept-config.cmake
    INSTALL_DESTINATION ${package_dir})
  write_basic_package_version_file(${made}/percept-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${made}/percept-config.cmake ${made}/percept-config-version.cmake DESTINATION ${package_dir} ${ARGN})
  install(EXPORT ${target}-targets FILE percept-targets.cmake NAMESPACE percept:: DESTINATION ${package_dir} ${ARGN})
  foreach(folder LIBDIR INCLUDEDIR)  # below the prefix where they are, so that the package can be moved
    set(PERCEPT_PC_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
    if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
      set(PERCEPT_PC_${folder} "${CMAKE_INSTALL_${folder}}")
    endif()
  endforeach()
  configure_file(${PROJECT_SOURCE_DIR}/cmake/percept.pc.in ${made}/percept.pc @ONLY)
  install(FILES ${made}/percept.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${ARGN})
endfunction()

percept_install(percept)
if(TARGET percept_cli)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_BINDIR} OUTPUT_VARIABLE to_library)
  set_target_properties(percept_cli PROPERTIES INSTALL_RPATH "$ORIGIN/${to_library}")
  install(TARGETS percept_cli)
endif()
