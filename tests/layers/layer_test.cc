#include "layers/layer_test.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/filler.h"
#include "device/cuda_device.h"

namespace doppio {
namespace {

LayerParameter Parse(const std::string& text, size_t bottoms,
                     const Context& context) {
  LayerParameter param;
  CHECK(google::protobuf::TextFormat::ParseFromString(text, &param)) << text;
  if (!param.has_name()) param.set_name("layer");
  if (!param.has_phase()) param.set_phase(TRAIN);
  while (param.bottom_size() < static_cast<int>(bottoms)) {
    param.add_bottom("bottom" + std::to_string(param.bottom_size()));
  }
  if (param.top_size() == 0) {
    const auto layer = LayerRegistry::Global().Create(param, context);
    for (int i = 0; i < layer->traits().min_tops; ++i) {
      param.add_top("top" + std::to_string(i));
    }
  }
  return param;
}

Blobs Pointers(std::vector<Blob>* blobs) {
  Blobs pointers;
  for (Blob& blob : *blobs) pointers.push_back(&blob);
  return pointers;
}

bool Contains(const std::vector<int>& set, int i) {
  return std::find(set.begin(), set.end(), i) != set.end();
}

}  // namespace

LayerRun::LayerRun(const std::string& text, const std::vector<Values>& values,
                   Device device, const std::vector<int>& without_gradient)
    : LayerRun(text, values, Context(device), without_gradient) {}

LayerRun::LayerRun(const std::string& text, const std::vector<Values>& values,
                   const Context& given,
                   const std::vector<int>& without_gradient)
    : context(given) {
  const LayerParameter param = Parse(text, values.size(), context);
  layer = LayerRegistry::Global().Create(param, context);
  // The CPU for types without a CUDA half.
  const Device device = layer->device();

  Shapes shapes;
  std::vector<bool> propagate_down;
  for (size_t i = 0; i < values.size(); ++i) {
    shapes.push_back(values[i].shape);
    propagate_down.push_back(layer->Differentiable(i) &&
                             !Contains(without_gradient, i));
  }
  const Shapes top_shapes = layer->Reshape(shapes);
  layer->PlanBackward(propagate_down);
  const LayoutPlan plan = layer->PlanLayouts(Layouts(values.size()));

  for (size_t i = 0; i < layer->params().size(); ++i) {
    Parameter& p = layer->params()[i];
    p.blob.data = Tensor(p.shape, device, p.layout);
    p.blob.diff = Tensor(p.shape, device, p.layout);
    Fill(p.filler, RandomStream(1, Draw::kFiller, i), &p.blob.data);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    bottoms.push_back({Tensor(shapes[i], device, plan.bottoms[i]), {}});
    bottoms[i].data.CopyFrom(values[i].values);
    if (propagate_down[i]) {
      bottoms[i].diff = Tensor(shapes[i], device, plan.bottoms[i]);
    }
  }
  for (size_t i = 0; i < top_shapes.size(); ++i) {
    tops.push_back({Tensor(top_shapes[i], device, plan.tops[i]),
                    Tensor(top_shapes[i], device, plan.tops[i])});
  }
}

LayerRun& LayerRun::Forward() {
  layer->Forward(Pointers(&bottoms), Pointers(&tops));
  return *this;
}

LayerRun& LayerRun::Backward() {
  layer->Backward(Pointers(&tops), Pointers(&bottoms));
  return *this;
}

std::vector<float> LayerRun::Param(int i) const {
  return layer->params()[i].blob.data.ToVector();
}

std::vector<float> LayerRun::ParamDiff(int i) const {
  return layer->params()[i].blob.diff.ToVector();
}

void LayerRun::SetParam(int i, const std::vector<float>& values) {
  layer->params()[i].blob.data.CopyFrom(values);
}

std::vector<float> LayerTest::Forward(
    const std::string& text, const std::vector<Values>& bottoms) const {
  return Make(text, bottoms).Forward().Top();
}

Shape LayerTest::TopShape(const std::string& text,
                          const std::vector<Values>& bottoms, int top) const {
  return Make(text, bottoms).tops[top].shape();
}

void LayerTest::CheckGradient(const std::string& text,
                              std::vector<Values> bottoms,
                              const GradientCheck& check) const {
  for (size_t i = 0; i < bottoms.size(); ++i) {
    if (bottoms[i].values.empty()) {
      bottoms[i] = Distinct(bottoms[i].shape, 1701 + i);
    }
  }
  LayerRun run(text, bottoms, GetParam(), check.skip_bottoms);
  run.Forward();
  std::mt19937 random(1701);
  std::vector<std::vector<float>> weights;
  for (Blob& top : run.tops) {
    std::vector<float> w(top.data.count());
    for (float& v : w) v = std::normal_distribution<float>()(random);
    top.diff.CopyFrom(w);
    weights.push_back(w);
  }
  run.Backward();

  auto loss = [&] {
    run.Forward();
    double sum = 0;
    for (size_t t = 0; t < run.tops.size(); ++t) {
      const std::vector<float> y = run.Top(t);
      for (size_t i = 0; i < y.size(); ++i) sum += double{weights[t][i]} * y[i];
    }
    return sum;
  };
  auto compare = [&](Tensor* at, const std::vector<float>& gradient,
                     const std::string& what) {
    const std::vector<float> values = at->ToVector();
    for (size_t i = 0; i < values.size(); ++i) {
      std::vector<float> moved = values;
      moved[i] = values[i] + check.step;
      at->CopyFrom(moved);
      const double up = loss();
      moved[i] = values[i] - check.step;
      at->CopyFrom(moved);
      const double down = loss();
      const double slope = (up - down) / (2 * check.step);
      EXPECT_NEAR(gradient[i], slope,
                  check.tolerance * std::max(1., std::abs(slope)))
          << what << ", element " << i << " of " << at->shape() << "\n"
          << text;
    }
    at->CopyFrom(values);
  };
  for (size_t i = 0; i < bottoms.size(); ++i) {
    if (run.bottoms[i].diff.empty()) continue;
    compare(&run.bottoms[i].data, run.BottomDiff(i),
            "bottom " + std::to_string(i));
  }
  if (!check.check_params) return;
  for (size_t i = 0; i < run.layer->params().size(); ++i) {
    compare(&run.layer->params()[i].blob.data, run.ParamDiff(i),
            "parameter " + std::to_string(i));
  }
}

std::string LayerTest::ErrorOf(const std::string& text,
                               const std::vector<Values>& bottoms) const {
  try {
    Make(text, bottoms).Forward();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no Error)";
}

std::vector<float> DistinctValues(int64_t count, uint32_t seed) {
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i) {
    values[i] = 0.04f * (i - count / 2 + 0.5f);
  }
  std::mt19937 random(seed);
  std::shuffle(values.begin(), values.end(), random);
  return values;
}

Values Distinct(const Shape& shape, uint32_t seed) {
  return {shape, DistinctValues(shape.count(), seed)};
}

Values Constant(const Shape& shape, float value) {
  return {shape, std::vector<float>(shape.count(), value)};
}

void ExpectNear(const std::vector<float>& a, const std::vector<float>& b,
                float absolute, float relative) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i], b[i], absolute + relative * std::abs(b[i]))
        << "element " << i;
  }
}

std::vector<Device> Devices() {
  if (!WhyNoCuda().empty()) return {Device::kCpu};
  return {Device::kCpu, Device::kCuda};
}

void PrintTo(Device device, std::ostream* out) {
  *out << (device == Device::kCpu ? "CPU" : "CUDA");
}

}  // namespace doppio
