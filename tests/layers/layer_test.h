#pragma once

#include <glog/logging.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

constexpr float kLog2 = 0.6931472f;
constexpr float kLog3 = 1.0986123f;

struct Values {
  Shape shape;
  std::vector<float> values;
};

// A layer from prototxt text, e.g. `type: "ReLU" relu_param { ... }`, with
// memory around it as a net would lay it out. Names of bottoms and tops may be
// left out.
struct LayerRun {
  LayerRun(const std::string& text, const std::vector<Values>& bottoms,
           Device device = Device::kCpu,
           const std::vector<int>& without_gradient = {});
  LayerRun(const std::string& text, const std::vector<Values>& bottoms,
           const Context& context,
           const std::vector<int>& without_gradient = {});

  LayerRun& Forward();
  LayerRun& Backward();  // from tops[i].diff, which starts as zeros

  std::vector<float> Top(int i = 0) const { return tops[i].data.ToVector(); }
  std::vector<float> BottomDiff(int i = 0) const {
    return bottoms[i].diff.ToVector();
  }
  std::vector<float> Param(int i) const;
  std::vector<float> ParamDiff(int i) const;
  void SetParam(int i, const std::vector<float>& values);

  Context context;
  std::unique_ptr<Layer> layer;
  std::vector<Blob> bottoms, tops;
};

// A test that runs once on every device of this build.
class LayerTest : public testing::TestWithParam<Device> {
 protected:
  LayerRun Make(const std::string& text,
                const std::vector<Values>& bottoms) const {
    return LayerRun(text, bottoms, GetParam());
  }

  // The first top.
  std::vector<float> Forward(const std::string& text,
                             const std::vector<Values>& bottoms) const;
  Shape TopShape(const std::string& text, const std::vector<Values>& bottoms,
                 int top = 0) const;

  // Compares Backward with central differences, for every parameter and for
  // every bottom but those named. Bottoms without values get distinct ones,
  // away from the kinks at 0 that many layers have.
  struct GradientCheck {
    std::vector<int> skip_bottoms;
    float step = 1e-2f;
    float tolerance = 1e-2f;
    bool check_params = true;
  };
  void CheckGradient(const std::string& text,
                     const std::vector<Values>& bottoms) const {
    CheckGradient(text, bottoms, GradientCheck());
  }
  void CheckGradient(const std::string& text, std::vector<Values> bottoms,
                     const GradientCheck& check) const;

  // What the Error says that building the layer, or running it forward, throws.
  std::string ErrorOf(const std::string& text,
                      const std::vector<Values>& bottoms) const;
};

// Values four steps of 0.01 apart, shuffled, none within two steps of zero.
std::vector<float> DistinctValues(int64_t count, uint32_t seed = 1701);

// Values of a shape: DistinctValues.
Values Distinct(const Shape& shape, uint32_t seed = 1701);
Values Constant(const Shape& shape, float value);

// Fails unless |a - b| <= absolute + relative * |b| for all elements.
void ExpectNear(const std::vector<float>& a, const std::vector<float>& b,
                float absolute = 1e-5f, float relative = 1e-4f);

// What tests run on: those that are there.
std::vector<Device> Devices();
// For the tests' names.
void PrintTo(Device device, std::ostream* out);

}  // namespace doppio
