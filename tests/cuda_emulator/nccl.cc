// The functions of NCCL that are in use, between processes of one machine: what
// each rank gives goes through memory that they share, a piece at a time.

#include <fcntl.h>
#include <nccl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "device_memory.h"
#include "emulator.h"
#include "report.h"
#include "settings.h"
#include "stream.h"

namespace {

constexpr int kMostRanks = 8;
constexpr size_t kPiece = size_t{1} << 16;

struct Shared {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  long came[kMostRanks];  // how many meetings each rank has come to
  int devices[kMostRanks];
  size_t counts[kMostRanks];  // of what each reduces now
  float pieces[kMostRanks][kPiece];
};

Shared* Map(int file) {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED, file, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Shared*>(memory);
}

void Prepare(Shared* shared) {
  pthread_mutexattr_t mutex;
  pthread_mutexattr_init(&mutex);
  pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&shared->mutex, &mutex);
  pthread_condattr_t changed;
  pthread_condattr_init(&changed);
  pthread_condattr_setpshared(&changed, PTHREAD_PROCESS_SHARED);
  pthread_cond_init(&shared->changed, &changed);
}

// Calls of a group, which are made when it ends.
thread_local int groups = 0;
thread_local std::vector<std::function<void()>> grouped;

}  // namespace

struct ncclComm {
  ~ncclComm() {
    if (shared != nullptr) munmap(shared, sizeof *shared);
  }

  Shared* shared = nullptr;
  int rank = 0, ranks = 0, device = 0;
  long calls = 0;
  bool broken = false;  // a rank did not come
};

namespace {

// Waits for all ranks; false if one does not come, which is reported.
bool Meet(ncclComm* c, const std::string& where) {
  if (c->broken) return false;
  Shared* s = c->shared;
  timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += emulator::settings().patience;
  pthread_mutex_lock(&s->mutex);
  const long meeting = ++s->came[c->rank];
  pthread_cond_broadcast(&s->changed);
  for (int r = 0; r < c->ranks && !c->broken; ++r) {
    while (s->came[r] < meeting && !c->broken) {
      if (pthread_cond_timedwait(&s->changed, &s->mutex, &end) == 0) continue;
      c->broken = s->came[r] < meeting;
      if (!c->broken) continue;
      emulator::Report("rank " + std::to_string(c->rank) + " waits in " +
                       where + ", to which rank " + std::to_string(r) +
                       " has not come");
    }
  }
  pthread_mutex_unlock(&s->mutex);
  return !c->broken;
}

bool SameCounts(ncclComm* c, const std::string& where) {
  const size_t* counts = c->shared->counts;
  for (int r = 0; r < c->ranks; ++r) {
    if (counts[r] == counts[c->rank]) continue;
    emulator::Report(where + " has " + std::to_string(counts[c->rank]) +
                     " elements on rank " + std::to_string(c->rank) + ", but " +
                     std::to_string(counts[r]) + " on rank " +
                     std::to_string(r));
    c->broken = true;
    return false;
  }
  return true;
}

// In the order of ranks, so that all get the same bits.
void Reduce(ncclComm* c, const float* from, float* to, size_t count,
            bool average, const std::string& where) {
  Shared* s = c->shared;
  s->counts[c->rank] = count;
  if (!Meet(c, where) || !SameCounts(c, where)) return;
  for (size_t begin = 0; begin < count; begin += kPiece) {
    const size_t n = std::min(kPiece, count - begin);
    std::memcpy(s->pieces[c->rank], from + begin, n * sizeof(float));
    if (!Meet(c, where)) return;
    for (size_t i = 0; i < n; ++i) {
      float sum = 0;
      for (int r = 0; r < c->ranks; ++r) sum += s->pieces[r][i];
      to[begin + i] = average ? sum / static_cast<float>(c->ranks) : sum;
    }
    if (!Meet(c, where)) return;
  }
}

std::string MistakeOf(const void* from, const void* to, size_t bytes,
                      const ncclComm* c, const emulator::Stream* stream) {
  if (!emulator::IsDevice(from, bytes) || !emulator::IsDevice(to, bytes)) {
    return "is not of device memory, or passes its allocation's end";
  }
  return stream->device == c->device
             ? ""
             : "is put on the stream of another device than its ranks'";
}

}  // namespace

