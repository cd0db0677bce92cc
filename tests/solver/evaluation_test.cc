#include "solver/evaluation.h"

#include <gtest/gtest.h>

namespace doppio {
namespace {

TEST(EvaluationTest, ValuesHaveFourDecimalsWhereTheseTellSomething) {
  EXPECT_EQ(FormatValue(0.43125), "0.4313");
  EXPECT_EQ(FormatValue(0), "0.0000");
  EXPECT_EQ(FormatValue(-87.3365), "-87.3365");
  EXPECT_EQ(FormatValue(0.000012345), "1.234e-05");
  EXPECT_EQ(FormatValue(1234567), "1.235e+06");
}

TEST(EvaluationTest, NamesEveryOutput) {
  EXPECT_EQ(ToString({{"accuracy", {0.5}, 0}, {"loss", {2}, 1}}),
            "accuracy 0.5000, loss 2.0000");
}

TEST(EvaluationTest, NumbersTheValuesOfAnOutput) {
  EXPECT_EQ(ToString({{"class", {0.5, 0.25}, 0}}),
            "class[0] 0.5000, class[1] 0.2500");
}

TEST(EvaluationTest, TellsALossWeightThatIsNotOne) {
  EXPECT_EQ(ToString({{"loss1", {2}, 0.5}}), "loss1 2.0000 (counts times 0.5)");
}

TEST(EvaluationTest, ShortensWhatNobodyWouldRead) {
  const std::string text = ToString({{"prob", std::vector<float>(1000, 1), 0}});
  EXPECT_NE(text.find("prob[15] 1.0000, 984 more"), std::string::npos) << text;
}

}  // namespace
}  // namespace doppio
