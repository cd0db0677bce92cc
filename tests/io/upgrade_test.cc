#include "io/upgrade.h"

#include "io/io_test.h"

namespace doppio {
namespace {

std::string UpgradeError(const std::string& text) {
  return ErrorOf([&] { ParseNet(text, "n"); });
}

TEST(UpgradeTest, InputDimBecomesAnInputLayer) {
  const NetSource source = ParseNet(
      "name: 'net'\n"
      "input: 'data' input_dim: 10 input_dim: 3 input_dim: 7 input_dim: 8\n"
      "input: 'label' input_dim: 10 input_dim: 1 input_dim: 1 input_dim: 1\n"
      "layer { name: 'a' }\n"
      "layer { name: 'b' }\n",
      "n");
  ASSERT_EQ(source.net.layer_size(), 3);
  const LayerParameter& layer = source.net.layer(0);
  EXPECT_EQ(layer.type(), "Input");
  EXPECT_EQ(layer.top(1), "label");
  ASSERT_EQ(layer.input_param().shape_size(), 2);
  EXPECT_EQ(layer.input_param().shape(0).dim(3), 8);
  EXPECT_EQ(layer.input_param().shape(1).dim(0), 10);
  EXPECT_EQ(source.net.layer(1).name(), "a");
  EXPECT_EQ(source.net.layer(2).name(), "b");
  EXPECT_EQ(source.layer_lines, std::vector<int>({2, 4, 5}));
  EXPECT_EQ(source.Locate(0), "n:2: layer \"input\" (Input)");
  EXPECT_EQ(source.net.input_size() + source.net.input_dim_size(), 0);
}

TEST(UpgradeTest, InputShapeBecomesAnInputLayer) {
  const NetSource source =
      ParseNet("input: 'x' input_shape { dim: 4 dim: 5 }", "n");
  ASSERT_EQ(source.net.layer_size(), 1);
  ASSERT_EQ(source.net.layer(0).input_param().shape(0).dim_size(), 2);
  EXPECT_EQ(source.net.layer(0).input_param().shape(0).dim(1), 5);
  EXPECT_EQ(source.net.input_shape_size(), 0);
}

TEST(UpgradeTest, EveryInputNeedsASize) {
  EXPECT_EQ(UpgradeError("input: 'x' input: 'y' input_shape { dim: 4 }"),
            "n:1: the net has 2 input, but 1 input_shape; give one for each");
  EXPECT_EQ(
      UpgradeError("input: 'x' input_dim: 4"),
      "n:1: the net has 1 input, but 0 times four input_dim; give four for "
      "each");
  EXPECT_EQ(UpgradeError("input: 'x' layer { bottom: 'x' }"),
            "n:1: input \"x\" has no size; add an input_shape");
  // Caffe runs this.
  EXPECT_EQ(ParseNet("input: 'x' layer { name: 'a' }", "n").net.layer_size(),
            1);
}

TEST(UpgradeTest, StatisticsOfABatchNormDoNotLearn) {
  const NetSource source = ParseNet(
      "layer { type: 'BatchNorm' param { name: 'a' lr_mult: 1 } "
      "param { lr_mult: 1 decay_mult: 1 } param {} }",
      "n");
  for (const ParamSpec& spec : source.net.layer(0).param()) {
    EXPECT_EQ(spec.lr_mult(), 0);
    EXPECT_EQ(spec.decay_mult(), 0);
  }
  EXPECT_EQ(source.net.layer(0).param(0).name(), "a");
}

TEST(UpgradeTest, TheSecondFormatBecomesTodays) {
  const NetSource source = ParseNet(
      "layers {\n"
      "  name: 'c' type: CONVOLUTION bottom: 'x' top: 'y'\n"
      "  blobs_lr: 1 blobs_lr: 2 weight_decay: 1 weight_decay: 0\n"
      "  param: 'w' blob_share_mode: PERMISSIVE\n"
      "  include { phase: TRAIN } loss_weight: 3\n"
      "  convolution_param { num_output: 4 kernel_size: 3 }\n"
      "}\n"
      "layers { name: 'd' type: DATA transform_param { scale: 9 mirror: true "
      "}\n"
      "  data_param { source: 'db' scale: 0.5 crop_size: 7 mean_file: 'm' } }",
      "n");
  ASSERT_EQ(source.net.layer_size(), 2);
  EXPECT_EQ(source.net.layers_size(), 0);
  EXPECT_EQ(source.layer_lines, std::vector<int>({1, 8}));
  const LayerParameter& conv = source.net.layer(0);
  EXPECT_EQ(conv.type(), "Convolution");
  EXPECT_EQ(conv.bottom(0) + conv.top(0), "xy");
  ASSERT_EQ(conv.param_size(), 2);
  EXPECT_EQ(conv.param(0).name(), "w");
  EXPECT_EQ(conv.param(0).share_mode(), ParamSpec::PERMISSIVE);
  EXPECT_EQ(conv.param(1).lr_mult(), 2);
  EXPECT_EQ(conv.param(1).decay_mult(), 0);
  EXPECT_EQ(conv.include(0).phase(), TRAIN);
  EXPECT_EQ(conv.loss_weight(0), 3);
  EXPECT_EQ(conv.convolution_param().num_output(), 4u);
  const LayerParameter& data = source.net.layer(1);
  EXPECT_EQ(data.transform_param().scale(), 0.5f);
  EXPECT_EQ(data.transform_param().crop_size(), 7u);
  EXPECT_EQ(data.transform_param().mean_file(), "m");
  EXPECT_TRUE(data.transform_param().mirror());
  EXPECT_FALSE(data.data_param().has_scale());
  EXPECT_EQ(data.data_param().source(), "db");
}

TEST(UpgradeTest, EveryTypeOfTheSecondFormatHasAName) {
  const auto* types = V1LayerParameter::LayerType_descriptor();
  for (int i = 0; i < types->value_count(); ++i) {
    const std::string name = types->value(i)->name();
    const NetSource source = ParseNet("layers { type: " + name + " }", "n");
    EXPECT_EQ(source.net.layer(0).type().empty(), name == "NONE") << name;
  }
}

TEST(UpgradeTest, TheFirstFormatBecomesTodays) {
  const NetSource source = ParseNet(
      "layers { top: 'x' top: 'l' layer { name: 'in' type: 'images'\n"
      "  source: 'list' batchsize: 8 cropsize: 5 meanfile: 'm' new_height: 6\n"
      "  shuffle_images: true } }\n"
      "layers { bottom: 'x' top: 'p' layer { name: 'pad' type: 'padding' pad: "
      "2\n"
      "  } }\n"
      "layers { bottom: 'p' top: 'c' layer { name: 'c' type: 'conv' group: 2\n"
      "  num_output: 4 kernelsize: 3 biasterm: false blobs_lr: 3\n"
      "  weight_filler { type: 'gaussian' std: 0.1 } } }\n"
      "layers { bottom: 'c' top: 'q' layer { name: 'q' type: 'pool' pool: AVE\n"
      "  kernelsize: 2 stride: 2 } }\n"
      "layers { bottom: 'q' top: 'q' layer { name: 'n' type: 'lrn' k: 2 } }",
      "n");
  ASSERT_EQ(source.net.layer_size(), 4);
  EXPECT_EQ(source.layer_lines, std::vector<int>({1, 6, 9, 11}));
  const LayerParameter& images = source.net.layer(0);
  EXPECT_EQ(images.type(), "ImageData");
  EXPECT_EQ(images.image_data_param().source(), "list");
  EXPECT_EQ(images.image_data_param().batch_size(), 8u);
  EXPECT_EQ(images.image_data_param().new_height(), 6u);
  EXPECT_TRUE(images.image_data_param().shuffle());
  EXPECT_EQ(images.transform_param().crop_size(), 5u);
  EXPECT_EQ(images.transform_param().mean_file(), "m");
  const LayerParameter& conv = source.net.layer(1);
  EXPECT_EQ(conv.bottom(0), "x");
  EXPECT_EQ(conv.convolution_param().pad(0), 2u);
  EXPECT_EQ(conv.convolution_param().kernel_size(0), 3u);
  EXPECT_EQ(conv.convolution_param().group(), 2u);
  EXPECT_FALSE(conv.convolution_param().bias_term());
  EXPECT_EQ(conv.convolution_param().weight_filler().std(), 0.1f);
  EXPECT_EQ(conv.param(0).lr_mult(), 3);
  EXPECT_EQ(source.net.layer(2).pooling_param().pool(), PoolingParameter::AVE);
  EXPECT_EQ(source.net.layer(3).lrn_param().k(), 2);
}

TEST(UpgradeTest, MistakesInOldFormatsAreTold) {
  EXPECT_EQ(UpgradeError("\nlayers { layer { type: 'convv' } }"),
            "n:2: the first format has no layer type \"convv\"; did you mean "
            "\"conv\"?");
  EXPECT_EQ(
      UpgradeError("layers { layer { type: 'padding' name: 'a' } bottom: 'x' "
                   "top: 'y' }\n"
                   "layers { layer { type: 'relu' name: 'b' } bottom: 'y' }"),
      "n:2: layer \"b\" of type \"relu\" takes the padding \"a\"; only "
      "conv and pool can");
  EXPECT_EQ(UpgradeError("layer {} layers {}"),
            "n: the net has both `layer` and, in the old format, `layers`; "
            "write all of them as `layer`");
}

// As in Caffe, a setting that is not of the type does no harm.
TEST(UpgradeTest, ASettingThatMeansNothingIsIgnored) {
  const NetSource source =
      ParseNet("layers { layer { type: 'relu' kernelsize: 3 } }", "n");
  EXPECT_EQ(source.net.layer(0).type(), "ReLU");
}

TEST(UpgradeTest, SolverTypeBecomesType) {
  const std::pair<const char*, const char*> kTypes[] = {
      {"SGD", "SGD"},         {"NESTEROV", "Nesterov"}, {"ADAGRAD", "AdaGrad"},
      {"RMSPROP", "RMSProp"}, {"ADADELTA", "AdaDelta"}, {"ADAM", "Adam"}};
  for (const auto& [old, today] : kTypes) {
    const SolverParameter solver =
        ParseSolver(std::string("solver_type: ") + old, "s").solver;
    EXPECT_EQ(solver.type(), today);
    EXPECT_FALSE(solver.has_solver_type());
  }
  EXPECT_EQ(ErrorOf([] { ParseSolver("solver_type: ADAM type: 'Adam'", "s"); }),
            "s: the solver has both type and the old solver_type; keep type");
}

TEST(UpgradeTest, NetsWithinASolverAreUpgraded) {
  const SolverParameter solver =
      ParseSolver(
          "net_param { input: 'x' input_shape {} } "
          "train_net_param { input: 'x' input_shape {} } "
          "test_net_param { input: 'x' input_shape {} }",
          "s")
          .solver;
  EXPECT_EQ(solver.net_param().layer(0).type(), "Input");
  EXPECT_EQ(solver.train_net_param().layer(0).type(), "Input");
  EXPECT_EQ(solver.test_net_param(0).layer(0).type(), "Input");
}

}  // namespace
}  // namespace doppio