extern "C" {

// The id names the shared memory as this process knows it, which all others can
// open as long as it lives.
ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  const int file = memfd_create("nccl", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, sizeof(Shared)) != 0) return ncclSystemError;
  Shared* shared = Map(file);
  if (shared == nullptr) return ncclSystemError;
  Prepare(shared);
  munmap(shared, sizeof *shared);
  std::snprintf(id->internal, sizeof id->internal, "/proc/%d/fd/%d",
                static_cast<int>(getpid()), file);
  return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t* comm, int ranks, ncclUniqueId id,
                              int rank) {
  if (ranks < 1 || ranks > kMostRanks || rank < 0 || rank >= ranks) {
    return ncclInvalidArgument;
  }
  const int file = open(id.internal, O_RDWR | O_CLOEXEC);
  if (file < 0) return ncclSystemError;
  auto c = std::make_unique<ncclComm>();
  c->shared = Map(file);
  close(file);
  if (c->shared == nullptr) return ncclSystemError;
  c->rank = rank;
  c->ranks = ranks;
  cudaGetDevice(&c->device);
  c->shared->devices[rank] = c->device;
  if (!Meet(c.get(), "ncclCommInitRank")) return ncclSystemError;
  for (int r = 0; r < ranks; ++r) {
    if (r != rank && c->shared->devices[r] == c->device) {
      return ncclInvalidUsage;
    }
  }
  *comm = c.release();
  return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  delete comm;
  return ncclSuccess;
}
ncclResult_t ncclCommAbort(ncclComm_t comm) {
  comm->broken = true;  // what waits on a stream may still come to it
  return ncclSuccess;
}

ncclResult_t ncclGroupStart() {
  ++groups;
  return ncclSuccess;
}
ncclResult_t ncclGroupEnd() {
  if (groups == 0) return ncclInvalidUsage;
  if (--groups > 0) return ncclSuccess;
  for (const auto& call : grouped) call();
  grouped.clear();
  return ncclSuccess;
}

ncclResult_t ncclAllReduce(const void* from, void* to, size_t count,
                           ncclDataType_t type, ncclRedOp_t op, ncclComm_t comm,
                           cudaStream_t stream) {
  if (type != ncclFloat || (op != ncclAvg && op != ncclSum)) {
    return ncclInvalidArgument;
  }
  const emulator::Stream* found = emulator::Find(stream);
  if (found == nullptr) return ncclInvalidArgument;
  if (count == 0) return ncclSuccess;
  const std::string mistake =
      MistakeOf(from, to, count * sizeof(float), comm, found);
  if (!mistake.empty()) {
    emulator::Report("ncclAllReduce " + mistake);
    return ncclInvalidArgument;
  }
  const std::string where = "ncclAllReduce " + std::to_string(++comm->calls);
  const auto call = [=] {
    emulator::Library(stream, "ncclAllReduce", {from}, to, [=] {
      Reduce(comm, static_cast<const float*>(from), static_cast<float*>(to),
             count, op == ncclAvg, where);
    });
  };
  if (groups > 0) {
    grouped.push_back(call);
  } else {
    call();
  }
  return ncclSuccess;
}

const char* ncclGetErrorString(ncclResult_t result) {
  switch (result) {
    case ncclSuccess:
      return "no error";
    case ncclInvalidUsage:
      return "invalid usage";
    case ncclInvalidArgument:
      return "invalid argument";
    default:
      return "unhandled system error";
  }
}

}  // extern "C"
