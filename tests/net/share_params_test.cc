#include "net/net_test.h"

namespace doppio {
namespace {

// y = w * x and z = v * x, with x a single number.
std::string TwoProducts(const std::string& param_a, const std::string& param_b,
                        int outputs_b = 1, int loss_weight_a = 1) {
  return "state { phase: TRAIN }\n"
         "layer { name: 'in' type: 'Input' top: 'x' top: 'u'\n"
         "  input_param { shape { dim: 1 dim: 1 } } }\n"
         "layer { name: 'a' type: 'InnerProduct' bottom: 'x' top: 'y'\n"
         "  inner_product_param { num_output: 1 bias_term: false\n"
         "    weight_filler { type: 'constant' value: 3 } }\n"
         "  " +
         param_a + " loss_weight: " + std::to_string(loss_weight_a) +
         "}\n"
         "layer { name: 'b' type: 'InnerProduct' bottom: 'u' top: 'z'\n"
         "  inner_product_param { num_output: " +
         std::to_string(outputs_b) +
         "    bias_term: false weight_filler { type: 'constant' value: 4 } }\n"
         "  " +
         param_b + " loss_weight: 1 }\n";
}

TEST(ShareParamsTest, ParametersOfOneNameAreOne) {
  Net net(Source(TwoProducts("param { name: 'w' }", "param { name: 'w' }")));
  ASSERT_EQ(net.learnables().size(), 1u);
  EXPECT_EQ(net.learnables()[0].layer, "a");
  EXPECT_EQ(Param(&net, "b").blob.data.ToVector(), std::vector<float>({3}));
  Param(&net, "b").blob.data.CopyFrom(std::vector<float>{5});
  EXPECT_EQ(Param(&net, "a").blob.data.ToVector(), std::vector<float>({5}));
}

TEST(ShareParamsTest, TheirGradientIsTheSumOverTheLayers) {
  Net net(Source(TwoProducts("param { name: 'w' }", "param { name: 'w' }")));
  Set(&net, "x", {2});
  Set(&net, "u", {7});
  for (int pass = 0; pass < 2; ++pass) {
    net.Forward();
    net.Backward();
    const Tensor& diff = net.learnables()[0].param->blob.diff;
    EXPECT_EQ(diff.ToVector(), std::vector<float>({9}));
  }
  net.Backward(/*accumulate=*/true);
  const Tensor& diff = net.learnables()[0].param->blob.diff;
  EXPECT_EQ(diff.ToVector(), std::vector<float>({18}));
}

TEST(ShareParamsTest, AnOwnerThatDoesNotLearnStillShowsTheGradient) {
  Net net(
      Source(TwoProducts("param { name: 'w' }", "param { name: 'w' }", 1, 0)));
  EXPECT_FALSE(Param(&net, "a").learns);
  Set(&net, "x", {2});
  Set(&net, "u", {7});
  net.Forward();
  net.Backward();
  const Tensor& diff = net.learnables()[0].param->blob.diff;
  EXPECT_EQ(diff.ToVector(), std::vector<float>({7}));
}

TEST(ShareParamsTest, ParametersWithoutNameAreTheirOwn) {
  Net net(Source(TwoProducts("", "")));
  ASSERT_EQ(net.learnables().size(), 2u);
  EXPECT_EQ(net.learnables()[1].layer, "b");
  EXPECT_EQ(Param(&net, "b").blob.data.ToVector(), std::vector<float>({4}));
}

TEST(ShareParamsTest, ShapesMustAgreeUnlessPermissive) {
  EXPECT_EQ(
      ErrorOfNet(TwoProducts("param { name: 'w' }", "param { name: 'w' }", 2)),
      "test.prototxt:8: layer \"b\" (InnerProduct): shares parameter \"w\" of "
      "shape 2x1, but test.prototxt:4: layer \"a\" (InnerProduct) has it with "
      "shape 1x1; share_mode: PERMISSIVE asks for equal counts only");
  EXPECT_EQ(
      ErrorOfNet(TwoProducts("param { name: 'w' }",
                             "param { name: 'w' share_mode: PERMISSIVE }", 2)),
      "test.prototxt:8: layer \"b\" (InnerProduct): shares parameter "
      "\"w\" of 2 values (2x1), but test.prototxt:4: layer \"a\" "
      "(InnerProduct) has it with 1 (1x1)");
}

TEST(ShareParamsTest, MultipliersThatBothGiveMustAgree) {
  EXPECT_EQ(ErrorOfNet(TwoProducts("param { name: 'w' lr_mult: 2 }",
                                   "param { name: 'w' lr_mult: 3 }")),
            "test.prototxt:8: layer \"b\" (InnerProduct): shares parameter "
            "\"w\" with lr_mult: 3, but its owner has 2");
  EXPECT_EQ(ErrorOfNet(TwoProducts("param { name: 'w' decay_mult: 2 }",
                                   "param { name: 'w' decay_mult: 0 }")),
            "test.prototxt:8: layer \"b\" (InnerProduct): shares parameter "
            "\"w\" with decay_mult: 0, but its owner has 2");
}

TEST(ShareParamsTest, AMultiplierThatOneGivesHoldsForBoth) {
  Net net(Source(TwoProducts("param { name: 'w' decay_mult: 5 }",
                             "param { name: 'w' lr_mult: 3 }")));
  EXPECT_EQ(net.learnables()[0].lr_mult, 3);
  EXPECT_EQ(net.learnables()[0].decay_mult, 5);
}

TEST(ShareParamsTest, AnErrorOfAFillerSaysWhereTheLayerStands) {
  const std::string text =
      "layer { name: 'in' type: 'Input' top: 'x' input_param { shape { dim: 1 "
      "dim: 1 } } }\n"
      "layer { name: 'a' type: 'InnerProduct' bottom: 'x' top: 'y'\n"
      "  inner_product_param { num_output: 1 weight_filler { type: 'gausian' } "
      "}";
  const std::string sentence =
      "test.prototxt:2: layer \"a\" (InnerProduct): unknown filler "
      "\"gausian\"; did you mean \"gaussian\"?";
  EXPECT_EQ(ErrorOfNet(text + "}"), sentence);
  EXPECT_EQ(ErrorOfNet(text + "param { name: 'w' } }"), sentence);
}

TEST(ShareParamsTest, ATestNetTakesTheMemoryOfATrainNet) {
  Net train(Source(TwoProducts("", "")));
  Net::Options options;
  options.share_with = &train;
  Net test(Source(TwoProducts("", "")), Context(), options);
  Param(&train, "a").blob.data.CopyFrom(std::vector<float>{6});
  EXPECT_EQ(Param(&test, "a").blob.data.ToVector(), std::vector<float>({6}));
}

TEST(ShareParamsTest, NetsThatShareMustHaveTheSameShapes) {
  Net train(Source(TwoProducts("", "")));
  Net::Options options;
  options.share_with = &train;
  EXPECT_EQ(ErrorOf([&] {
              Net test(Source(TwoProducts("", "", 2)), Context(), options);
            }),
            "test.prototxt:8: layer \"b\" (InnerProduct): has a parameter of "
            "shape 2x1, but 1x1 in the net that it shares it with");
  const std::string with_bias =
      "layer { name: 'in' type: 'Input' top: 'x' input_param { shape { dim: 1 "
      "dim: 1 } } }\n"
      "layer { name: 'a' type: 'InnerProduct' bottom: 'x' top: 'y' "
      "inner_product_param { num_output: 1 } }";
  EXPECT_EQ(ErrorOf([&] { Net test(Source(with_bias), Context(), options); }),
            "test.prototxt:2: layer \"a\" (InnerProduct): has 2 parameters, "
            "but 1 in the net that it shares them with");
}

}  // namespace
}  // namespace doppio
