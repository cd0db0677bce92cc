#include "report.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace emulator {
namespace {

Listener listener;

// Leaves at once: what destructors would do to the device no longer matters.
void Fail() {
  std::fflush(nullptr);
  _exit(1);
}

struct Symbol {
  std::string function, source;
};

std::string LineOf(FILE* pipe) {
  char line[1024];
  if (std::fgets(line, sizeof line, pipe) == nullptr) return {};
  std::string text = line;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Symbol Look(const void* code) {
  Dl_info module;
  if (dladdr(code, &module) == 0 || module.dli_fname == nullptr) return {};
  const auto base = reinterpret_cast<uintptr_t>(module.dli_fbase);
  std::ostringstream command;
  command << "addr2line -f -C -e '" << module.dli_fname << "' 0x" << std::hex
          << reinterpret_cast<uintptr_t>(code) - base << " 2>/dev/null";
  FILE* pipe = popen(command.str().c_str(), "r");
  if (pipe == nullptr) return {};
  Symbol symbol;
  symbol.function = LineOf(pipe);
  symbol.source = LineOf(pipe);
  pclose(pipe);
  return symbol;
}

}  // namespace

void Report(const std::string& text) {
  if (listener) {
    listener(text);
    return;
  }
  std::fprintf(stderr, "CUDA emulator: %s\n", text.c_str());
  static const int registered = std::atexit(Fail);
  (void)registered;
}

void SetListener(Listener l) { listener = std::move(l); }

std::string SourceOf(const void* code) {
  std::string source = Look(code).source;
  source = source.substr(0, source.find(" ("));  // " (discriminator 3)"
  if (source.empty() || source[0] == '?') return {};
  // The last two parts of the path tell a file of ours apart.
  size_t slash = source.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    slash = source.rfind('/', slash - 1);
  }
  return slash == std::string::npos ? source : source.substr(slash + 1);
}

std::string FunctionOf(const void* code) {
  std::string name = Look(code).function;
  const std::string hidden = "(anonymous namespace)::";
  for (size_t at; (at = name.find(hidden)) != std::string::npos;) {
    name.erase(at, hidden.size());
  }
  name = name.substr(0, name.find_first_of("(<"));
  name = name.substr(name.rfind(' ') + 1);  // a template's return type
  const size_t scope = name.rfind("::");
  if (scope != std::string::npos) name = name.substr(scope + 2);
  return name.empty() || name[0] == '?' ? "kernel" : name;
}

}  // namespace emulator
