#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>
#include <string>

#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {
namespace {

// "SoftmaxWithLoss" and "softmax_with_loss" alike.
std::string Letters(const std::string& name) {
  std::string letters;
  for (const unsigned char c : name) {
    if (std::isalnum(c)) letters += static_cast<char>(std::tolower(c));
  }
  return letters;
}

// Names of the files anywhere in `folder` that end so, without that end.
std::set<std::string> Stems(const std::string& folder, const std::string& end) {
  std::set<std::string> stems;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    if (file.size() > end.size() &&
        file.compare(file.size() - end.size(), end.size(), end) == 0) {
      stems.insert(Letters(file.substr(0, file.size() - end.size())));
    }
  }
  return stems;
}

TEST(RegistryTest, EveryLayerHasATestOfItsName) {
  const std::set<std::string> tests =
      Stems(DOPPIO_SOURCE_DIR "/tests", "_test.cc");
  const auto types = LayerRegistry::Global().Types();
  EXPECT_GT(types.size(), 20u);
  for (const std::string& type : types) {
    EXPECT_TRUE(tests.count(Letters(type))) << type << " has no test";
  }
}

TEST(RegistryTest, EveryLayerHasAFileOfItsName) {
  const std::set<std::string> files =
      Stems(DOPPIO_SOURCE_DIR "/src/layers", ".cc");
  for (const std::string& type : LayerRegistry::Global().Types()) {
    EXPECT_TRUE(files.count(Letters(type))) << type;
  }
}

// Reorder works on both; the names for a convolution with groups choose a half
// of Convolution's.
TEST(RegistryTest, EveryLayerButTheReadersOfFilesHasACudaHalf) {
  const std::set<std::string> exceptions = {"data",
                                            "imagedata",
                                            "hdf5data",
                                            "hdf5output",
                                            "memorydata",
                                            "windowdata",
                                            "convolutiondepthwise",
                                            "reorder",
                                            "depthwiseconvolution"};
  const std::set<std::string> halves =
      Stems(DOPPIO_SOURCE_DIR "/src/layers", ".cu");
  for (const std::string& type : LayerRegistry::Global().Types()) {
    EXPECT_NE(halves.count(Letters(type)), exceptions.count(Letters(type)))
        << type;
  }
}

TEST(RegistryTest, AnUnknownTypeGetsTheNearestName) {
  LayerParameter param;
  param.set_type("Sofmax");
  try {
    LayerRegistry::Global().Create(param, Context());
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "unknown layer type \"Sofmax\"; did you mean \"Softmax\"?");
  }
}

}  // namespace
}  // namespace doppio
