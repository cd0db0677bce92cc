#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "doppio/net.h"
#include "doppio/prototxt.h"
#include "error_of.h"

namespace doppio {

// A net from prototxt text, as if it stood in "test.prototxt".
inline NetSource Source(const std::string& text) {
  return ParseNet(text, "test.prototxt");
}

inline std::string ErrorOfNet(const std::string& text) {
  return ErrorOf([&] { Net net(Source(text)); });
}

inline std::vector<float> Values(Net* net, const std::string& blob) {
  return net->blob(blob)->data.ToVector();
}

inline std::vector<float> Diffs(Net* net, const std::string& blob) {
  return net->blob(blob)->diff.ToVector();
}

inline void Set(Net* net, const std::string& blob,
                const std::vector<float>& values) {
  net->blob(blob)->data.CopyFrom(values);
}

inline Parameter& Param(Net* net, const std::string& layer, int index = 0) {
  return net->layer(layer)->params().at(index);
}

inline std::vector<std::string> Names(const NetSource& source) {
  std::vector<std::string> names;
  for (const LayerParameter& layer : source.net.layer()) {
    names.push_back(layer.name());
  }
  return names;
}

}  // namespace doppio
