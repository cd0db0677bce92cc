#include <nccl.h>

#include <cstring>
#include <exception>

#include "core/cuda.h"
#include "device/nccl.h"

namespace doppio {
namespace {

void CheckNccl(ncclResult_t status, const char* what) {
  Require(status == ncclSuccess, what,
          " by NCCL failed: ", ncclGetErrorString(status),
          "; NCCL_DEBUG=INFO in the environment tells more");
}

class NcclAverage final : public GpuAverage {
 public:
  explicit NcclAverage(Ranks* ranks) {
    ncclUniqueId id = {};
    if (ranks->rank() == 0) CheckNccl(ncclGetUniqueId(&id), "connecting");
    const std::string told =
        ranks->FromFirst({id.internal, sizeof id.internal});
    std::memcpy(id.internal, told.data(), sizeof id.internal);
    CheckNccl(ncclCommInitRank(&ranks_, ranks->count(), id, ranks->rank()),
              "connecting");
    CheckCuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking),
              "cudaStreamCreate");
    for (cudaEvent_t* event : {&computed_, &averaged_}) {
      CheckCuda(cudaEventCreateWithFlags(event, cudaEventDisableTiming),
                "cudaEventCreate");
    }
  }
  ~NcclAverage() override {
    // After a failure the other ranks may never do their part.
    if (std::uncaught_exceptions() > 0) {
      ncclCommAbort(ranks_);
    } else {
      cudaStreamSynchronize(stream_);
      ncclCommDestroy(ranks_);
    }
    cudaEventDestroy(computed_);
    cudaEventDestroy(averaged_);
    cudaStreamDestroy(stream_);
  }
  NcclAverage(const NcclAverage&) = delete;
  NcclAverage& operator=(const NcclAverage&) = delete;

  // A group runs as one kernel, so that small tensors need not lie together.
  void Begin(const std::vector<Tensor>& tensors) override {
    Pass(Stream(), computed_, stream_);
    CheckNccl(ncclGroupStart(), "averaging");
    for (Tensor tensor : tensors) {
      CheckNccl(ncclAllReduce(tensor.storage(), tensor.storage(),
                              tensor.bytes() / sizeof(float), ncclFloat,
                              ncclAvg, ranks_, stream_),
                "averaging");
    }
    CheckNccl(ncclGroupEnd(), "averaging");
  }

  void End() override { Pass(stream_, averaged_, Stream()); }

 private:
  // What `to` is given from now on waits for what `from` has been given.
  static void Pass(cudaStream_t from, cudaEvent_t event, cudaStream_t to) {
    CheckCuda(cudaEventRecord(event, from), "cudaEventRecord");
    CheckCuda(cudaStreamWaitEvent(to, event, 0), "cudaStreamWaitEvent");
  }

  ncclComm_t ranks_ = nullptr;
  cudaStream_t stream_ = nullptr;
  cudaEvent_t computed_ = nullptr, averaged_ = nullptr;
};

}  // namespace

std::string WhyNoNccl() { return {}; }

std::unique_ptr<GpuAverage> OpenNccl(Ranks* ranks) {
  return std::make_unique<NcclAverage>(ranks);
}

}  // namespace doppio
