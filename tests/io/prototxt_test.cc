#include "doppio/prototxt.h"

#include "io/io_test.h"
#include "io/prototxt_errors.h"

namespace doppio {
namespace {

// The Errors of texts that are read under a short name.
std::string SolverError(const std::string& text) {
  return ErrorOf([&] { ParseSolver(text, "s"); });
}
std::string NetError(const std::string& text) {
  return ErrorOf([&] { ParseNet(text, "n"); });
}

class PrototxtTest : public IoTest {};

TEST_F(PrototxtTest, KnowsWhereEachLayerBegins) {
  const NetSource source = ParseNet(
      "name: \"net\"\n"
      "layer { name: \"a\" type: \"ReLU\" }\n"
      "# comment\n"
      "layer {\n"
      "  name: \"b\" type: \"LRN\" lrn_param { alpha: 1 }\n"
      "} layer { name: \"c\" }\n",
      "net.prototxt");
  EXPECT_EQ(source.layer_lines, std::vector<int>({2, 4, 6}));
  EXPECT_EQ(source.Locate(1), "net.prototxt:4: layer \"b\" (LRN)");
}

TEST_F(PrototxtTest, LocatesLayersOfNoFileOrLine) {
  NetSource source;
  source.net.add_layer()->set_name("a");
  EXPECT_EQ(source.Locate(0), "layer \"a\" ()");
  source.file = "f";
  source.layer_lines = {0};
  EXPECT_EQ(source.Locate(0), "f: layer \"a\" ()");
}

TEST_F(PrototxtTest, ReadsFiles) {
  const std::string net = Store("net", "layer { name: \"a\" }");
  EXPECT_EQ(ReadNet(net).net.layer(0).name(), "a");
  EXPECT_EQ(ReadNet(net).file, net);
  EXPECT_EQ(ReadSolver(Store("solver", "max_iter: 5")).solver.max_iter(), 5);
  EXPECT_EQ(ErrorOf([&] { ReadSolver(Path("none")); }),
            "cannot open " + Path("none") + ": No such file or directory");
  EXPECT_EQ(ErrorOf([&] { ReadNet(Store("typo", "nam: 1")); }),
            Path("typo") +
                ":1:1: no field \"nam\" in NetParameter; did you mean "
                "\"name\"?");
}

TEST_F(PrototxtTest, TakesWhateverTheTextFormatTakes) {
  const SolverParameter solver =
      ParseSolver(
          "\xEF\xBB\xBF"  // a mark that says UTF-8
          "net: \"a\" 'b'\n  \"c\" # comment\n"
          "net_param: < name: 'n\\x41\\n\\'' >; max_iter: 0x10, "
          "stepvalue: [1, 2] stepvalue: 010\n"
          "base_lr: 1e-2f momentum: .5 delta: inf test_interval:-0\n"
          "debug_info: t solver_mode: 0 test_net_param [{}, {}]\r\n",
          "s")
          .solver;
  EXPECT_EQ(solver.net(), "abc");
  EXPECT_EQ(solver.net_param().name(), "nA\n'");
  EXPECT_EQ(solver.max_iter(), 16);
  EXPECT_EQ(solver.stepvalue(2), 8);
  EXPECT_FLOAT_EQ(solver.base_lr(), 0.01);
  EXPECT_EQ(solver.solver_mode(), SolverParameter::CPU);
  EXPECT_TRUE(solver.debug_info());
  EXPECT_EQ(solver.test_net_param_size(), 2);
}

TEST_F(PrototxtTest, NamesTheFieldThatWasMeant) {
  EXPECT_EQ(SolverError("net: \"x\"\n\nbase_ir: 0.1"),
            "s:3:1: no field \"base_ir\" in SolverParameter; did you mean "
            "\"base_lr\"?");
  EXPECT_EQ(NetError("layer {\n  pooling_param {\n    kernelsize: 3\n  }\n}"),
            "n:3:5: no field \"kernelsize\" in PoolingParameter; did you mean "
            "\"kernel_size\"?");
  EXPECT_EQ(SolverError("net_param { layer { Name: 'a' } }"),
            "s:1:21: no field \"Name\" in LayerParameter; did you mean "
            "\"name\"?");
  EXPECT_EQ(SolverError("test_net_param: [{ name: 'a' }, { nme: 'b' }]"),
            "s:1:35: no field \"nme\" in NetParameter; did you mean \"name\"?");
}

TEST_F(PrototxtTest, KnowsOldAndForeignFieldsOfLayers) {
  EXPECT_EQ(NetError("layer { blobs_lr: 1 }"),
            "n:1:9: no field \"blobs_lr\" in LayerParameter; in place of what "
            "an old \"layers\" has, write param { lr_mult: ... }");
  EXPECT_EQ(
      NetError("layer { prior_box_param {} }"),
      "n:1:9: no field \"prior_box_param\" in LayerParameter; there is no "
      "layer type \"PriorBox\", known from SSD");
  EXPECT_EQ(NetError("layers { type: \"ReLU\" }"),
            "n:1:16: a type in quotes belongs to \"layer\", not to an old "
            "\"layers\", where it is a name like RELU; here is \"ReLU\"");
}

TEST_F(PrototxtTest, NamesTheValueThatWasMeant) {
  EXPECT_EQ(NetError("layer {\n  pooling_param { pool: AVG }\n}"),
            "n:2:25: \"pool\" has no value \"AVG\"; did you mean \"AVE\"?");
  EXPECT_EQ(
      NetError("layer { phase: TRIAN\n}"),
      "n:1:16: \"phase\" has no value \"TRIAN\"; did you mean \"TRAIN\"?");
  EXPECT_EQ(NetError("layer { pooling_param { pool: 7 } }"),
            "n:1:31: \"pool\" has no value \"7\"; it takes one of MAX, AVE, "
            "STOCHASTIC");
  EXPECT_EQ(NetError("layer { pooling_param { pool: \"MAX\" } }"),
            "n:1:31: \"pool\" takes one of MAX, AVE, STOCHASTIC, not \"MAX\"");
}

TEST_F(PrototxtTest, SaysWhichValuesAFieldTakes) {
  EXPECT_EQ(SolverError("base_lr: fast"),
            "s:1:10: \"base_lr\" takes a number, not fast");
  EXPECT_EQ(SolverError("base_lr: 0x1"),
            "s:1:10: \"base_lr\" takes a number, not 0x1");
  EXPECT_EQ(SolverError("base_lr: [1]"),
            "s:1:10: \"base_lr\" takes a number, not [");
  EXPECT_EQ(SolverError("base_lr:"),
            "s:1:9: \"base_lr\" takes a number, not the end of the file");
  EXPECT_EQ(SolverError("net: 5"),
            "s:1:6: \"net\" takes a text in quotes, not 5");
  EXPECT_EQ(SolverError("net_param: 5"),
            "s:1:12: \"net_param\" takes a block { ... }, not 5");
  EXPECT_EQ(SolverError("base_lr { }"),
            "s:1:9: \"base_lr\" takes a number, not a block { ... }");
  EXPECT_EQ(SolverError("debug_info: yes\nnet: 'x'"),
            "s:1:13: \"debug_info\" takes true or false, not yes");
  EXPECT_EQ(SolverError("debug_info: 2"),
            "s:1:13: \"debug_info\" takes true or false, not 2");
}

TEST_F(PrototxtTest, SaysTheRangeOfWholeNumbers) {
  EXPECT_EQ(SolverError("max_iter: 1.5"),
            "s:1:11: \"max_iter\" takes a whole number from -2147483648 to "
            "2147483647, not 1.5");
  EXPECT_EQ(SolverError("max_iter: -3000000000"),
            "s:1:12: \"max_iter\" takes a whole number from -2147483648 to "
            "2147483647, not -3000000000");
  EXPECT_EQ(NetError("layer { pooling_param { pad: -1 } }"),
            "n:1:30: \"pad\" takes a whole number from 0 to 4294967295, not "
            "-1");
  EXPECT_EQ(SolverError("random_seed: 99999999999999999999"),
            "s:1:14: \"random_seed\" takes a whole number from -2^63 to 2^63 - "
            "1, not 99999999999999999999");
}

TEST_F(PrototxtTest, TellsAFieldThatStandsTwice) {
  EXPECT_EQ(SolverError("base_lr: 1\nmax_iter: 2\nbase_lr: 3"),
            "s:3:1: \"base_lr\" stands here a second time; keep one");
  EXPECT_EQ(NetError("layer { lrn_param {} lrn_param {} }"),
            "n:1:22: \"lrn_param\" stands here a second time; keep one");
}

TEST_F(PrototxtTest, TellsBlocksThatAreNotClosed) {
  EXPECT_EQ(NetError("layer {\n}\nlayer {\n  name: \"a\"\n"),
            "n:3:1: the block \"layer\" that begins here is never closed; a } "
            "is missing");
  EXPECT_EQ(NetError("layer {\n  lrn_param { alpha: 1\n}"),
            "n:1:1: the block \"layer\" that begins here is never closed; a } "
            "is missing");
  EXPECT_EQ(NetError("layer { } }"),
            "n:1:11: this } closes nothing; there is one too many, or a { is "
            "missing before");
  EXPECT_EQ(NetError("layer { >"),
            "n:1:9: the block \"layer\" must be closed with }, not >");
  EXPECT_EQ(NetError("layer < }"),
            "n:1:9: the block \"layer\" must be closed with >, not }");
}

TEST_F(PrototxtTest, TellsQuotesThatAreNotClosed) {
  EXPECT_EQ(SolverError("net: \"abc\nmax_iter: 3"),
            "s:1:10: the text in quotes is not closed on its line; a quote is "
            "missing");
  EXPECT_EQ(SolverError("net: \"abc"),
            "s:1:10: the file ends within a text in quotes; a quote is "
            "missing");
}

TEST_F(PrototxtTest, TellsWhatStandsWhereAFieldShould) {
  EXPECT_EQ(SolverError("base_lr 0.1"),
            "s:1:9: \"base_lr\" needs a colon after it, but here is 0.1");
  EXPECT_EQ(SolverError("base_lr"),
            "s:1:8: \"base_lr\" needs a colon after it, but here is the end of "
            "the file");
  EXPECT_EQ(SolverError("net: 'a' 'b' 3"),
            "s:1:14: the name of a field must stand here, not 3");
  EXPECT_EQ(SolverError("// rate\nbase_lr: 1"),
            "s:1:1: the name of a field must stand here, not /; a comment "
            "begins with #");
  EXPECT_EQ(SolverError("stepvalue: [1 2]"),
            "s:1:15: the list of \"stepvalue\" goes on with a comma or ends "
            "with ], but here is 2");
  EXPECT_EQ(SolverError("[a.b]: 3"),
            "s:1:5: names in [ ] (extensions) are not known here");
}

TEST_F(PrototxtTest, TellsMistakesWithinAWord) {
  EXPECT_EQ(SolverError("net: \"C:\\data\""),
            "s:1:10: there is no such escape; write a backslash in quotes as "
            "\\\\");
  EXPECT_EQ(SolverError("net: \"\\xyz\""),
            "s:1:9: \\x needs hexadecimal digits; write a backslash in quotes "
            "as \\\\");
  EXPECT_EQ(SolverError("net: \"\\users\""),
            "s:1:9: \\u needs four hexadecimal digits; write a backslash in "
            "quotes as \\\\");
  EXPECT_EQ(SolverError("net: \"\\Users\""),
            "s:1:9: \\U needs eight hexadecimal digits up to 10ffff; write a "
            "backslash in quotes as \\\\");
  EXPECT_EQ(SolverError("net: \xE2\x80\x9C"
                        "a\xE2\x80\x9D"),
            "s:1:6: outside of quotes only ASCII can stand; perhaps this is a "
            "typographic quote or space");
  EXPECT_EQ(SolverError(std::string("max_iter: 1\n\0", 13)),
            "s:2:1: a control character stands here; is this a text file?");
  EXPECT_EQ(SolverError("base_lr: 0.0.1"),
            "s:1:13: the number has a second point or exponent");
  EXPECT_EQ(SolverError("base_lr: 1e"),
            "s:1:12: the number ends with its e; the exponent is missing");
  EXPECT_EQ(SolverError("max_iter: 089"),
            "s:1:12: a number that starts with 0 is octal, without digits 8 "
            "and 9; drop the 0");
  EXPECT_EQ(SolverError("base_lr: 01.5"),
            "s:1:12: hexadecimal and octal numbers are whole; drop the point, "
            "or the 0 at the start");
  EXPECT_EQ(SolverError("max_iter: 0x"),
            "s:1:13: 0x needs hexadecimal digits after it");
  EXPECT_EQ(SolverError("max_iter: 10k"),
            "s:1:13: the number runs into a word; put a space between them");
}

TEST_F(PrototxtTest, PassesOnAComplaintItDoesNotKnow) {
  EXPECT_STREQ(
      Explain({0, 5, "Odd."}, "net: 'a'", "s", *SolverParameter::descriptor())
          .what(),
      "s:1:6: this is not understood (Odd.)");
}

TEST_F(PrototxtTest, RefusesATextOfMoreThanTwoGigabytes) {
  const std::string path = Store("large", "");
  std::filesystem::resize_file(path, uintmax_t{1} << 31);
  EXPECT_EQ(ErrorOf([&] { ReadNet(path); }),
            "cannot read " + path +
                ": it has 2147483648 bytes, but can have 2147483647 at most");
}

}  // namespace
}  // namespace doppio
