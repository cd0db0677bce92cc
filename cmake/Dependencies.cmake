# Libraries, by their Debian names: see ./check for the list that installs them.
# glog, OpenCV's parts and LMDB are found directly: their own CMake files drag
# in more than is needed, or do not exist.
find_package(Protobuf REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(ZLIB REQUIRED)

function(doppio_library NAME HEADER)
  add_library(doppio::${NAME} INTERFACE IMPORTED)
  find_path(${NAME}_INCLUDE ${HEADER} PATH_SUFFIXES opencv4)
  if(NOT ${NAME}_INCLUDE)
    message(FATAL_ERROR "${HEADER} not found; ./check installs what is missing")
  endif()
  target_include_directories(doppio::${NAME} SYSTEM INTERFACE ${${NAME}_INCLUDE})
  foreach(LIBRARY ${ARGN})
    find_library(${LIBRARY}_LIBRARY ${LIBRARY} REQUIRED)
    target_link_libraries(doppio::${NAME} INTERFACE ${${LIBRARY}_LIBRARY})
  endforeach()
endfunction()

doppio_library(glog glog/logging.h glog)
doppio_library(gflags gflags/gflags.h gflags)
doppio_library(lmdb lmdb.h lmdb)
doppio_library(dnnl dnnl.hpp dnnl)
doppio_library(opencv opencv2/imgcodecs.hpp opencv_core opencv_imgproc opencv_imgcodecs)
