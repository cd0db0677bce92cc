#include "net/filter.h"

#include "net/net_test.h"

namespace doppio {
namespace {

using Strings = std::vector<std::string>;

// Whether a layer with this rule belongs to a net of this state.
bool Belongs(const std::string& rule, const std::string& state) {
  const NetSource filtered = FilterLayers(
      Source("state {" + state + "} layer { name: \"a\" type: \"ReLU\" " +
             rule + "}"));
  return filtered.net.layer_size() == 1;
}

TEST(FilterLayersTest, ALayerWithoutRulesAlwaysBelongs) {
  EXPECT_TRUE(Belongs("", "phase: TRAIN"));
  EXPECT_TRUE(Belongs("", "phase: TEST level: 3 stage: 'x'"));
}

TEST(FilterLayersTest, ThePhaseMustBeTheRules) {
  EXPECT_TRUE(Belongs("include { phase: TRAIN }", "phase: TRAIN"));
  EXPECT_FALSE(Belongs("include { phase: TRAIN }", "phase: TEST"));
  EXPECT_FALSE(Belongs("exclude { phase: TEST }", "phase: TEST"));
  EXPECT_TRUE(Belongs("exclude { phase: TEST }", "phase: TRAIN"));
}

TEST(FilterLayersTest, TheNetCanKeepItsConvolutionsFromWinogradsAlgorithm) {
  const std::string layer = "layer { name: \"a\" type: \"Convolution\" }";
  const auto allowed = [&](const std::string& net) {
    return FilterLayers(Source(net + layer))
        .net.layer(0)
        .convolution_param()
        .winograd();
  };
  EXPECT_TRUE(allowed(""));
  EXPECT_FALSE(allowed("winograd: false "));
}

TEST(FilterLayersTest, AStateWithoutPhaseIsTest) {
  EXPECT_TRUE(Belongs("include { phase: TEST }", ""));
}

TEST(FilterLayersTest, TellsOfABlobWhoseLayerTheRulesLeaveOut) {
  const std::string maker =
      "layer { name: 'd' type: 'Input' top: 'x' include { stage: 'a' } }\n";
  const std::string taker = "layer { name: 'r' type: 'ReLU' bottom: 'x' }";
  const auto error = [](const std::string& text) {
    try {
      RequireMakers(Source(text));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  EXPECT_EQ(error(maker + taker),
            "test.prototxt:2: layer \"r\" (ReLU): takes blob \"x\", but "
            "test.prototxt:1: layer \"d\" (Input), which makes it, has rules "
            "that leave it out in phase TEST, without a stage");
  EXPECT_EQ(error("state { stage: 'b' stage: 'c' level: 2 phase: TRAIN } " +
                  maker + taker),
            "test.prototxt:2: layer \"r\" (ReLU): takes blob \"x\", but "
            "test.prototxt:1: layer \"d\" (Input), which makes it, has rules "
            "that leave it out in phase TRAIN, stage b, c, level 2");
  EXPECT_EQ(error("state { stage: 'a' } " + maker + taker), "none");
  EXPECT_EQ(error(maker + "layer { name: 'e' type: 'Input' top: 'x' }" + taker),
            "none");
}

TEST(FilterLayersTest, LevelsAreRangesWithTheirEnds) {
  const std::string rule = "include { min_level: 2 max_level: 4 }";
  EXPECT_FALSE(Belongs(rule, "level: 1"));
  EXPECT_TRUE(Belongs(rule, "level: 2"));
  EXPECT_TRUE(Belongs(rule, "level: 4"));
  EXPECT_FALSE(Belongs(rule, "level: 5"));
}

TEST(FilterLayersTest, EveryStageOfARuleMustBeThere) {
  const std::string rule = "include { stage: 'a' stage: 'b' }";
  EXPECT_FALSE(Belongs(rule, "stage: 'a'"));
  EXPECT_TRUE(Belongs(rule, "stage: 'b' stage: 'a' stage: 'c'"));
}

TEST(FilterLayersTest, NoNotStageOfARuleMayBeThere) {
  const std::string rule = "include { not_stage: 'a' not_stage: 'b' }";
  EXPECT_TRUE(Belongs(rule, "stage: 'c'"));
  EXPECT_FALSE(Belongs(rule, "stage: 'c' stage: 'b'"));
}

TEST(FilterLayersTest, OneOfSeveralRulesIsEnough) {
  const std::string rules =
      "exclude { phase: TEST } exclude { min_level: 1 stage: 'deploy' }";
  EXPECT_TRUE(Belongs(rules, "phase: TRAIN level: 1"));
  EXPECT_FALSE(Belongs(rules, "phase: TRAIN level: 1 stage: 'deploy'"));
  EXPECT_FALSE(Belongs(rules, "phase: TEST"));
}

TEST(FilterLayersTest, LayersTakeThePhaseOfTheNetUnlessTheyHaveOne) {
  const NetSource filtered =
      FilterLayers(Source("state { phase: TRAIN }"
                          "layer { name: 'a' type: 'Dropout' }"
                          "layer { name: 'b' type: 'Dropout' phase: TEST }"));
  EXPECT_EQ(filtered.net.layer(0).phase(), TRAIN);
  EXPECT_EQ(filtered.net.layer(1).phase(), TEST);
}

TEST(FilterLayersTest, LinesStayWithTheirLayers) {
  const NetSource filtered =
      FilterLayers(Source("layer { name: 'a' type: 'ReLU' include { phase: "
                          "TRAIN } }\n\nlayer { name: 'b' type: 'ReLU' }"));
  EXPECT_EQ(Names(filtered), Strings({"b"}));
  EXPECT_EQ(filtered.Locate(0), "test.prototxt:3: layer \"b\" (ReLU)");
}

TEST(FilterLayersTest, IncludeAndExcludeDoNotGoTogether) {
  EXPECT_EQ(ErrorOf([] {
              Belongs("include { phase: TRAIN } exclude { max_level: 1 }", "");
            }),
            "test.prototxt:1: layer \"a\" (ReLU): has both include and exclude "
            "rules; keep one kind");
}

}  // namespace
}  // namespace doppio
