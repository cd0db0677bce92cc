#pragma once

#include "layers/shared/loading_layer.h"

namespace doppio {

// Images and labels of a database; see data_param and transform_param.
class DataCpu : public LoadingLayer {
 public:
  DataCpu(const LayerParameter& param, const Context& context);

 protected:
  std::unique_ptr<Loader> Open() const override;
};

}  // namespace doppio
