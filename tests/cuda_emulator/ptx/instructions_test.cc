// Instructions, with results worked out by hand.

#include "ptx_fixture.h"

namespace emulator::ptx {
namespace {

struct Case {
  const char* statement;
  uint32_t expected;
};

TEST_F(PtxTest, ComputesWithIntegers) {
  for (const auto& [statement, expected] : std::vector<Case>{
           {"add.s32 %r0, 2147483647, 1;", 0x80000000},
           {"sub.u32 %r0, 3, 5;", 0xfffffffe},
           {"mul.lo.s32 %r0, 65537, 65537;", 0x20001},
           {"mul.hi.u32 %r0, 0x80000000, 6;", 3},
           {"mul.hi.s32 %r0, -2, 3;", 0xffffffff},
           {"mad.lo.s32 %r0, 3, 4, -5;", 7},
           {"mad.hi.u32 %r0, 0x80000000, 6, 5;", 8},
           {"div.s32 %r0, -7, 2;", static_cast<uint32_t>(-3)},
           {"rem.s32 %r0, -7, 2;", static_cast<uint32_t>(-1)},
           {"div.u32 %r0, 0xffffffff, 16;", 0xfffffff},
           {"rem.u32 %r0, 0xffffffff, 16;", 15},
           {"neg.s32 %r0, 5;", static_cast<uint32_t>(-5)},
           {"abs.s32 %r0, -5;", 5},
           {"min.s32 %r0, -1, 1;", 0xffffffff},
           {"min.u32 %r0, -1, 1;", 1},
           {"max.s32 %r0, -1, 1;", 1},
           {"mul.wide.s32 %rd2, -3, 5; cvt.u32.u64 %r0, %rd2;",
            static_cast<uint32_t>(-15)},
           {"mul.wide.s32 %rd2, -3, 5; shr.u64 %rd2, %rd2, 32;"
            "cvt.u32.u64 %r0, %rd2;",
            0xffffffff},
           {"mul.wide.u32 %rd2, 0x80000000, 6; shr.u64 %rd2, %rd2, 32;"
            "cvt.u32.u64 %r0, %rd2;",
            3},
           {"mul.wide.u16 %r0, 65535, 65535;", 0xfffe0001},
           {"mul.hi.u64 %rd2, 0x8000000000000000, 6; cvt.u32.u64 %r0, %rd2;",
            3}}) {
    EXPECT_EQ(Result(statement), expected) << statement;
  }
}

TEST_F(PtxTest, MovesAndChangesBits) {
  for (const auto& [statement, expected] : std::vector<Case>{
           {"and.b32 %r0, 12, 10;", 8},
           {"or.b32 %r0, 12, 10;", 14},
           {"xor.b32 %r0, 12, 10;", 6},
           {"not.b32 %r0, 0;", 0xffffffff},
           {"shl.b32 %r0, 1, 31;", 0x80000000},
           {"shl.b32 %r0, 1, 32;", 0},
           {"shr.s32 %r0, -8, 1;", static_cast<uint32_t>(-4)},
           {"shr.s32 %r0, -8, 40;", 0xffffffff},
           {"shr.u32 %r0, 0x80000000, 31;", 1},
           {"bfe.u32 %r0, 0x12345678, 8, 8;", 0x56},
           {"bfe.s32 %r0, 0x0000f000, 12, 4;", 0xffffffff},
           {"bfe.s32 %r0, 0x80000000, 28, 9;", 0xfffffff8},
           {"bfi.b32 %r0, 0xab, 0x12345678, 8, 8;", 0x1234ab78},
           {"prmt.b32 %r0, 0x33221100, 0x77665544, 0x7310;", 0x77331100},
           {"prmt.b32 %r0, 0x80, 0, 0x0008;", 0x808080ff},
           {"popc.b32 %r0, 0xff00ff00;", 16},
           {"clz.b32 %r0, 0x00010000;", 15},
           {"clz.b32 %r0, 0;", 32},
           {"brev.b32 %r0, 1;", 0x80000000},
           {"lop3.b32 %r0, 0x0f, 0x33, 0x55, 0x96;", 0x69},
           {"shf.l.wrap.b32 %r0, 0x80000000, 1, 1;", 3},
           {"shf.r.wrap.b32 %r0, 0x10, 1, 4;", 0x10000001},
           {"mov.b64 %rd2, {1, 2}; mov.b64 {%r1, %r0}, %rd2;", 2},
           {"mov.b64 {%r0, _}, 0x200000001;", 1},
           {"mov.u32 %r0, %ntid.x;", 1},
           {"mov.u32 %r0, WARP_SZ;", 32},
           {"{ .reg .b32 %r0; mov.u32 %r0, 1; } mov.u32 %r1, %r1;"
            "mov.u32 %r0, 2;",
            2}}) {
    EXPECT_EQ(Result(statement), expected) << statement;
  }
}

TEST_F(PtxTest, ComputesWithFloats) {
  const uint32_t kOne = 0x3f800000;
  for (const auto& [statement, expected] : std::vector<Case>{
           {"add.f32 %f0, 0f3F800000, 0f40000000;", 0x40400000},
           {"sub.f32 %f0, 0f3F800000, 0f40000000;", 0xbf800000},
           // 1 and three quarters of the last place
           {"add.rn.f32 %f0, 0f3F800000, 0f33C00000;", kOne + 1},
           {"add.rz.f32 %f0, 0f3F800000, 0f33C00000;", kOne},
           {"add.rm.f32 %f0, 0f3F800000, 0f33C00000;", kOne},
           {"add.rp.f32 %f0, 0f3F800000, 0f33000000;", kOne + 1},
           // (1 + 2^-12)^2 - (1 + 2^-11) = 2^-24
           {"fma.rn.f32 %f0, 0f3F800800, 0f3F800800, 0fBF801000;", 0x33800000},
           {"mul.f32 %f0, 0f00000001, 0f3F800000;", 1},
           {"mul.ftz.f32 %f0, 0f00000001, 0f3F800000;", 0},
           {"mul.sat.f32 %f0, 0f40000000, 0f3F800000;", kOne},
           {"min.f32 %f0, 0f7FC00000, 0f3F800000;", kOne},
           {"min.f32 %f0, 0f00000000, 0f80000000;", 0x80000000},
           {"max.f32 %f0, 0f80000000, 0f00000000;", 0},
           {"neg.f32 %f0, 0f00000000;", 0x80000000},
           {"abs.f32 %f0, 0fBF800000;", kOne},
           {"copysign.f32 %f0, 0f80000000, 0f3F800000;", 0xbf800000},
           {"div.rn.f32 %f0, 0f3F800000, 0f40400000;", 0x3eaaaaab},
           {"rcp.rn.f32 %f0, 0f40400000;", 0x3eaaaaab},
           {"sqrt.rn.f32 %f0, 0f40000000;", 0x3fb504f3},
           {"rsqrt.approx.f32 %f0, 0f40800000;", 0x3f000000},
           {"ex2.approx.ftz.f32 %f0, 0f40400000;", 0x41000000},
           {"lg2.approx.f32 %f0, 0f41000000;", 0x40400000},
           {"cos.approx.f32 %f0, 0f00000000;", kOne},
           {"add.f64 %fd1, 0d3FF0000000000000, 0d3FF0000000000000;"
            "cvt.rn.f32.f64 %f0, %fd1;",
            0x40000000}}) {
    const std::string all = std::string(statement) + "mov.b32 %r0, %f0;";
    EXPECT_EQ(Result(all), expected) << statement;
  }
}

TEST_F(PtxTest, Converts) {
  for (const auto& [statement, expected] : std::vector<Case>{
           {"cvt.rni.s32.f32 %r0, 0f40200000;", 2},  // 2.5
           {"cvt.rni.s32.f32 %r0, 0f40600000;", 4},  // 3.5
           {"cvt.rzi.s32.f32 %r0, 0fBFC00000;", static_cast<uint32_t>(-1)},
           {"cvt.rmi.s32.f32 %r0, 0fBFC00000;", static_cast<uint32_t>(-2)},
           {"cvt.rpi.s32.f32 %r0, 0fBFC00000;", static_cast<uint32_t>(-1)},
           {"cvt.rzi.s32.f32 %r0, 0f501502F9;", 0x7fffffff},  // 10^10
           {"cvt.rzi.u32.f32 %r0, 0fBF800000;", 0},
           {"cvt.rzi.s32.f32 %r0, 0f7FC00000;", 0},
           {"cvt.s32.s8 %r0, 0x80;", 0xffffff80},
           {"cvt.u32.u8 %r0, 0x1ff;", 0xff},
           {"cvt.sat.u8.s32 %r0, 300;", 255},
           {"cvt.sat.s8.s32 %r0, -300;", static_cast<uint32_t>(-128)},
           {"cvt.s64.s32 %rd2, -1; shr.u64 %rd2, %rd2, 32;"
            "cvt.u32.u64 %r0, %rd2;",
            0xffffffff},
           {"cvt.rn.f16.f32 %rs1, 0fBF801000; cvt.u32.u16 %r0, %rs1;", 0xbc00},
           {"cvt.rn.f16.f32 %rs1, 0f3F803000; cvt.u32.u16 %r0, %rs1;", 0x3c02},
           {"cvt.rn.f16.f32 %rs1, 0f47800000; cvt.u32.u16 %r0, %rs1;", 0x7c00},
           {"cvt.rn.f32.s32 %f0, 16777217; mov.b32 %r0, %f0;", 0x4b800000},
           {"cvt.rp.f32.s32 %f0, 16777217; mov.b32 %r0, %f0;", 0x4b800001},
           {"cvt.rzi.f32.f32 %f0, 0fBFC00000; mov.b32 %r0, %f0;", 0xbf800000},
           {"cvt.sat.f32.f32 %f0, 0f3FC00000; mov.b32 %r0, %f0;", 0x3f800000},
           {"cvt.sat.f32.f32 %f0, 0f7FC00000; mov.b32 %r0, %f0;", 0}}) {
    EXPECT_EQ(Result(statement), expected) << statement;
  }
}

TEST_F(PtxTest, ComparesAndSelects) {
  const std::string select = "selp.u32 %r0, 1, 0, %p1;";
  for (const auto& [statement, expected] : std::vector<Case>{
           {"setp.lt.s32 %p1, -1, 1;", 1},
           {"setp.lt.u32 %p1, -1, 1;", 0},
           {"setp.hs.u32 %p1, 2, 2;", 1},
           {"setp.lt.f32 %p1, 0f7FC00000, 0f3F800000;", 0},
           {"setp.ltu.f32 %p1, 0f7FC00000, 0f3F800000;", 1},
           {"setp.ne.f32 %p1, 0f7FC00000, 0f3F800000;", 0},
           {"setp.neu.f32 %p1, 0f7FC00000, 0f3F800000;", 1},
           {"setp.nan.f32 %p1, 0f7FC00000, 0f3F800000;", 1},
           {"setp.eq.s32 %p2|%p1, 3, 3;", 0},
           {"setp.eq.s32 %p2, 3, 4; setp.eq.or.s32 %p1, 1, 2, !%p2;", 1},
           {"setp.eq.s32 %p2, 3, 3; not.pred %p1, %p2;", 0},
           {"setp.eq.s32 %p2, 3, 3; setp.eq.s32 %p3, 3, 4;"
            "xor.pred %p1, %p2, %p3;",
            1}}) {
    EXPECT_EQ(Result(statement + select), expected) << statement;
  }
}

TEST_F(PtxTest, Branches) {
  EXPECT_EQ(Result("mov.u32 %r0, 0; mov.u32 %r1, 5;\n"
                   "again:\nadd.u32 %r0, %r0, %r1; sub.u32 %r1, %r1, 1;\n"
                   "setp.ne.u32 %p1, %r1, 0;\n@%p1 bra again;\n"),
            15u);
  EXPECT_EQ(Result("mov.u32 %r1, 1;\n"
                   "table: .branchtargets zero, one;\nbrx.idx %r1, table;\n"
                   "zero: mov.u32 %r0, 10;\nbra.uni end;\n"
                   "one: mov.u32 %r0, 11;\nend:\n"),
            11u);
  EXPECT_EQ(Result("setp.eq.s32 %p1, 1, 1; mov.u32 %r0, 1;"
                   "@!%p1 mov.u32 %r0, 2;"),
            1u);
}

TEST_F(PtxTest, CallsFunctions) {
  const std::string factorial =
      ".visible .func (.param .b32 result) factorial(.param .b32 n)\n{\n"
      ".reg .b32 %r<9>;\n.reg .pred %p<2>;\n"
      "ld.param.u32 %r1, [n];\nmov.u32 %r2, 1;\n"
      "setp.le.u32 %p1, %r1, 1;\n@%p1 bra done;\nsub.u32 %r3, %r1, 1;\n"
      "{\n.param .b32 param0;\nst.param.b32 [param0+0], %r3;\n"
      ".param .b32 retval0;\ncall.uni (retval0), factorial, (param0);\n"
      "ld.param.b32 %r4, [retval0+0];\n}\n"
      "mul.lo.u32 %r2, %r1, %r4;\n"
      "done:\nst.param.b32 [result+0], %r2;\nret;\n}\n";
  const std::string call =
      "{ .param .b32 p; .param .b32 q; st.param.b32 [p], 5;\n"
      "call (q), factorial, (p); ld.param.b32 %r0, [q]; }\n"
      "st.global.u32 [%rd1], %r0;";
  EXPECT_EQ(Run(kHead + factorial + KernelOf(call), {0})[0], 120u);
  EXPECT_EQ(reports_, "");
}

}  // namespace
}  // namespace emulator::ptx
