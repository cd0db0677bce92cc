#pragma once

#include <functional>
#include <string>

namespace emulator {

// Says what a program did wrong: on stderr, or to the listener if there is one.
// A program with reports on stderr ends with exit code 1.
void Report(const std::string& text);
using Listener = std::function<void(const std::string&)>;
void SetListener(Listener listener);

// Which source line the code at this address came from, "layers/lrn.cu:41";
// empty if the program has no debug information. Takes milliseconds.
std::string SourceOf(const void* code);
// The name of the function that the code belongs to, without parameters.
std::string FunctionOf(const void* code);

}  // namespace emulator
