#include "io/binary_proto.h"

#include <google/protobuf/util/message_differencer.h>

#include "data.pb.h"
#include "io/io_test.h"
#include "net.pb.h"
#include "solver.pb.h"

namespace doppio {
namespace {

class BinaryProtoTest : public IoTest {
 protected:
  static std::string ReadError(const std::string& path) {
    NetParameter net;
    return ErrorOf([&] { ReadBinaryProto(path, &net, "weights"); });
  }
};

// A net with two layers of one blob each.
NetParameter Small() {
  NetParameter net;
  net.set_name("small");
  for (const char* name : {"a", "b"}) {
    LayerParameter* layer = net.add_layer();
    layer->set_name(name);
    BlobProto* blob = layer->add_blobs();
    blob->mutable_shape()->add_dim(3);
    for (const float value : {1, 2, 3}) blob->add_data(value);
  }
  return net;
}

TEST_F(BinaryProtoTest, ReadsWhatItWrote) {
  WriteBinaryProto(Path("net"), Small());
  NetParameter net;
  ReadBinaryProto(Path("net"), &net, "weights");
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(net, Small()));
}

TEST_F(BinaryProtoTest, ReadsBeyond64Megabytes) {
  BlobProto blob;
  constexpr int kCount = 17 << 20;  // 68 MiB of floats
  blob.mutable_data()->Resize(kCount, 0);
  blob.set_data(kCount - 1, 7);
  WriteBinaryProto(Path("blob"), blob);
  BlobProto read;
  ReadBinaryProto(Path("blob"), &read, "mean image");
  ASSERT_EQ(read.data_size(), kCount);
  EXPECT_EQ(read.data(kCount - 1), 7);
}

TEST_F(BinaryProtoTest, TellsAFileThatIsCutAnywhere) {
  const std::string whole = Small().SerializeAsString();
  NetParameter first = Small();
  first.mutable_layer()->RemoveLast();
  const size_t between_layers = first.ByteSizeLong();
  first.clear_layer();
  const size_t before_layers = first.ByteSizeLong();
  for (size_t size = 1; size < whole.size(); ++size) {
    const std::string error = ReadError(Store("cut", whole.substr(0, size)));
    if (size == between_layers || size == before_layers) {
      EXPECT_EQ(error, "(no Error)") << "nothing tells this cut";
    } else {
      EXPECT_EQ(
          error.rfind("weights " + Path("cut") +
                          " is cut short (ends at byte " + std::to_string(size),
                      0),
          0)
          << error;
    }
  }
}

TEST_F(BinaryProtoTest, SaysHowManyBytesThereWereAtLeast) {
  const std::string whole = Small().SerializeAsString();
  const std::string path = Store("cut", whole.substr(0, whole.size() - 4));
  EXPECT_EQ(ReadError(path),
            "weights " + path + " is cut short (ends at byte " +
                std::to_string(whole.size() - 4) + " of at least " +
                std::to_string(whole.size()) + ")");
}

TEST_F(BinaryProtoTest, SaysThatTheCutIsWithinANumber) {
  SolverState state;
  state.set_iter(1000);  // a tag and two bytes
  const std::string path = Store("cut", state.SerializeAsString().substr(0, 2));
  EXPECT_EQ(
      ErrorOf([&] { ReadBinaryProto(path, &state, "snapshot"); }),
      "snapshot " + path + " is cut short (ends at byte 2, within a number)");
}

TEST_F(BinaryProtoTest, TellsAnEmptyFile) {
  const std::string path = Store("empty", "");
  EXPECT_EQ(ReadError(path), "weights " + path + " is empty: it has no bytes");
}

TEST_F(BinaryProtoTest, TellsAMissingFile) {
  EXPECT_EQ(ReadError(Path("none")),
            "cannot open " + Path("none") + ": No such file or directory");
}

TEST_F(BinaryProtoTest, TellsForeignFiles) {
  const std::string foreign[] = {
      std::string("\xFF\xD8\xFF\xE0\x00\x10JFIF\x00", 11),  // JPEG
      "\x89PNG\r\n\x1A\n",
      "\x7F"
      "ELF\x02\x01\x01",
      "\x1F\x8B\x08",  // gzip
      "\x89HDF\r\n\x1A\n",
      std::string(4096, '\0'),  // LMDB begins with a page like that
      "name: \"net\"\nlayer { name: \"a\" }\n",
      "\x9A\x01\x02hi",  // a string, in a field that NetParameter has not
  };
  for (const std::string& bytes : foreign) {
    const std::string path = Store("foreign", bytes);
    EXPECT_EQ(ReadError(path), "weights " + path +
                                   " is damaged, or something else than a "
                                   "NetParameter in binary form")
        << bytes.substr(0, 8);
  }
}

TEST_F(BinaryProtoTest, TellsAMessageOfAnotherType) {
  SolverState state;
  state.set_iter(1000);
  WriteBinaryProto(Path("state"), state);
  EXPECT_EQ(ReadError(Path("state")),
            "weights " + Path("state") +
                " is damaged, or something else than a NetParameter in binary "
                "form");
}

TEST_F(BinaryProtoTest, TellsDamageWithinALayer) {
  std::string bytes = Small().SerializeAsString();
  // The length of the last layer's blob, said to be longer than the layer.
  const size_t at = bytes.rfind("\x3A\x13");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] = 0x7F;
  const std::string path = Store("damaged", bytes);
  EXPECT_EQ(ReadError(path), "weights " + path +
                                 " is damaged, or something else than a "
                                 "NetParameter in binary form");
}

TEST_F(BinaryProtoTest, RefusesMoreThanTwoGigabytes) {
  const std::string path = Store("large", "");
  // Takes no room on the disk.
  std::filesystem::resize_file(path, uintmax_t{1} << 31);
  EXPECT_EQ(ReadError(path), "cannot read " + path +
                                 ": it has 2147483648 bytes, but can have "
                                 "2147483647 at most");
}

}  // namespace
}  // namespace doppio
