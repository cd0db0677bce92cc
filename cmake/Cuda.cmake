# DOPPIO_CUDA=ON gives the library its CUDA half, compiled by nvcc. EMULATED
# leaves the library without one, and builds another beside it, doppio_emulated:
# the same .cu files compiled as C++, which the tests run on an emulated GPU. OFF
# needs nothing of CUDA's.
find_path(CUDA_INCLUDE cuda_runtime.h
  HINTS /usr/local/cuda ENV CUDA_HOME ENV CUDA_PATH PATH_SUFFIXES include)
find_path(CUBLAS_INCLUDE cublas_v2.h
  HINTS ${CUDA_INCLUDE} /usr/local/cuda PATH_SUFFIXES include)

option(DOPPIO_CUDNN "Convolution by cuDNN 9 where it is found" ON)

set(CAN_EMULATE OFF)
if(CUDA_INCLUDE AND CUBLAS_INCLUDE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU"
    AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND NOT DOPPIO_SANITIZE MATCHES "thread")
  set(CAN_EMULATE ON)
endif()
set(CUDA_DEFAULT OFF)
if(DOPPIO_TESTS AND CAN_EMULATE)
  set(CUDA_DEFAULT EMULATED)
elseif(DOPPIO_TESTS AND DOPPIO_SANITIZE MATCHES "thread")
  message(STATUS "Thread sanitizer: the CUDA halves are not tested")
elseif(DOPPIO_TESTS)
  message(STATUS "No CUDA headers for an x86-64 g++: the CUDA halves are not tested")
endif()
set(DOPPIO_CUDA ${CUDA_DEFAULT} CACHE STRING "CUDA: OFF, ON, or EMULATED for the tests")
set_property(CACHE DOPPIO_CUDA PROPERTY STRINGS OFF ON EMULATED)
if(NOT DOPPIO_CUDA MATCHES "^(OFF|ON|EMULATED)$")
  message(FATAL_ERROR "DOPPIO_CUDA is ${DOPPIO_CUDA}; it can be OFF, ON or EMULATED")
endif()
if(DOPPIO_CUDA STREQUAL "EMULATED" AND NOT CAN_EMULATE)
  message(FATAL_ERROR "DOPPIO_CUDA=EMULATED needs CUDA's headers, g++ and an x86-64 processor")
endif()

if(DOPPIO_CUDA STREQUAL "ON")
  if(NOT CMAKE_CUDA_COMPILER AND EXISTS /usr/local/cuda/bin/nvcc)
    set(CMAKE_CUDA_COMPILER /usr/local/cuda/bin/nvcc)
  endif()
  find_package(CUDAToolkit 12 REQUIRED)
  # From the oldest that nvcc 13 knows to the newest, unless told otherwise.
  if(NOT CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 75 80 90)
    if(CUDAToolkit_VERSION VERSION_GREATER_EQUAL 12.8)
      list(APPEND CMAKE_CUDA_ARCHITECTURES 120)
    endif()
  endif()
  enable_language(CUDA)
  message(STATUS "CUDA ${CUDAToolkit_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}, with cuBLAS")
endif()

# cuDNN and NCCL have headers and libraries of their own, which lie beside CUDA's
# or where the system has all others. Sets NAME_INCLUDE, NAME_LIBRARY (but for
# EMULATED, which needs none) and NAME_VERSION, as the header of that name has it;
# no version if something is missing.
function(doppio_find_optional NAME VERSION_HEADER)
  string(TOLOWER ${NAME} LIBRARY)
  find_path(${NAME}_INCLUDE ${LIBRARY}.h
    HINTS ${CUDA_INCLUDE} /usr/local/cuda ENV ${NAME}_ROOT PATH_SUFFIXES include)
  set(FOUND ${${NAME}_INCLUDE})
  if(DOPPIO_CUDA STREQUAL "ON")
    find_library(${NAME}_LIBRARY ${LIBRARY}
      HINTS ${CUDAToolkit_LIBRARY_DIR} /usr/local/cuda ENV ${NAME}_ROOT PATH_SUFFIXES lib64 lib)
    if(NOT ${NAME}_LIBRARY)
      set(FOUND OFF)
    endif()
  endif()
  set(VERSION "")
  if(FOUND AND EXISTS ${${NAME}_INCLUDE}/${VERSION_HEADER})
    foreach(PART MAJOR MINOR "PATCH[A-Z]*")
      file(STRINGS ${${NAME}_INCLUDE}/${VERSION_HEADER} LINE LIMIT_COUNT 1
        REGEX "^#define ${NAME}_${PART} ")
      string(REGEX MATCH "[0-9]+" NUMBER "${LINE}")
      list(APPEND VERSION ${NUMBER})
    endforeach()
    list(JOIN VERSION . VERSION)
  endif()
  set(${NAME}_VERSION "${VERSION}" PARENT_SCOPE)
endfunction()

