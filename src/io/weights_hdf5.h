#pragma once

#include <string>

#include "net.pb.h"

namespace doppio {

// Model files as HDF5, as Caffe lays them out: blob k of a layer is the data
// set data/<layer>/<k>, its gradient diff/<layer>/<k>. Ours hold one more, the
// text "doppio": the net without its blobs, from which order and types of the
// layers come back.
NetParameter ReadHdf5Weights(const std::string& path);
void WriteHdf5Weights(const std::string& path, const NetParameter& net);

}  // namespace doppio
