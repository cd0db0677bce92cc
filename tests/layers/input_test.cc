#include "layers/layer_test.h"

namespace doppio {
namespace {

class InputTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, InputTest, testing::ValuesIn(Devices()));

TEST_P(InputTest, HasTheShapesItIsGiven) {
  const char* each =
      "type: 'Input' top: 'a' top: 'b'"
      "input_param { shape { dim: 2 dim: 3 } shape { dim: 4 } }";
  EXPECT_EQ(TopShape(each, {}, 0), Shape({2, 3}));
  EXPECT_EQ(TopShape(each, {}, 1), Shape({4}));
  const char* for_all =
      "type: 'Input' top: 'a' top: 'b' input_param { shape { dim: 5 } }";
  EXPECT_EQ(TopShape(for_all, {}, 0), Shape({5}));
  EXPECT_EQ(TopShape(for_all, {}, 1), Shape({5}));
  EXPECT_EQ(TopShape("type: 'Input' top: 'a'", {}), Shape({0}));
}

TEST_P(InputTest, LeavesWhatTheCallerFilledIn) {
  LayerRun run =
      Make("type: 'Input' top: 'a' input_param { shape { dim: 2 } }", {});
  run.tops[0].data.CopyFrom({3, 4});
  run.Forward();
  EXPECT_EQ(run.Top(), std::vector<float>({3, 4}));
}

TEST_P(InputTest, WantsOneShapeOrOneForEach) {
  EXPECT_EQ(ErrorOf("type: 'Input' top: 'a' top: 'b' top: 'c'"
                    "input_param { shape { dim: 2 } shape { dim: 3 } }",
                    {}),
            "input_param has 2 shapes for 3 tops; give one for all, or one for "
            "each");
}

TEST_P(InputTest, WantsDimsThatCanBe) {
  EXPECT_EQ(
      ErrorOf("type: 'Input' top: 'a' input_param { shape { dim: -3 } }", {}),
      "a shape has dim: -3; a dim lies in 0 ... 2147483647");
}

}  // namespace
}  // namespace doppio
