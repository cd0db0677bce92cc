#include "layers/input.h"

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/blob_shape.h"

namespace doppio {

LayerTraits Input::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 0;
  t.max_tops = LayerTraits::kAny;
  return t;
}

Shapes Input::Reshape(const Shapes&) {
  const auto& shapes = param_.input_param().shape();
  const int tops = top_count();
  Require(shapes.empty() || shapes.size() == 1 || shapes.size() == tops,
          "input_param has ", shapes.size(), " shapes for ", tops,
          " tops; give one for all, or one for each");
  Shapes result;
  for (int i = 0; i < tops; ++i) {
    result.push_back(shapes.empty()
                         ? Shape{0}
                         : ShapeOf(shapes[shapes.size() == 1 ? 0 : i]));
  }
  return result;
}

const RegisterLayer<Input> kInputCpu("Input", Device::kCpu);

}  // namespace doppio
