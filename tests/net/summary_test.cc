#include "net/summary.h"

#include <set>
#include <sstream>

#include "net/net_test.h"

namespace doppio {
namespace {

Net SmallNet(const std::string& more = "") {
  Net::Options options;
  options.allocate = false;
  return Net(
      Source("name: 'small' state { phase: TRAIN }"
             "layer { name: 'data' type: 'Input' top: 'x' top: 'label'"
             "  input_param { shape { dim: 2 dim: 5 } shape { dim: 2 } } }"
             "layer { name: 'fc' type: 'InnerProduct' bottom: 'x' top: 'y'"
             "  inner_product_param { num_output: 3 } }"
             "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'y'"
             "  bottom: 'label' top: 'loss' }" +
             more),
      Context(), options);
}

TEST(SummaryTest, CountsWhatEachLayerHasAndDoes) {
  const Net net = SmallNet();
  const NetSummary summary = Summarize(net, {{"data", "Data"}});
  ASSERT_EQ(summary.steps.size(), 3u);
  EXPECT_EQ(summary.batch, 2);
  EXPECT_EQ(summary.steps[0].type, "Data");
  EXPECT_EQ(summary.steps[0].output, "2x5, 2");
  const StepSummary& fc = summary.steps[1];
  EXPECT_EQ(fc.type, "InnerProduct");
  EXPECT_EQ(fc.output, "2x3");
  EXPECT_EQ(fc.parameters, 3 * 5 + 3);
  EXPECT_EQ(fc.multiply_adds, 2 * 3 * 5);
  EXPECT_EQ(fc.blob_bytes, 2 * 2 * 3 * sizeof(float));  // data and diff
  EXPECT_GE(fc.parameter_bytes, 18 * sizeof(float));
  EXPECT_EQ(fc.gradient_bytes, fc.parameter_bytes);
  EXPECT_EQ(summary.total.parameters, 18);
  EXPECT_EQ(summary.total.multiply_adds, 30);
}

TEST(SummaryTest, InsertedLayersAreMarkedAndSharedParametersCountOnce) {
  const Net net = SmallNet(
      "layer { name: 'accuracy' type: 'Accuracy' bottom: 'y' bottom: 'label'"
      "  top: 'accuracy' }");
  const NetSummary summary = Summarize(net, {});
  int inserted = 0;
  for (const StepSummary& step : summary.steps) inserted += step.inserted;
  EXPECT_EQ(inserted, 2);  // splits of y and label

  const std::string shared =
      "bottom: 'x' inner_product_param { num_output: 5 } param { name: 'w' } "
      "param { name: 'b' } }";
  Net::Options options;
  options.allocate = false;
  const Net pair(
      Source("layer { name: 'in' type: 'Input' top: 'x' input_param "
             "{ shape { dim: 1 dim: 5 } } }"
             "layer { name: 'a' type: 'InnerProduct' top: 'a' " +
             shared + "layer { name: 'b' type: 'InnerProduct' top: 'b' " +
             shared),
      Context(), options);
  EXPECT_EQ(Summarize(pair, {}).total.parameters, 30);
}

TEST(SummaryTest, ColumnsOfTheTableAreAligned) {
  const std::string table = ToTable(Summarize(SmallNet(), {}));
  std::istringstream in(table);
  std::set<size_t> lengths;
  int lines = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    lengths.insert(line.size());
  }
  EXPECT_EQ(lines, 7);  // title, rule, three layers, rule, total
  EXPECT_EQ(lengths.size(), 1u) << table;
}

TEST(SummaryTest, NumbersHaveSeparators) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1000), "1,000");
  EXPECT_EQ(WithThousands(60965224), "60,965,224");
  EXPECT_EQ(WithThousands(-123456), "-123,456");
  EXPECT_EQ(Mebibytes(0), "0.00");
  EXPECT_EQ(Mebibytes(1 << 20), "1.00");
  EXPECT_EQ(Mebibytes(size_t{1074} << 20), "1,074.00");
  EXPECT_EQ(Mebibytes((1 << 20) / 20), "0.05");
}

TEST(SummaryTest, TheGraphHasABoxPerLayerAndAnEdgePerBlob) {
  EXPECT_EQ(ToDot(SmallNet(), {{"data", "Data"}}),
            "digraph \"small\" {\n"
            "  rankdir=BT;\n"
            "  node [shape=box, fontname=\"sans-serif\"];\n"
            "  edge [fontname=\"sans-serif\", fontsize=10];\n"
            "  layer0 [label=\"data\\nData\"];\n"
            "  layer1 [label=\"fc\\nInnerProduct\"];\n"
            "  layer0 -> layer1 [label=\"x\\n2x5\"];\n"
            "  layer2 [label=\"loss\\nSoftmaxWithLoss\"];\n"
            "  layer1 -> layer2 [label=\"y\\n2x3\"];\n"
            "  layer0 -> layer2 [label=\"label\\n2\"];\n"
            "  blob3 [shape=plaintext, label=\"loss\"];\n"
            "  layer2 -> blob3 [label=\"scalar\"];\n"
            "}\n");
}

}  // namespace
}  // namespace doppio
