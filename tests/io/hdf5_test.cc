#include "io/hdf5.h"

#include "io/file.h"
#include "io/io_test.h"
#include "io/weights.h"

namespace doppio {
namespace {

using Hdf5Test = IoTest;

TEST_F(Hdf5Test, GivesBackWhatWasWritten) {
  const auto writer = NewHdf5();
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  writer->Write("a/b/0", Shape({2, 3}), values.data());
  writer->Write("scalar", Shape(), values.data());
  writer->WriteInteger("n", -7);
  writer->WriteText("text", "words");
  writer->MakeGroup("empty/group");
  WriteFileAtomically(Path("x.h5"), writer->Finish());

  EXPECT_TRUE(IsHdf5(Path("x.h5")));
  const auto reader = OpenHdf5(Path("x.h5"));
  EXPECT_EQ(reader->Read("a/b/0").shape, Shape({2, 3}));
  EXPECT_EQ(reader->Read("a/b/0").values, values);
  EXPECT_EQ(reader->Read("scalar").shape, Shape());
  EXPECT_EQ(reader->ReadInteger("n"), -7);
  EXPECT_EQ(reader->ReadText("text"), "words");
  EXPECT_EQ(reader->Groups("empty"), std::vector<std::string>({"group"}));
  EXPECT_EQ(reader->DataSets("a/b"), std::vector<std::string>({"0"}));
  EXPECT_FALSE(reader->Has("a/c/0"));
}

TEST_F(Hdf5Test, BatchesAreAddedAlongTheFirstAxis) {
  {
    const auto file = AppendToHdf5(Path("x.h5"));
    const std::vector<float> values = {1, 2, 3, 4};
    file->Append("data", Shape({2, 2}), values.data());
    file->Append("data", Shape({1, 2}), values.data() + 2);
    EXPECT_EQ(
        ErrorOf([&] { file->Append("data", Shape({1}), values.data()); }),
        "a batch of 1 does not fit the ones before it in " + Path("x.h5"));
  }
  const Array array = OpenHdf5(Path("x.h5"))->Read("data");
  EXPECT_EQ(array.shape, Shape({3, 2}));
  EXPECT_EQ(array.values, std::vector<float>({1, 2, 3, 4, 3, 4}));
}

TEST_F(Hdf5Test, WhatIsMissingIsNamed) {
  WriteFileAtomically(Path("x.h5"), NewHdf5()->Finish());
  const auto reader = OpenHdf5(Path("x.h5"));
  EXPECT_EQ(ErrorOf([&] { reader->Read("a/0"); }),
            Path("x.h5") + " has no data set \"a/0\"");
  EXPECT_EQ(ErrorOf([&] { OpenHdf5(Path("none.h5")); }),
            "cannot open " + Path("none.h5") + " as an HDF5 file");
}

// A layer with slashes in its name, one without parameters, and gradients.
TEST_F(Hdf5Test, WeightsComeBackWithOrderTypesAndNames) {
  NetParameter net;
  net.set_name("net");
  LayerParameter* layer = net.add_layer();
  layer->set_name("z/1x1");
  layer->set_type("Convolution");
  for (const int extent : {1, 2}) {
    BlobProto* blob = layer->add_blobs();
    blob->mutable_shape()->add_dim(extent);
    for (int i = 0; i < extent; ++i) blob->add_data(i + 0.5f);
  }
  layer->mutable_blobs(0)->add_diff(9);
  net.add_layer()->set_name("a");

  WriteWeights(Path("n.caffemodel.h5"), net);
  const NetParameter read = ReadWeights(Path("n.caffemodel.h5"));
  ASSERT_EQ(read.layer_size(), 2);
  EXPECT_EQ(read.name(), "net");
  EXPECT_EQ(read.layer(0).name(), "z/1x1");
  EXPECT_EQ(read.layer(0).type(), "Convolution");
  ASSERT_EQ(read.layer(0).blobs_size(), 2);
  EXPECT_EQ(read.layer(0).blobs(1).data(1), 1.5f);
  EXPECT_EQ(read.layer(1).name(), "a");
  EXPECT_EQ(OpenHdf5(Path("n.caffemodel.h5"))->Read("diff/z/1x1/0").values,
            std::vector<float>({9}));
}

// Caffe's own have the data sets alone.
TEST_F(Hdf5Test, WeightsNeedNoMoreThanCaffeWrites) {
  const auto writer = NewHdf5();
  const std::vector<float> values = {1, 2};
  writer->MakeGroup("data/relu");
  writer->Write("data/fc/0", Shape({1, 2}), values.data());
  writer->Write("data/fc/1", Shape({1}), values.data());
  WriteFileAtomically(Path("c.h5"), writer->Finish());
  const NetParameter net = ReadWeights(Path("c.h5"));
  ASSERT_EQ(net.layer_size(), 1);
  EXPECT_EQ(net.layer(0).name(), "fc");
  EXPECT_EQ(net.layer(0).blobs_size(), 2);
}

}  // namespace
}  // namespace doppio
