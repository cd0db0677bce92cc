# cmake --install: the library and what a program needs to build against it, the
# tools as `doppio COMMAND` (their own names, such as train, are too common for
# bin/), the models.
include(CMakePackageConfigHelpers)

set(PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/doppio)
set(TOOLS_DIR ${CMAKE_INSTALL_LIBEXECDIR}/doppio)

install(TARGETS doppio EXPORT doppioTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/doppio DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROTO_HEADERS}
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/doppio/proto)
install(EXPORT doppioTargets NAMESPACE doppio:: DESTINATION ${PACKAGE})
configure_package_config_file(cmake/doppioConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/doppioConfig.cmake INSTALL_DESTINATION ${PACKAGE})
write_basic_package_version_file(
  ${CMAKE_CURRENT_BINARY_DIR}/doppioConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/doppioConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/doppioConfigVersion.cmake DESTINATION ${PACKAGE})

# The tools find the library by where they are themselves, so that an installed
# tree can be moved.
file(RELATIVE_PATH TO_LIBRARY /${TOOLS_DIR} /${CMAKE_INSTALL_LIBDIR})
if(TOOL_TARGETS)
  set_target_properties(${TOOL_TARGETS} PROPERTIES
    INSTALL_RPATH "$ORIGIN/${TO_LIBRARY}")
  install(TARGETS ${TOOL_TARGETS} RUNTIME DESTINATION ${TOOLS_DIR})
endif()
install(PROGRAMS tools/doppio DESTINATION ${CMAKE_INSTALL_BINDIR})

install(DIRECTORY models proto DESTINATION ${CMAKE_INSTALL_DATADIR}/doppio
  FILES_MATCHING PATTERN "*.prototxt" PATTERN "*.proto" PATTERN "README.md")
