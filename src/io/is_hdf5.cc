#include <fstream>

#include "io/hdf5.h"

namespace doppio {

bool IsHdf5(const std::string& path) {
  static const std::string kSignature = "\x89HDF\r\n\x1A\n";
  std::string start(kSignature.size(), '\0');
  std::ifstream(path, std::ios::binary).read(start.data(), start.size());
  return start == kSignature;
}

}  // namespace doppio
