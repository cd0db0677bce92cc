#pragma once

#include <map>
#include <string>

#include "doppio/context.h"
#include "doppio/prototxt.h"
#include "doppio/tensor.h"

namespace doppio {

// Shapes of blobs by their names, from "data:64,3,227,227;label:64". Throws
// Error if that is not how `text` is written.
std::map<std::string, Shape> ParseInputShapes(const std::string& text);

struct InputOptions {
  std::map<std::string, Shape> shapes;  // of tops of data and Input layers
  int batch = 0;                        // the first extent of all; 0 keeps them
  // The net will not run, so that it may lack InfogainLoss's matrix.
  bool shapes_only = false;
};

// A net that needs no data set.
struct DataFreeNet {
  NetSource source;  // filtered
  // What the Input layers that stand for data layers were, by name.
  std::map<std::string, std::string> replaced;
};

// Puts Input layers in the places of those layers of the net's state that read
// a data set. The images' shape is taken from the options, from the layer's
// parameters (crop_size or a resize), or else from the data set itself; the
// labels' shape is the batch. Throws Error naming the blob whose shape is
// missing.
DataFreeNet ReplaceDataLayers(const NetSource& source,
                              const InputOptions& options,
                              const Context& context);

}  // namespace doppio
