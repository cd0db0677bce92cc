// OpenCV's dnn module reads Caffe's files with a reader of its own, so it is an
// independent witness: it must load our .caffemodel and compute what we do.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <opencv2/dnn.hpp>

#include "core/random.h"
#include "doppio/net.h"
#include "io/weights.h"

namespace doppio {
namespace {

constexpr float kTolerance = 1e-4f;

// Weights that keep the size of the values from layer to layer.
void FillParams(Net* net) {
  for (const Learnable& learnable : net->learnables()) {
    Tensor& data = learnable.param->blob.data;
    const Shape& shape = data.shape();
    const float limit =
        shape.axes() > 1 ? std::sqrt(6.f / shape.count(1)) : 0.1f;
    const RandomStream random(1, Draw::kTest, Hash(learnable.layer),
                              learnable.index);
    std::vector<float> values(data.count());
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = limit * (2 * random.Uniform(i) - 1);
    }
    data.CopyFrom(values);
  }
}

std::vector<float> RandomImages(int64_t count) {
  const RandomStream random(2, Draw::kTest, 0);
  std::vector<float> images(count);
  for (int64_t i = 0; i < count; ++i) images[i] = 4 * random.Uniform(i) - 2;
  return images;
}

void ExpectNear(const std::vector<float>& ours, const cv::Mat& theirs) {
  ASSERT_EQ(ours.size(), theirs.total());
  float largest = 1;
  for (const float v : ours) largest = std::max(largest, std::abs(v));
  for (size_t i = 0; i < ours.size(); ++i) {
    ASSERT_NEAR(ours[i], theirs.ptr<float>()[i], kTolerance * largest)
        << "element " << i;
  }
}

class OpencvDnnTest : public testing::TestWithParam<const char*> {};

TEST_P(OpencvDnnTest, ComputesFromOurFilesWhatWeDo) {
  const std::string deploy = std::string(DOPPIO_SOURCE_DIR "/models/") +
                             GetParam() + "/deploy.prototxt";
  const std::string model = testing::TempDir() + GetParam() + ".caffemodel";
  NetSource source = ReadNet(deploy);
  // One image says as much as the batch.
  source.net.mutable_layer(0)->mutable_input_param()->mutable_shape(0)->set_dim(
      0, 1);
  Net net(source);
  FillParams(&net);
  WriteWeights(model, net.ToProto());
  cv::dnn::Net other = cv::dnn::readNetFromCaffe(deploy, model);
  std::filesystem::remove(model);

  Tensor& input = net.steps()[0].top_blobs[0]->data;
  const std::vector<float> images = RandomImages(input.count());
  input.CopyFrom(images);
  net.Forward();

  cv::Mat blob(input.shape().extents(), CV_32F);
  std::copy(images.begin(), images.end(), blob.ptr<float>());
  other.setInput(blob);
  // The scores before the softmax, which would hide their differences.
  const Step& last = net.steps().back();
  ASSERT_EQ(last.layer->type(), "Softmax");
  const Place& scores = net.places()[last.bottoms[0]];
  const std::string scorer = net.steps()[net.steps().size() - 2].layer->name();
  ExpectNear(scores.blob.data.ToVector(), other.forward(scorer));
  ExpectNear(net.places()[last.tops[0]].blob.data.ToVector(), other.forward());
}

INSTANTIATE_TEST_SUITE_P(Models, OpencvDnnTest,
                         testing::Values("alexnet", "lenet", "cifar10_quick",
                                         "cifar10_full", "fashion_alexnet"),
                         [](const auto& info) {
                           return std::string(info.param);
                         });

}  // namespace
}  // namespace doppio
