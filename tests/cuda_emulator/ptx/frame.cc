// Running a program: frames for calls, and step after step.

#include "../cuda_language.h"
#include "program.h"

namespace emulator::ptx {
namespace {

// Those of a kernel that failed stay behind.
std::vector<std::unique_ptr<Frame>> frames;
std::vector<Frame*> unused;

unsigned Special(int which) {
  const unsigned thread =
      threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  const unsigned values[] = {threadIdx.x, threadIdx.y, threadIdx.z, blockIdx.x,
                             blockIdx.y,  blockIdx.z,  blockDim.x,  blockDim.y,
                             blockDim.z,  gridDim.x,   gridDim.y,   gridDim.z,
                             Lane(),      thread / 32};
  return values[which];
}

}  // namespace

const Step* running_step = nullptr;

Frame* TakeFrame(const Kernel& kernel, const Program& program, Frame* caller) {
  if (unused.empty()) {
    frames.push_back(std::make_unique<Frame>());
    unused.push_back(frames.back().get());
  }
  Frame* frame = unused.back();
  unused.pop_back();
  frame->kernel = &kernel;
  frame->program = &program;
  frame->caller = caller;
  frame->slots = program.slots;
  frame->memory.assign(program.frame_bytes, '\xff');  // NaNs
  for (const auto& [slot, which] : program.special) {
    frame->Set<uint32_t>(slot, Special(which));
  }
  for (const auto& [slot, offset] : program.frame_addresses) {
    frame->Set(slot, frame->memory.data() + offset);
  }
  return frame;
}

void GiveBack(Frame* frame) { unused.push_back(frame); }

void Run(Frame* frame) {
  frame->next = frame->program->steps.data();
  for (;;) {
    const Step& step = *frame->next++;
    if (step.run == nullptr) return;
    if (step.guard >= 0 && (frame->slots[step.guard] != 0) == step.unless) {
      continue;
    }
    running_step = &step;
    step.run(*frame, step);
  }
}

}  // namespace emulator::ptx
