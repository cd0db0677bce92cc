#include "layers/layer_test.h"

namespace doppio {
namespace {

class TileTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, TileTest, testing::ValuesIn(Devices()));

TEST_P(TileTest, RepeatsAlongAnAxis) {
  const Values x = {{2, 2}, {1, 2, 3, 4}};
  EXPECT_EQ(Forward("type: 'Tile' tile_param { tiles: 2 }", {x}),
            std::vector<float>({1, 2, 1, 2, 3, 4, 3, 4}));
  const char* rows = "type: 'Tile' tile_param { axis: 0 tiles: 2 }";
  EXPECT_EQ(TopShape(rows, {x}), Shape({4, 2}));
  EXPECT_EQ(Forward(rows, {x}), std::vector<float>({1, 2, 3, 4, 1, 2, 3, 4}));
}

TEST_P(TileTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Tile' tile_param { tiles: 3 }", {{{2, 3, 2}, {}}});
  CheckGradient("type: 'Tile' tile_param { axis: -1 tiles: 2 }",
                {{{2, 3, 2}, {}}});
}

TEST_P(TileTest, WantsTheNumberOfCopies) {
  EXPECT_EQ(ErrorOf("type: 'Tile'", {Distinct({2, 3})}),
            "tile_param has tiles: 0; give the number of copies, at least 1");
}

}  // namespace
}  // namespace doppio
