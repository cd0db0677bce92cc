#include "io/weights.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include "io/binary_proto.h"
#include "io/blob_proto.h"
#include "io/io_test.h"
#include "io/upgrade.h"

namespace doppio {
namespace {

class WeightsTest : public IoTest {
 protected:
  // What ReadWeights makes of a net.
  NetParameter Reread(const std::string& text) const {
    NetParameter net;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &net));
    WriteBinaryProto(Path("net.caffemodel"), net);
    return ReadWeights(Path("net.caffemodel"));
  }
};

TEST_F(WeightsTest, ReadsWhatItWrote) {
  NetParameter net;
  net.set_name("net");
  LayerParameter* layer = net.add_layer();
  layer->set_name("ip");
  layer->set_type("InnerProduct");
  ToProto(Tensor({1, 2}, {3, 4}), layer->add_blobs());
  WriteWeights(Path("net"), net);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(
      ReadWeights(Path("net")), net));
}

TEST_F(WeightsTest, ReadsTheSecondFormat) {
  const NetParameter net = Reread(R"(
      layers { name: "loss" type: SOFTMAX_LOSS }
      layers {
        name: "conv" type: CONVOLUTION
        blobs { num: 2 channels: 1 height: 1 width: 1 data: [1, 2] }
        blobs { num: 1 channels: 1 height: 1 width: 2 data: [3, 4] }
      })");
  ASSERT_EQ(net.layer_size(), 2);
  EXPECT_EQ(net.layers_size(), 0);
  EXPECT_EQ(net.layer(0).type(), "SoftmaxWithLoss");
  EXPECT_EQ(net.layer(1).name(), "conv");
  EXPECT_EQ(net.layer(1).type(), "Convolution");
  ASSERT_EQ(net.layer(1).blobs_size(), 2);
  EXPECT_EQ(ShapeOf(net.layer(1).blobs(1)), Shape({1, 1, 1, 2}));
  EXPECT_EQ(ValuesOf(net.layer(1).blobs(1)), std::vector<float>({3, 4}));
}

TEST_F(WeightsTest, ReadsTheFirstFormat) {
  const NetParameter net = Reread(R"(
      layers {
        layer {
          name: "fc" type: "innerproduct"
          blobs { num: 1 channels: 1 height: 1 width: 2 data: [1, 2] }
        }
      })");
  ASSERT_EQ(net.layer_size(), 1);
  EXPECT_EQ(net.layer(0).name(), "fc");
  EXPECT_EQ(net.layer(0).type(), "InnerProduct");
  ASSERT_EQ(net.layer(0).blobs_size(), 1);
  EXPECT_EQ(ValuesOf(net.layer(0).blobs(0)), std::vector<float>({1, 2}));
}

TEST_F(WeightsTest, NamesTheWeightsThatAreCutShort) {
  const std::string path = Store("net", "\x0A\x05net");
  EXPECT_EQ(ErrorOf([&] { ReadWeights(path); }),
            "weights " + path + " is cut short (ends at byte 5 of at least 7)");
}

}  // namespace
}  // namespace doppio
