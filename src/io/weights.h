#pragma once

#include <string>

#include "net.pb.h"

namespace doppio {

// Reads a .caffemodel, binary or HDF5: the name, type and blobs of each layer,
// and whatever else stands there. Layers of the two older formats become
// `layer` entries with name, type and blobs. Throws Error; see ReadBinaryProto.
NetParameter ReadWeights(const std::string& path);

// Writes a .caffemodel, atomically; as HDF5 if the name ends with .h5.
void WriteWeights(const std::string& path, const NetParameter& net);

}  // namespace doppio
