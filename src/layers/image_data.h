#pragma once

#include "layers/shared/loading_layer.h"

namespace doppio {

// Image files and labels of a list; see image_data_param and transform_param.
// Without a crop or resize the top takes the size of each batch's images.
class ImageDataCpu : public LoadingLayer {
 public:
  ImageDataCpu(const LayerParameter& param, const Context& context);

 protected:
  std::unique_ptr<Loader> Open() const override;
};

}  // namespace doppio
