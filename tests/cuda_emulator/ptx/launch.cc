#include "launch.h"

#include <cstdio>
#include <set>

#include "../block.h"
#include "../cuda_language.h"
#include "../report.h"

namespace emulator::ptx {
namespace {

struct Started {
  const Kernel* kernel = nullptr;
  std::vector<char> parameters;  // as a frame begins
};

void RunThread(void* p) {
  const auto* started = static_cast<const Started*>(p);
  const Kernel& kernel = *started->kernel;
  Frame* frame = TakeFrame(kernel, *kernel.entry, nullptr);
  std::copy(started->parameters.begin(), started->parameters.end(),
            frame->memory.begin());
  Run(frame);
  GiveBack(frame);
}

std::string PlaceOfThread() {
  const Statement& statement = *running_step->source;
  return "PTX line " + std::to_string(statement.line) + ", " + statement.Name();
}

// What ran, told when the program ends.
struct Statistics {
  std::map<std::pair<const Module*, std::string>, std::unique_ptr<Kernel>>
      kernels;
  // Of every instance of a template; it may be in several modules.
  std::set<std::string> announced, launched;
  long launches = 0;

  ~Statistics() {
    if (announced.empty()) return;
    std::fprintf(stderr, "%zu of %zu kernels ran as PTX, in %ld launches\n",
                 launched.size(), announced.size(), launches);
  }
};

// Objects announce their kernels before other files' variables are made.
Statistics& Ran() {
  static Statistics ran;
  return ran;
}

const Kernel& KernelOf(const Module& module, const std::string& name) {
  auto found = Ran().kernels.find({&module, name});
  if (found == Ran().kernels.end()) {
    found =
        Ran()
            .kernels.emplace(std::pair(&module, name), Assemble(module, name))
            .first;
  }
  return *found->second;
}

std::vector<char> ParametersOf(const Program& entry, void** arguments) {
  std::vector<char> parameters;
  for (const Place& place : entry.parameters) {
    const char* argument = static_cast<const char*>(*arguments++);
    parameters.resize(place.offset);
    parameters.insert(parameters.end(), argument, argument + place.bytes);
  }
  return parameters;
}

}  // namespace

void Announce(const std::string& name) { Ran().announced.insert(name); }

cudaError_t Launch(const cudaLaunchConfig_t& config, const Module& module,
                   const std::string& name, const void* function,
                   void** arguments) {
  const Kernel* kernel = nullptr;
  try {
    kernel = &KernelOf(module, name);
  } catch (const Unreadable& error) {
    Report(name + ": " + error.what());
    return cudaErrorInvalidPtx;
  }
  ++Ran().launches;
  Ran().launched.insert(name);
  progress.place = PlaceOfThread;
  cudaLaunchConfig_t with_static = config;
  with_static.dynamicSmemBytes += kernel->shared_bytes;
  auto* started = new Started{kernel, ParametersOf(*kernel->entry, arguments)};
  return emulator::Launch(
      with_static, function, RunThread,
      [](void* p) { delete static_cast<Started*>(p); }, started,
      sizeof *started, nullptr, 0);
}

}  // namespace emulator::ptx
