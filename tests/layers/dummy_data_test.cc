#include "layers/layer_test.h"

namespace doppio {
namespace {

class DummyDataTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, DummyDataTest, testing::ValuesIn(Devices()));

std::string DummyDataText(const std::string& tops, const std::string& param) {
  return "name: 'd' type: 'DummyData' " + tops + " dummy_data_param { " +
         param + " }";
}

TEST_P(DummyDataTest, FillsWithZerosOrConstants) {
  EXPECT_EQ(Forward(DummyDataText("top: 'a'", "shape { dim: 2 }"), {}),
            std::vector<float>({0, 0}));
  LayerRun run =
      Make(DummyDataText("top: 'a' top: 'b'",
                         "shape { dim: 2 } shape { dim: 1 dim: 1 }"
                         "data_filler { value: 3 } data_filler { value: 4 }"),
           {});
  run.Forward();
  EXPECT_EQ(run.Top(0), std::vector<float>({3, 3}));
  EXPECT_EQ(run.Top(1), std::vector<float>({4}));
}

TEST_P(DummyDataTest, OneShapeAndFillerServeAllTops) {
  LayerRun run =
      Make(DummyDataText("top: 'a' top: 'b'",
                         "shape { dim: 2 } data_filler { value: 3 }"),
           {});
  run.Forward();
  EXPECT_EQ(run.Top(0), std::vector<float>({3, 3}));
  EXPECT_EQ(run.Top(1), std::vector<float>({3, 3}));
}

TEST_P(DummyDataTest, TakesTheOlderFourNumbers) {
  const std::string text = DummyDataText(
      "top: 'a' top: 'b'", "num: 2 channels: 3 channels: 4 height: 5 width: 6");
  EXPECT_EQ(TopShape(text, {}, 0), Shape({2, 3, 5, 6}));
  EXPECT_EQ(TopShape(text, {}, 1), Shape({2, 4, 5, 6}));
}

TEST_P(DummyDataTest, FillsConstantsOnce) {
  LayerRun run = Make(
      DummyDataText("top: 'a'", "shape { dim: 2 } data_filler { value: 3 }"),
      {});
  run.Forward();
  run.tops[0].data.CopyFrom({7, 8});  // as a layer in place would
  EXPECT_EQ(run.Forward().Top(), std::vector<float>({7, 8}));
}

TEST_P(DummyDataTest, DrawsAnewInEveryPass) {
  LayerRun run =
      Make(DummyDataText("top: 'a' top: 'b'",
                         "shape { dim: 100 } data_filler { type: 'uniform' }"),
           {});
  run.Forward();
  const std::vector<float> first = run.Top(0);
  EXPECT_NE(run.Top(1), first);
  run.layer->set_pass(1);
  EXPECT_NE(run.Forward().Top(0), first);
  run.layer->set_pass(0);
  EXPECT_EQ(run.Forward().Top(0), first);
}

TEST_P(DummyDataTest, WantsOneEntryOrOneForEach) {
  const std::string tops = "top: 'a' top: 'b' top: 'c'";
  const std::string advice = " for 3 tops; give one for all, or one for each";
  EXPECT_EQ(ErrorOf(DummyDataText(tops, ""), {}),
            "dummy_data_param has 0 entries of shape" + advice);
  EXPECT_EQ(
      ErrorOf(DummyDataText(tops, "shape { dim: 1 } shape { dim: 2 }"), {}),
      "dummy_data_param has 2 entries of shape" + advice);
  EXPECT_EQ(ErrorOf(DummyDataText(tops, "num: 1 channels: 1 height: 1"), {}),
            "dummy_data_param has 0 entries of width" + advice);
  EXPECT_EQ(ErrorOf(DummyDataText(
                        tops, "shape { dim: 1 } data_filler {} data_filler {}"),
                    {}),
            "dummy_data_param has 2 entries of data_filler" + advice);
}

TEST_P(DummyDataTest, WantsOneWayToGiveShapes) {
  EXPECT_EQ(ErrorOf(DummyDataText("top: 'a'", "shape { dim: 1 } num: 1"), {}),
            "dummy_data_param has both shape and the older num, channels, "
            "height and width; keep one");
}

TEST_P(DummyDataTest, WantsAFillerThatExists) {
  EXPECT_EQ(ErrorOf(DummyDataText("top: 'a'",
                                  "shape { dim: 1 } "
                                  "data_filler { type: 'gausian' }"),
                    {}),
            "unknown filler \"gausian\"; did you mean \"gaussian\"?");
}

}  // namespace
}  // namespace doppio
