#pragma once

#include <string>
#include <vector>

namespace emulator::ptx {

struct Word {
  std::string text;
  int line = 0;
};

// The words of a PTX text without its comments: names, numbers, strings in
// quotes, and single signs. "cvt.rn.f32.s32" is one, and so is "%tid.x". The
// last one is empty.
std::vector<Word> SplitWords(const std::string& ptx);

}  // namespace emulator::ptx
