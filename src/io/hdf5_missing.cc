// Stands in for hdf5.cc in builds without the library.

#include "doppio/error.h"
#include "io/hdf5.h"

namespace doppio {
namespace {

[[noreturn]] void Refuse(const std::string& what) {
  throw Error(what,
              " needs HDF5, which this build was configured without; install "
              "libhdf5-dev and configure again");
}

}  // namespace

std::unique_ptr<Hdf5Reader> OpenHdf5(const std::string& path) { Refuse(path); }
std::unique_ptr<Hdf5Writer> NewHdf5() { Refuse("this file format"); }
std::unique_ptr<Hdf5Appender> AppendToHdf5(const std::string& path) {
  Refuse(path);
}

}  // namespace doppio
