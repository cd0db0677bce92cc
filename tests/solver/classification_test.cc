#include "solver/classification.h"

#include <cmath>
#include <sstream>

#include "doppio/error.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

void Add(Classification* result, std::vector<float> probabilities, int label,
         int64_t record = 0) {
  result->Add(probabilities.data(), label, record);
}

TEST(ClassificationTest, CountsLabelsAmongTheBest) {
  Classification result(7, 0, true);
  const std::vector<float> falling = {7, 6, 5, 4, 3, 2, 1};
  Add(&result, falling, 0);
  Add(&result, falling, 1);
  Add(&result, falling, 4);
  Add(&result, falling, 5);
  EXPECT_EQ(result.TopK(1), 0.25);
  EXPECT_EQ(result.TopK(2), 0.5);
  EXPECT_EQ(result.TopK(5), 0.75);
}

TEST(ClassificationTest, OfEqualOnesTheLowerNumberComesFirst) {
  Classification result(3, 0, true);
  Add(&result, {1, 1, 1}, 0);
  Add(&result, {1, 1, 1}, 1);
  EXPECT_EQ(result.TopK(1), 0.5);
  EXPECT_EQ(result.TopK(2), 1);
}

Classification Example() {
  Classification result(2, 2, true);
  Add(&result, {0.9f, 0.1f}, 0, 10);
  Add(&result, {0.6f, 0.4f}, 1, 11);
  Add(&result, {0.8f, 0.2f}, 1, 12);
  Add(&result, {0.3f, 0.7f}, 0, 13);
  return result;
}

TEST(ClassificationTest, RemembersTheMistakesThatTheNetWasSurestOf) {
  const Classification result = Example();
  ASSERT_EQ(result.worst().size(), 2u);
  EXPECT_EQ(result.worst()[0].record, 12);
  EXPECT_EQ(result.worst()[1].record, 13);
  EXPECT_EQ(result.worst()[1].taken_for, 1);
  EXPECT_EQ(result.worst()[1].of_label, 0.3f);
}

TEST(ClassificationTest, TellsWhichClassWasTakenForWhich) {
  const Classification result = Example();
  EXPECT_EQ(result.confusion(), std::vector<int64_t>({1, 1, 2, 0}));
  EXPECT_EQ(result.ConfusionCsv({"a \"b\""}),
            "\"true class\",\"0 a \"\"b\"\"\",\"1\"\n"
            "\"0 a \"\"b\"\"\",1,1\n"
            "\"1\",2,0\n");
  std::ostringstream table;
  result.PrintTable({"cat", "dog"}, &table);
  EXPECT_EQ(table.str(),
            "class    images     found  most often taken for\n"
            "0 cat         2   50.00 %  1 dog, 1\n"
            "1 dog         2    0.00 %  0 cat, 2\n");
}

TEST(ClassificationTest, WhatIsNotANumberIsNotFound) {
  Classification result(2, 1, false);
  Add(&result, {NAN, NAN}, 0);
  EXPECT_EQ(result.images(), 1);
  EXPECT_EQ(result.TopK(1), 0);
  EXPECT_TRUE(result.confusion().empty());
}

TEST(ClassificationTest, LabelsAreClasses) {
  Classification result(2, 0, true);
  try {
    Add(&result, {1, 0}, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "a label is 2, but the net tells 2 classes, from 0 on");
  }
}

}  // namespace
}  // namespace doppio
