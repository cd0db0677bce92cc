// A GPU's training where the loss is computed on the CPU.

#include <gtest/gtest.h>

#include "doppio/layer_registry.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

// y = w * the sum of x, with a weight w that begins at 1; on the CPU only.
class HostLoss final : public Layer {
 public:
  using Layer::Layer;

  LayerTraits traits() const override {
    LayerTraits t;
    t.is_loss = true;
    return t;
  }

  Shapes Reshape(const Shapes&) override {
    FillerParameter one;
    one.set_value(1);
    DeclareParam(0, Shape{1}, one);
    return {Shape{}};
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    *tops[0]->data.data() = weight().data.data()[0] * Sum(*bottoms[0]);
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float dy = *tops[0]->diff.data();
    if (params()[0].learns) weight().diff.data()[0] = dy * Sum(*bottoms[0]);
    for (int i = 0; i < bottoms[0]->diff.count(); ++i) {
      bottoms[0]->diff.data()[i] = dy * weight().data.data()[0];
    }
  }

 private:
  Blob& weight() { return params()[0].blob; }
  static float Sum(const Blob& x) {
    float sum = 0;
    for (int i = 0; i < x.data.count(); ++i) sum += x.data.data()[i];
    return sum;
  }
};

const RegisterLayer<HostLoss> kHostLoss("HostLoss", Device::kCpu);

class HostLossTest : public SolverTest {
 protected:
  // The losses of five iterations, and where the weights then are.
  static std::vector<float> Trained(const SolverSource& source, Device device,
                                    bool graphs = false) {
    Solver::Options options;
    options.cuda_graph = graphs;
    Solver solver(source, Context(device), options);
    std::vector<float> values;
    for (int i = 0; i < 5; ++i) {
      solver.Step(1);
      values.push_back(solver.loss());
    }
    values.push_back(Weights(&solver.net(), "fc1")[0]);
    values.push_back(Weights(&solver.net(), "loss")[0]);
    return values;
  }

  SolverSource Net(const std::string& text, const char* lr_mult) const {
    return Source(text, std::string(R"(
      layer { name: "x" type: "DummyData" top: "x" dummy_data_param {
        shape { dim: 1 dim: 2 } data_filler { type: "constant" value: 1 } } }
      layer { name: "fc1" type: "InnerProduct" bottom: "x" top: "y"
        inner_product_param { num_output: 2
          weight_filler { type: "constant" value: 0.5 } } }
      layer { name: "loss" type: "HostLoss" bottom: "y" top: "loss"
        loss_weight: 2 param { lr_mult: )") +
                            lr_mult + " } }");
  }

  void ExpectSame(const SolverSource& source) const {
    const std::vector<float> cpu = Trained(source, Device::kCpu);
    for (const bool graphs : {false, true}) {
      const std::vector<float> cuda = Trained(source, Device::kCuda, graphs);
      for (size_t i = 0; i < cpu.size(); ++i) {
        EXPECT_NEAR(cuda[i], cpu[i], 1e-5f * std::abs(cpu[i])) << i;
      }
    }
  }
};

TEST_F(HostLossTest, CountsIntoTheLossOfTheGpu) {
  ExpectSame(Net("base_lr: 0.01 lr_policy: 'fixed' average_loss: 2", "0"));
}

TEST_F(HostLossTest, AWeightOnTheCpuMovesWithThoseOnTheGpu) {
  const LogLines log;
  ExpectSame(Net("base_lr: 0.01 lr_policy: 'fixed' momentum: 0.9", "1"));
  ExpectSame(Net("base_lr: 0.01 lr_policy: 'fixed' clip_gradients: 0.5", "1"));
  EXPECT_EQ(log.With("--cuda_graph has no effect, since some of the net's "
                     "parameters lie on the CPU")
                .size(),
            2u);
}

}  // namespace
}  // namespace doppio