set(HAS_CUDNN OFF)
set(HAS_NCCL OFF)
if(NOT DOPPIO_CUDA STREQUAL "OFF")
  doppio_find_optional(CUDNN cudnn_version.h)
  doppio_find_optional(NCCL nccl.h)
  if(DOPPIO_CUDNN AND CUDNN_VERSION MATCHES "^9\\.")
    set(HAS_CUDNN ON)
    set(REPORT "cuDNN ${CUDNN_VERSION}")
  elseif(NOT DOPPIO_CUDNN)
    set(REPORT "cuDNN is switched off")
  elseif(DOPPIO_CUDA STREQUAL "ON")
    set(REPORT "no cuDNN 9, so that convolutions are by columns and cuBLAS")
  else()
    set(REPORT "no cuDNN 9, so that convolutions by it are not tested")
  endif()
  if(NCCL_VERSION)
    set(HAS_NCCL ON)
    string(APPEND REPORT "; NCCL ${NCCL_VERSION}")
  else()
    string(APPEND REPORT "; no NCCL, so that training is on one GPU")
  endif()
  message(STATUS "CUDA's libraries besides cuBLAS: ${REPORT}")
endif()
if(HAS_CUDNN)
  list(FILTER CUDA_SOURCES EXCLUDE REGEX "/cudnn_products_missing\\.cu$")
else()
  list(FILTER CUDA_SOURCES EXCLUDE REGEX "/cudnn(_products)?\\.cu$")
endif()
if(NOT HAS_NCCL)
  list(FILTER CUDA_SOURCES EXCLUDE REGEX "/nccl\\.cu$")
  list(APPEND CUDA_SOURCES ${PROJECT_SOURCE_DIR}/src/device/nccl_cpu_only.cc)
endif()

option(DOPPIO_CUDA_PTX "With EMULATED, test what nvcc makes of the .cu files too" OFF)
if(DOPPIO_CUDA STREQUAL "EMULATED")
  find_program(DOPPIO_NVCC nvcc HINTS ${CUDA_INCLUDE}/../bin /usr/local/cuda/bin)
  if(DOPPIO_CUDA_PTX AND NOT DOPPIO_NVCC)
    message(FATAL_ERROR "DOPPIO_CUDA_PTX=ON needs nvcc")
  elseif(NOT DOPPIO_CUDA_PTX)
    message(STATUS "DOPPIO_CUDA_PTX is off: what nvcc makes of the .cu files is not tested")
  endif()
endif()

# nvcc's options for the .cu files of a library.
function(doppio_nvcc_options TARGET)
  set_target_properties(${TARGET} PROPERTIES CUDA_STANDARD 17 CUDA_STANDARD_REQUIRED ON)
  # Arithmetic that both halves share is constexpr, and so may run on a device.
  target_compile_options(${TARGET} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:
    --extended-lambda --expt-relaxed-constexpr -Werror=all-warnings
    -Xcompiler=-Wall,-Wextra,-Werror,-Wno-unknown-pragmas>)
endfunction()

# The .cu files of a library by nvcc.
function(doppio_compile_cuda TARGET)
  doppio_nvcc_options(${TARGET})
  target_link_libraries(${TARGET} PRIVATE CUDA::cudart CUDA::cublas)
  if(HAS_CUDNN)
    target_include_directories(${TARGET} SYSTEM PRIVATE ${CUDNN_INCLUDE})
    target_link_libraries(${TARGET} PRIVATE ${CUDNN_LIBRARY})
  endif()
  if(HAS_NCCL)
    target_include_directories(${TARGET} SYSTEM PRIVATE ${NCCL_INCLUDE})
    target_link_libraries(${TARGET} PRIVATE ${NCCL_LIBRARY})
  endif()
endfunction()

# .cu files by the C++ compiler, for an executable or library of nothing else that
# runs them on the emulated GPU. The thread sanitizer's calls before each access
# are the emulator's way to watch kernels; its library is not linked.
function(doppio_emulate_cuda TARGET)
  set(EMULATOR ${PROJECT_SOURCE_DIR}/tests/cuda_emulator)
  set_source_files_properties(${ARGN} PROPERTIES LANGUAGE CXX
    OBJECT_DEPENDS ${EMULATOR}/cuda_language.h)
  target_compile_options(${TARGET} PRIVATE -x c++ -O2 -g1
    -include ${EMULATOR}/cuda_language.h)
  if(DOPPIO_COVERAGE)
    # Kernels that are watched may not touch the counters, which are host memory.
    # Only unoptimised code has all its lines.
    target_compile_options(${TARGET} PRIVATE -O0 --coverage)
    target_link_options(${TARGET} PRIVATE --coverage)
  elseif(NOT DOPPIO_SANITIZE)
    target_compile_options(${TARGET} PRIVATE -fsanitize=thread
      --param=tsan-instrument-func-entry-exit=0)
  endif()
  target_compile_definitions(${TARGET} PRIVATE DOPPIO_CUDA_EMULATED)
  target_include_directories(${TARGET} SYSTEM PRIVATE ${CUDA_INCLUDE} ${CUBLAS_INCLUDE})
  if(HAS_CUDNN)
    target_include_directories(${TARGET} SYSTEM PRIVATE ${CUDNN_INCLUDE})
  endif()
  target_link_libraries(${TARGET} PUBLIC cuda_emulator)
endfunction()
