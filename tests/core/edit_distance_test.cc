#include "core/edit_distance.h"

#include <gtest/gtest.h>

namespace doppio {
namespace {

using Names = std::vector<std::string>;

TEST(EditDistanceTest, CountsInsertionsDeletionsAndSubstitutions) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("abc", "abc"), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  EXPECT_EQ(EditDistance("abc", "abd"), 1);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance("sunday", "saturday"), 3);
}

TEST(EditDistanceTest, TheNearestNameHasTheFewestEdits) {
  EXPECT_EQ(Nearest("base_ir", Names({"max_iter", "base_lr", "type"})),
            "base_lr");
  EXPECT_EQ(Nearest("top", Names({"tip", "tap"})), "tip") << "of equals";
  EXPECT_EQ(Nearest("x", Names()), "");
}

TEST(EditDistanceTest, TheCaseOfLettersIsNoEdit) {
  EXPECT_EQ(Nearest("relu", Names({"ELU", "ReLU", "LRN"})), "ReLU");
  EXPECT_EQ(Nearest("CONVOLUTION", Names({"Crop", "Convolution"})),
            "Convolution");
}

TEST(EditDistanceTest, ANameThatIsOnlyBegunIsNear) {
  EXPECT_EQ(Nearest("conv", Names({"Crop", "Convolution", "Concat"})),
            "Convolution");
  EXPECT_EQ(Nearest("elu", Names({"EluGrad", "ELU"})), "ELU");
}

TEST(EditDistanceTest, ANameThatIsFarIsNotMeant) {
  EXPECT_EQ(Nearest("TOPK", Names({"NONE", "VALID"})), "");
  EXPECT_EQ(Nearest("A", Names({"name"})), "") << "one letter begins too much";
  EXPECT_EQ(Nearest("", Names({"ELU"})), "");
}

TEST(EditDistanceTest, WithoutANearNameAFewAreAllSaid) {
  EXPECT_EQ(Suggestion("relu", Names({"ReLU"})), "; did you mean \"ReLU\"?");
  EXPECT_EQ(Suggestion("x", Names({"data", "label"})),
            "; there is \"data\", \"label\"");
  EXPECT_EQ(Suggestion("x", Names()), "");
  EXPECT_EQ(Suggestion("x", Names(100, "data")), "");
}

}  // namespace
}  // namespace doppio
