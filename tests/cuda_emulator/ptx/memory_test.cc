// Memory, what threads do together, and mistakes.

#include "ptx_fixture.h"

namespace emulator::ptx {
namespace {

TEST_F(PtxTest, ReadsVariablesOfTheModule) {
  const std::string variables =
      ".const .align 4 .f32 third = 0f3EAAAAAB;\n"
      ".global .align 4 .b8 bytes[4] = {1, 2, 3, 4};\n"
      ".visible .global .u32 table[2][2] = {{5, 6}, {7, 8}};\n";
  const std::string load =
      "ld.const.u32 %r1, [third]; ld.global.u32 %r2, [bytes];\n"
      "mov.u64 %rd2, table; cvta.global.u64 %rd3, %rd2;\n"
      "ld.v2.u32 {%r3, %r4}, [%rd3+8];\n"
      "st.global.v4.u32 [%rd1], {%r1, %r2, %r3, %r4};";
  EXPECT_EQ(Run(kHead + variables + KernelOf(load), Words(4)),
            Words({0x3eaaaaab, 0x04030201, 7, 8}));
  EXPECT_EQ(reports_, "");
}

TEST_F(PtxTest, HasLocalMemory) {
  EXPECT_EQ(Result(".local .align 8 .b8 depot[8];\nmov.u64 %rd2, depot;\n"
                   "cvta.local.u64 %rd3, %rd2;\nst.local.u32 [%rd2+4], 7;\n"
                   "ld.u32 %r0, [%rd3+4];"),
            7u);
}

TEST_F(PtxTest, KeepsTheSignOfWhatItLoads) {
  EXPECT_EQ(Result("st.global.u32 [%rd1], 0x80;\nld.global.s8 %r0, [%rd1];"),
            0xffffff80u);
  EXPECT_EQ(Result("st.global.u32 [%rd1], 0x80;\nld.global.u8 %r0, [%rd1];"),
            0x80u);
}

TEST_F(PtxTest, SharesMemoryAmongThreads) {
  const std::string dynamic = ".extern .shared .align 16 .b8 dynamic[];\n";
  // In static and in dynamic memory, each thread's word from the other end.
  const std::string reverse =
      ".shared .align 4 .b8 fixed[12];\n"
      "mov.u32 %r1, %tid.x; shl.b32 %r2, %r1, 2; cvt.u64.u32 %rd2, %r2;\n"
      "add.s64 %rd3, %rd1, %rd2; ld.global.u32 %r3, [%rd3];\n"
      "mov.u32 %r4, fixed; add.s32 %r5, %r4, %r2;\n"
      "mov.u32 %r6, dynamic; add.s32 %r7, %r6, %r2;\n"
      "st.shared.u32 [%r5], %r3; st.shared.u32 [%r7], %r1;\n"
      "bar.sync 0;\n"
      "sub.s32 %r8, 8, %r2; add.s32 %r9, %r4, %r8; add.s32 %r10, %r6, %r8;\n"
      "ld.shared.u32 %r11, [%r9]; ld.shared.u32 %r12, [%r10];\n"
      "mad.lo.s32 %r13, %r11, 100, %r12; st.global.u32 [%rd3], %r13;";
  const std::string ptx = kHead + dynamic + KernelOf(reverse);
  EXPECT_EQ(Run(ptx, {4, 5, 6}, 3, 12), Words({602, 501, 400}));
  EXPECT_EQ(reports_, "");
  Run(ptx, {4, 5, 6}, 3, 8);
  EXPECT_NE(reports_.find("bytes of shared memory"), std::string::npos);
}

// Of each lane, what the statements leave in %r0 of its lane in %r1.
const char* const kByLane =
    "mul.wide.u32 %rd2, %r1, 4; add.s64 %rd2, %rd1, %rd2;"
    "st.global.u32 [%rd2], %r0;";

TEST_F(PtxTest, ShufflesWithinAWarp) {
  const auto shuffle = [this](const std::string& how) {
    return Run(kHead + KernelOf("mov.u32 %r1, %tid.x;\nshfl.sync." + how +
                                ", -1;\nselp.u32 %r3, 0, 100, %p1;\n"
                                "add.u32 %r0, %r2, %r3;" +
                                kByLane),
               Words(32), 32);
  };
  EXPECT_EQ(shuffle("bfly.b32 %r2|%p1, %r1, 1, 31")[6], 7u);
  const Words up = shuffle("up.b32 %r2|%p1, %r1, 2, 0");
  EXPECT_EQ(up[1], 101u);  // outside, so its own
  EXPECT_EQ(up[5], 3u);
  const Words down = shuffle("down.b32 %r2|%p1, %r1, 2, 0x181f");  // of eight
  EXPECT_EQ(down[13], 15u);
  EXPECT_EQ(down[14], 114u);
  EXPECT_EQ(shuffle("idx.b32 %r2|%p1, %r1, 3, 0x181f")[17], 19u);
  EXPECT_EQ(reports_, "");
}

TEST_F(PtxTest, Votes) {
  const auto vote = [this](const std::string& how) {
    return Run(kHead + KernelOf("mov.u32 %r1, %tid.x;\n"
                                "setp.lt.u32 %p1, %r1, 4;\n" +
                                how + kByLane),
               Words(32), 32)[31];
  };
  EXPECT_EQ(vote("vote.sync.ballot.b32 %r0, %p1, -1;"), 15u);
  EXPECT_EQ(vote("vote.sync.ballot.b32 %r0, !%p1, -1;"), 0xfffffff0u);
  EXPECT_EQ(vote("vote.sync.any.pred %p2, %p1, -1; selp.u32 %r0, 1, 0, %p2;"),
            1u);
  EXPECT_EQ(vote("vote.sync.all.pred %p2, %p1, -1; selp.u32 %r0, 1, 0, %p2;"),
            0u);
  EXPECT_EQ(vote("bar.red.popc.u32 %r0, 0, %p1;"), 4u);
  EXPECT_EQ(reports_, "");
}

TEST_F(PtxTest, UpdatesAtomically) {
  const std::string statements =
      "mov.u32 %r1, %tid.x; red.global.add.u32 [%rd1], %r1;\n"
      "atom.global.max.s32 %r2, [%rd1+4], %r1;\n"
      "atom.global.cas.b32 %r2, [%rd1+8], 3, 9;\n"
      "atom.global.add.f32 %f1, [%rd1+12], 0f3F800000;";
  EXPECT_EQ(Run(kHead + KernelOf(statements), {5, 2, 3, 0}, 4),
            Words({11, 3, 9, 0x40800000}));
  EXPECT_EQ(reports_, "");
}

TEST_F(PtxTest, NamesWhatItDoesNotKnow) {
  ExpectReport("madc.lo.u32 %r0, %r1, %r2, %r3;",
               "PTX line 16: unknown instruction madc.lo.u32");
  ExpectReport("add.cc.u32 %r0, %r1, %r2;", "unknown instruction add.cc.u32");
  ExpectReport("add.s32 %r0, %r1, %r20;", "PTX line 16: unknown name %r20");
  ExpectReport("mov.u32 %r0, %clock;", "unknown name %clock");
  ExpectReport("bra nowhere;", "there is no label nowhere");
  ExpectReport("add.s32 %r0, %r1;", "a wrong number of operands");
  ExpectReport(".what 3;", "PTX line 16: unknown instruction .what");
  ExpectReport("bar.sync 1;", "only barrier 0");
  ExpectReport("@%p1 fma.rn.bf16 %rs1, %rs1, %rs1, %rs1;",
               "unknown instruction fma.rn.bf16");
}

TEST_F(PtxTest, ReportsWrongAccesses) {
  ExpectReport("st.global.u32 [%rd1+16], 1;",
               "PTX line 16, st.global.u32: writes 4 bytes outside");
  ExpectReport("ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%rd1+4];",
               "at an address not aligned so");
  ExpectReport("mov.u64 %rd2, 0; ld.u32 %r0, [%rd2];", "reads host memory");
  ExpectReport(".local .align 4 .b8 depot[8];\nld.local.u32 %r0, [depot+8];",
               "outside the thread's local memory");
  ExpectReport("mov.u32 %r0, %tid.x; st.global.u32 [%rd1], %r0;", "race", 2);
  ExpectReport("trap;", "a trap");
}

TEST_F(PtxTest, ReportsWritesOfConstants) {
  const std::string ptx = kHead + ".const .u32 one = 1;\n" +
                          KernelOf(
                              "mov.u64 %rd2, one; cvta.const.u64 %rd2, %rd2;\n"
                              "st.u32 [%rd2], 1;");
  Run(ptx, {0});
  EXPECT_NE(reports_.find("of constant memory"), std::string::npos);
}

TEST_F(PtxTest, ReportsThreadsThatMissABarrier) {
  ExpectReport(
      "mov.u32 %r1, %tid.x; setp.eq.u32 %p1, %r1, 0;\n"
      "@%p1 bra other;\nbar.sync 0;\nret;\nother:\nbar.sync 0;\n",
      "different barriers", 2);
}

}  // namespace
}  // namespace emulator::ptx
