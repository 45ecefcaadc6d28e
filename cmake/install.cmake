# install.cmake - library, headers, program and the CMake package: find_package(percept) -> percept::percept.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/percept)
install(TARGETS percept EXPORT percept-targets)
install(DIRECTORY percept DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "backends" EXCLUDE)
install(FILES ${PERCEPT_GENERATED}/percept/version.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/percept)
if(TARGET percept_cli)
  install(TARGETS percept_cli)
endif()

get_target_property(library_type percept TYPE)
configure_package_config_file(cmake/percept-config.cmake.in percept-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(percept-config-version.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT percept-targets NAMESPACE percept:: DESTINATION ${package_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/percept-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/percept-config-version.cmake
  DESTINATION ${package_dir})
