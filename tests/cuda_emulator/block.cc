#include "block.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <sstream>

#include "cuda_language.h"
#include "report.h"
#include "settings.h"
#include "threads.h"

// What kernels see as constants.
namespace emulator {
uint3 thread_index asm("threadIdx");
uint3 block_index asm("blockIdx");
uint3 block_extent asm("blockDim");
uint3 grid_extent asm("gridDim");

Progress progress;
Block block;

namespace {

Fiber host;
Fiber* current_fiber = &host;
std::vector<std::unique_ptr<Fiber>> fibers;
std::vector<Fiber*> idle;

struct Failure {
  bool happened = false;
  std::string what;
  const void* code = nullptr;
} failure;

void SwitchTo(Fiber* to) {
  Fiber* from = current_fiber;
  current_fiber = to;
  from->SwitchTo(to);
}

void Resume(Thread* thread) {
  block.current = thread;
  thread_index = thread->index;
  progress.thread = static_cast<uint16_t>(IndexOf(*thread));
}

void ReleaseBarrier() {
  if (block.waiting == 0 || block.waiting < block.live) return;
  for (const int i : block.order) {
    Thread& thread = block.threads[i];
    if (thread.state != Thread::State::kAtBarrier) continue;
    const bool all = block.votes == block.waiting;
    thread.result = block.vote == Vote::kAnd  ? all
                    : block.vote == Vote::kOr ? block.votes > 0
                                              : block.votes;
    Wake(&thread);
  }
  block.waiting = 0;
  ++progress.epoch;
}

// What each fiber runs: the next thread that has not started, and as long as
// they run through without waiting, the ones after.
void RunThreads() {
  Fiber::Entered();
  for (;;) {
    while (block.started < block.order.size()) {
      Thread* thread = &block.threads[block.order[block.started++]];
      thread->fiber = current_fiber;
      Resume(thread);
      progress.call->invoke(progress.call->arguments);
      thread = block.current;
      thread->state = Thread::State::kDone;
      block.gone[IndexOf(*thread) / 32] |= 1u << IndexOf(*thread) % 32;
      --block.live;
      CheckMeetings(IndexOf(*thread) / 32);
      ReleaseBarrier();
    }
    idle.push_back(current_fiber);
    SwitchTo(&host);
  }
}

Fiber* IdleFiber() {
  if (idle.empty()) {
    fibers.push_back(std::make_unique<Fiber>(RunThreads));
    return fibers.back().get();
  }
  Fiber* fiber = idle.back();
  idle.pop_back();
  return fiber;
}

std::mt19937& RandomOrder() {
  static std::mt19937 random(settings().seed);
  return random;
}

void PoisonShared() {
  for (const SharedRange& range : shared_ranges()) {
    std::memset(range.begin, 0xff, range.end - range.begin);
  }
  std::memset(dynamic_shared(), 0xff, progress.dynamic_bytes);
}

void StartBlock() {
  block.started = block.resumed = 0;
  block.ready.clear();
  block.meetings.clear();
  block.waiting = 0;
  const int threads = static_cast<int>(block.threads.size());
  block.live = threads;
  for (int warp = 0; warp < 32; ++warp) {
    const int lanes = std::clamp(threads - 32 * warp, 0, 32);
    block.gone[warp] = lanes == 32 ? 0 : ~0u << lanes;
  }
  for (Thread& thread : block.threads) thread.state = Thread::State::kFresh;
  if (settings().order == Settings::Order::kRandom) {
    std::shuffle(block.order.begin(), block.order.end(), RandomOrder());
  }
  progress.block_epoch = ++progress.epoch;
  PoisonShared();
}

// False if its threads wait for each other for ever, or one failed.
bool RunBlock() {
  StartBlock();
  while (block.live > 0) {
    if (failure.happened) return false;
    if (block.started < block.order.size()) {
      SwitchTo(IdleFiber());
      continue;
    }
    if (block.resumed == block.ready.size()) return false;
    if (settings().order == Settings::Order::kRandom) {
      const size_t left = block.ready.size() - block.resumed;
      std::swap(block.ready[block.resumed],
                block.ready[block.resumed + RandomOrder()() % left]);
    }
    Thread* thread = &block.threads[block.ready[block.resumed++]];
    if (block.resumed == block.ready.size()) {
      block.ready.clear();
      block.resumed = 0;
    }
    Resume(thread);
    SwitchTo(thread->fiber);
  }
  return !failure.happened;
}

std::string Triple(const uint3& i) {
  return "(" + std::to_string(i.x) + "," + std::to_string(i.y) + "," +
         std::to_string(i.z) + ")";
}

std::string DescribeStuck() {
  std::ostringstream text;
  text << "block " << Triple(block_index) << ": its threads wait for ever: ";
  int at_barrier = 0, at_warp = 0;
  Site barrier{}, warp{};
  for (const Thread& thread : block.threads) {
    if (thread.state == Thread::State::kAtBarrier) {
      ++at_barrier;
      barrier = thread.site;
    } else if (thread.state == Thread::State::kAtWarp) {
      ++at_warp;
      warp = thread.site;
    }
  }
  if (at_barrier) text << at_barrier << " at the barrier " << At(barrier);
  if (at_barrier && at_warp) text << ", ";
  if (at_warp) text << at_warp << " at the warp operation " << At(warp);
  const int done = static_cast<int>(block.threads.size()) - block.live;
  if (done > 0) text << "; " << done << " are done";
  return text.str();
}

void ReportFailure(const Call& call) {
  std::ostringstream text;
  text << FunctionOf(call.kernel) << ", ";
  if (failure.happened) {
    text << "thread " << Triple(thread_index) << " of block "
         << Triple(block_index) << ", ";
    const std::string source = failure.code     ? SourceOf(failure.code)
                               : progress.place ? progress.place()
                                                : std::string();
    if (!source.empty()) text << source << ": ";
    text << failure.what;
  } else {
    text << DescribeStuck();
  }
  failure = {};
  // The abandoned threads' stacks go with them.
  idle.clear();
  fibers.clear();
  current_fiber = &host;
  Report(text.str());
}

uint3 Unravel(size_t i, const uint3& extent) {
  return {static_cast<unsigned>(i % extent.x),
          static_cast<unsigned>(i / extent.x % extent.y),
          static_cast<unsigned>(i / extent.x / extent.y)};
}

size_t Volume(const uint3& extent) {
  return size_t{extent.x} * extent.y * extent.z;
}

std::vector<int> Ascending(size_t count) {
  std::vector<int> order(count);
  for (size_t i = 0; i < count; ++i) order[i] = static_cast<int>(i);
  return order;
}

}  // namespace

bool RunGrid(const cudaLaunchConfig_t& config, const Call& call, int device) {
  grid_extent = {config.gridDim.x, config.gridDim.y, config.gridDim.z};
  block_extent = {config.blockDim.x, config.blockDim.y, config.blockDim.z};
  host.TakeThreadStack();
  progress.call = &call;
  progress.device = device;
  progress.dynamic_bytes = config.dynamicSmemBytes;
  progress.kernel_epoch = progress.epoch + 1;
  const bool reverse = settings().order == Settings::Order::kReverse;
  block.threads.assign(Volume(block_extent), {});
  block.order = Ascending(block.threads.size());
  if (reverse) std::reverse(block.order.begin(), block.order.end());
  for (size_t i = 0; i < block.threads.size(); ++i) {
    block.threads[i].index = Unravel(i, block_extent);
  }
  std::vector<int> blocks = Ascending(Volume(grid_extent));
  if (reverse) std::reverse(blocks.begin(), blocks.end());
  if (settings().order == Settings::Order::kRandom) {
    std::shuffle(blocks.begin(), blocks.end(), RandomOrder());
  }
  progress.running = true;
  WatchThisThread(true);
  bool ok = true;
  for (size_t i = 0; i < blocks.size() && ok; ++i) {
    block_index = Unravel(blocks[i], grid_extent);
    ok = RunBlock();
  }
  progress.running = false;
  WatchThisThread(false);
  if (!ok) ReportFailure(call);
  return ok;
}

void FailKernel(const std::string& what, const void* code) {
  failure = {true, what, code};
  SwitchTo(&host);
  std::abort();  // nobody comes back
}

std::string At(Site site) {
  const std::string path = site.file;
  return path.substr(path.rfind('/') + 1) + ":" + std::to_string(site.line);
}

void Suspend() {
  Thread* self = block.current;
  SwitchTo(&host);
  Resume(self);
}

void Wake(Thread* thread) {
  thread->state = Thread::State::kReady;
  block.ready.push_back(IndexOf(*thread));
}

bool OnThreadStack(const void* address) {
  return current_fiber->Holds(address);
}

char* dynamic_shared() {
  static void* memory = mmap(nullptr, kSharedBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return static_cast<char*>(memory);
}

static std::vector<SharedRange>& Ranges() {
  static std::vector<SharedRange> ranges;
  return ranges;
}

const std::vector<SharedRange>& shared_ranges() { return Ranges(); }

void RegisterShared(char* begin, char* end) {
  for (const SharedRange& known : Ranges()) {
    if (known.begin == begin) return;
  }
  if (begin != end) Ranges().push_back({begin, end});
}

int Barrier(Vote vote, bool predicate, Site site) {
  if (block.waiting == 0) {
    block.vote = vote;
    block.barrier = site;
    block.votes = 0;
  } else if (block.vote != vote || block.barrier.line != site.line ||
             std::strcmp(block.barrier.file, site.file) != 0) {
    FailKernel("threads of a block wait at different barriers: " +
                   At(block.barrier) + " and " + At(site),
               nullptr);
  }
  block.votes += predicate;
  ++block.waiting;
  Thread* self = block.current;
  self->state = Thread::State::kAtBarrier;
  self->site = site;
  ReleaseBarrier();
  Suspend();
  return static_cast<int>(self->result);
}

void* DynamicShared() { return dynamic_shared(); }

}  // namespace emulator
