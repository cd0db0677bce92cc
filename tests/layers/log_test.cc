#include "layers/layouts.h"

namespace doppio {
namespace {

class LogTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, LogTest, testing::ValuesIn(Devices()));

TEST_P(LogTest, IsTheLogarithmToTheBase) {
  ExpectNear(Forward("type: 'Log'", {{{2}, {1, 2.7182817f}}}), {0, 1});
  ExpectNear(Forward("type: 'Log' log_param { base: 10 scale: 10 }",
                     {{{2}, {0.1f, 10}}}),
             {0, 2});
  ExpectNear(
      Forward("type: 'Log' log_param { base: 2 shift: 1 }", {{{2}, {0, 7}}}),
      {0, 3});
}

TEST_P(LogTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Log' log_param { base: 3 scale: 2 shift: 4 }",
                {{{3, 7}, {}}});
}

TEST_P(LogTest, RunsInAnyLayout) {
  CheckElementwise("type: 'Log' log_param { shift: 4 }", GetParam());
  CheckElementwise("type: 'Log' log_param { shift: 1 scale: 0.1 }", GetParam());
}

TEST_P(LogTest, WantsAPositiveBaseOtherThanOne) {
  for (const char* base : {"1", "0", "-2"}) {
    EXPECT_EQ(
        ErrorOf("type: 'Log' log_param { base: " + std::string(base) + "}",
                {Distinct({1})}),
        "log_param has base: " + std::string(base) +
            "; give a positive one other than 1, or -1 for e");
  }
}

}  // namespace
}  // namespace doppio
