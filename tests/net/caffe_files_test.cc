// Idioms of the files that Caffe accepts: each must be read, and built.

#include "io/io_test.h"
#include "net/filter.h"
#include "net/net_test.h"
#include "net/replace_data.h"

namespace doppio {
namespace {

// As `inspect` does it: no data set, no memory.
Net Inspect(const std::string& text, Phase phase = TRAIN) {
  NetSource source = Source(text);
  source.net.mutable_state()->set_phase(phase);
  Net::Options options;
  options.allocate = false;
  InputOptions inputs;
  inputs.shapes_only = true;
  const Context context;
  return Net(ReplaceDataLayers(source, inputs, context).source, context,
             options);
}

int64_t Parameters(const Net& net) {
  int64_t count = 0;
  for (const Learnable& learnable : net.learnables()) {
    count += learnable.param->shape.count();
  }
  return count;
}

TEST(CaffeFilesTest, AnEmptyFileIsANetWithoutLayers) {
  EXPECT_EQ(Parameters(Inspect("")), 0);
  EXPECT_EQ(Parameters(Inspect("# nothing but a comment")), 0);
}

TEST(CaffeFilesTest, WhateverProtobufsTextTakes) {
  EXPECT_EQ(
      Parameters(Inspect(
          "\xEF\xBB\xBFname: 'a' \"b\"  # two strings are one\r\n"
          "input: 'x', input_shape: < dim: [1, 2], dim: 0x3; dim: 04 >;\r\n"
          "layer: {name:'c'type:'Convolution'bottom:'x'top:'y'\r\n"
          "convolution_param<num_output:5 kernel_size:1 bias_term:False\r\n"
          "weight_filler{type:'constant' value:1e-2f}>}")),
      10);
}

TEST(CaffeFilesTest, WindowsOfOneNumberTwoOrHAndW) {
  const std::string input =
      "layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 1 "
      "dim: 1 dim: 9 dim: 9 } } } ";
  for (const std::string window :
       {"kernel_size: 3 kernel_size: 2 stride: 2 stride: 1 pad: 1 pad: 0",
        "kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1 pad_h: 1"}) {
    EXPECT_EQ(
        Parameters(Inspect(input +
                           "layer { name: 'c' type: 'Convolution' bottom: 'x' "
                           "top: 'y' convolution_param { num_output: 2 engine: "
                           "CUDNN " +
                           window + " } }")),
        14);
  }
}

// A data layer for each phase, one blob name, the phase set by the layer
// itself, and fields that Caffe reads without a use.
TEST(CaffeFilesTest, DataLayersForEachPhase) {
  const std::string text = R"(
    name: "phases"
    layer { name: "data" type: "Data" top: "data" top: "label" phase: TRAIN
      include { phase: TRAIN } transform_param { crop_size: 4 mirror: true }
      data_param { source: "a" backend: LMDB batch_size: 2 prefetch: 9 } }
    layer { name: "data" type: "Data" top: "data" top: "label"
      include { phase: TEST stage: "test-on-test" } include { phase: TEST }
      transform_param { crop_size: 6 } data_param { source: "b" batch_size: 1 } }
    layer { name: "fc" type: "InnerProduct" bottom: "data" top: "fc"
      inner_product_param { num_output: 1 } }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc" bottom: "label" })";
  EXPECT_EQ(Parameters(Inspect(text)), 3 * 16 + 1);
  EXPECT_EQ(Parameters(Inspect(text, TEST)), 3 * 36 + 1);
}

TEST(CaffeFilesTest, DataInTheOldFormats) {
  const std::string fc =
      "layers { name: 'fc' type: INNER_PRODUCT bottom: 'data' top: 'fc' "
      "inner_product_param { num_output: 1 } }";
  EXPECT_EQ(Parameters(Inspect("layers { name: 'd' type: DATA top: 'data' "
                               "data_param { source: 'x' batch_size: 2 "
                               "crop_size: 5 mean_file: 'm' } }" +
                               fc)),
            3 * 25 + 1);
  EXPECT_EQ(Parameters(Inspect("layers { layer { name: 'd' type: 'data' "
                               "source: 'x' batchsize: 2 cropsize: 5 } top: "
                               "'data' top: 'label' }" +
                               fc)),
            3 * 25 + 1);
  EXPECT_EQ(
      Parameters(Inspect("layers { name: 'd' type: WINDOW_DATA top: 'data' "
                         "top: 'label' window_data_param { source: 'x' "
                         "batch_size: 2 crop_size: 5 fg_fraction: 0.25 } "
                         "}" +
                         fc)),
      3 * 25 + 1);
  EXPECT_EQ(Parameters(Inspect("layers { name: 'd' type: MEMORY_DATA top: "
                               "'data' top: 'label' memory_data_param { "
                               "batch_size: 2 channels: 1 height: 2 width: 3 } "
                               "}" +
                               fc)),
            7);
}

// input and layers in one file; an input that nobody sizes or reads.
TEST(CaffeFilesTest, InputsInEveryForm) {
  const std::string fc =
      "layer { name: 'fc' type: 'InnerProduct' bottom: 'x' top: 'fc' "
      "inner_product_param { num_output: 1 } }";
  EXPECT_EQ(Parameters(Inspect("input: 'x' input_dim: [1, 2, 3, 4] " + fc)),
            25);
  EXPECT_EQ(
      Parameters(Inspect("input: 'x' input: 'z' input_shape { dim: 1 dim: 2 } "
                         "input_shape { dim: 1 } " +
                         fc)),
      3);
  EXPECT_EQ(
      Parameters(Inspect("layer { type: 'Input' name: 'x' top: 'x' top: "
                         "'z' input_param { shape: { dim: 1 dim: 2 } } } " +
                         fc)),
      3);
}

TEST(CaffeFilesTest, SizesThatNobodyKnowsAreAskedFor) {
  EXPECT_EQ(ErrorOf([] {
              Inspect(
                  "layer { name: 'd' type: 'HDF5Data' top: 'data' "
                  "hdf5_data_param { source: '/nowhere' batch_size: 2 } }");
            }).substr(0, 45),
            "test.prototxt:1: layer \"d\" (HDF5Data): neithe");
  EXPECT_NE(ErrorOf([] {
              Inspect(
                  "layer { name: 'd' type: 'Data' top: 'data' data_param { "
                  "source: '/nowhere' batch_size: 2 } }");
            }).find("give --input_shape=data:N,C,H,W"),
            std::string::npos);
}

SolverParameter Parse(const std::string& text) {
  return ParseSolver(text, "s").solver;
}

TEST(CaffeFilesTest, SolversWithAllThatCaffeKnows) {
  const SolverParameter solver = Parse(R"(
    train_net: "a.prototxt" test_net: "b.prototxt" test_net: "c.prototxt"
    test_iter: 1 test_iter: 2 test_state: { stage: 'x' } test_state: { level: 2 }
    train_state: { stage: ["p", 'q'] }
    test_interval: 500 test_compute_loss: true test_initialization: false
    base_lr: 1e-3 lr_policy: "multistep" stepvalue: [10, 20] stepvalue: 30
    gamma: .1 momentum: 0.9 weight_decay: 5e-4 regularization_type: "L1"
    display: 20 average_loss: 20 max_iter: 100 iter_size: 2
    snapshot: 50 snapshot_prefix: "p" snapshot_diff: true snapshot_format: HDF5
    solver_mode: GPU device_id: 1 random_seed: 1701 debug_info: true
    clip_gradients: 35 solver_type: ADADELTA delta: 1e-6 rms_decay: 0.98
    momentum2: 0.999 snapshot_after_train: false layer_wise_reduce: false
    weights: 'w.caffemodel')");
  EXPECT_EQ(solver.type(), "AdaDelta");
  EXPECT_EQ(solver.stepvalue_size(), 3);
}

TEST(CaffeFilesTest, SolversWithTheirNetsWithin) {
  const SolverParameter solver = Parse(
      "net_param { name: 'n' layers { name: 'r' type: RELU bottom: 'x' top: "
      "'x' "
      "} input: 'x' input_dim: 1 input_dim: 1 input_dim: 1 input_dim: 1 } "
      "base_lr: 0.1 solver_mode: 0");
  EXPECT_EQ(solver.net_param().layer(0).type(), "Input");
  EXPECT_EQ(solver.net_param().layer(1).type(), "ReLU");
  EXPECT_EQ(Parse("").max_iter(), 0);
  EXPECT_EQ(Parse("net: 'a'\r\n# the end").net(), "a");
}

// Their names are nobody's: not even two layers of one name collide.
TEST(CaffeFilesTest, TopsThatTheFileDoesNotName) {
  const Net net = Inspect(R"(
    layer { name: "x" type: "Input" top: "x" top: "l" input_param {
      shape { dim: 2 dim: 3 } shape { dim: 2 } } }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "x" bottom: "l" }
    layer { name: "loss" type: "HingeLoss" bottom: "x" bottom: "l" })");
  EXPECT_EQ(net.outputs().size(), 2u);
  EXPECT_NE(net.outputs()[0].name, net.outputs()[1].name);
}

TEST(CaffeFilesTest, InputsWithoutAShape) {
  const std::string input = "layer { name: 'i' type: 'Input' top: 'data' } ";
  EXPECT_EQ(Parameters(Inspect(input)), 0);
  try {
    Inspect(input + R"(layer { name: "c" type: "Convolution" bottom: "data"
      convolution_param { num_output: 2 kernel_size: 3 } })");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what())
                  .find("nothing says the shape of \"data\"; give it in "
                        "input_param, or --input_shape=data:N,C,H,W"),
              std::string::npos)
        << error.what();
  }
}

TEST(CaffeFilesTest, AMatrixThatIsNotThere) {
  const Net net = Inspect(R"(
    layer { name: "x" type: "Input" top: "x" top: "l" input_param {
      shape { dim: 2 dim: 3 } shape { dim: 2 } } }
    layer { name: "loss" type: "InfogainLoss" bottom: "x" bottom: "l"
      infogain_loss_param { source: "/nowhere/h.binaryproto" } })");
  EXPECT_EQ(net.outputs().size(), 1u);
}

}  // namespace
}  // namespace doppio
