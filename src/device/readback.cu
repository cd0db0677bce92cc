#include <glog/logging.h>

#include <cfloat>

#include "core/memory.h"
#include "device/block.cuh"
#include "device/deferred_faults.cuh"
#include "device/readback.h"

namespace doppio {
namespace {

// In the GPU's memory, and for each pass that is queued in the host's.
struct PassState {
  float loss, faults;  // of the pass that is running
  float halted;
};

__global__ void AddLoss(int64_t count, const float* values, float weight,
                        float* loss) {
  float sum = 0;
  for (const int64_t i : BlockStride{count}) sum += values[i];
  sum = BlockReduce(sum, 0.f, Plus());
  if (threadIdx.x == 0) *loss += weight * sum;
}

void Begin(PassState* state) {
  ForEach(Stream(), 1, [=] __device__(int64_t) {
    state->loss = 0;
    state->faults = 0;
  });
}

void HaltIfWrong(bool halt_at_nan, PassState* state) {
  ForEach(Stream(), 1, [=] __device__(int64_t) {
    const bool finite = fabsf(state->loss) <= FLT_MAX;
    if (state->faults > 0 || (halt_at_nan && !finite)) state->halted = 1;
  });
}

class CudaReadback final : public Readback {
 public:
  explicit CudaReadback(const Context& context)
      : context_(context),
        on_gpu_(Allocate(Device::kCuda, sizeof(PassState))),
        on_host_(PinnedAllocator()(kMost * sizeof(PassState))) {
    for (cudaEvent_t& event : arrived_) {
      CheckCuda(cudaEventCreateWithFlags(&event, cudaEventDisableTiming),
                "cudaEventCreate");
    }
    Reset();
  }
  ~CudaReadback() override {
    cudaStreamSynchronize(Stream());  // which may write to on_host_
    for (const cudaEvent_t event : arrived_) cudaEventDestroy(event);
  }
  CudaReadback(const CudaReadback&) = delete;
  CudaReadback& operator=(const CudaReadback&) = delete;

  void Queue(bool halt_at_nan, const std::function<void()>& forward) override {
    CHECK_LT(queued_, kMost);
    Begin(state());
    {
      const Deferring deferring(context_, &state()->faults);
      forward();
    }
    HaltIfWrong(halt_at_nan, state());
    const int slot = next_ % kMost;
    CheckCuda(cudaMemcpyAsync(arrivals() + slot, state(), sizeof(PassState),
                              cudaMemcpyDeviceToHost, Stream()),
              "cudaMemcpy");
    CheckCuda(cudaEventRecord(arrived_[slot], Stream()), "cudaEventRecord");
    ++next_;
    ++queued_;
  }

  void Add(const Tensor& values, float weight) override {
    const bool here = values.device() == Device::kCuda;
    const Tensor v =
        here ? values
             : Tensor(values.shape(), values.ToVector(), Device::kCuda);
    Launch(Stream(), BlockPerRow<float>(1), AddLoss, v.count(), v.data(),
           weight, &state()->loss);
  }

  PassResult Next() override {
    const int slot = (next_ - queued_) % kMost;
    CheckCuda(cudaEventSynchronize(arrived_[slot]), "cudaEventSynchronize");
    --queued_;
    return {arrivals()[slot].loss, arrivals()[slot].faults > 0};
  }

  const float* halted() const override { return &state()->halted; }

  void Reset() override {
    FillZero(Device::kCuda, state(), sizeof(PassState));
    queued_ = 0;
  }

 private:
  // While it lives, layers count what they refuse.
  struct Deferring {
    Deferring(const Context& c, float* faults) : context(c) {
      DeferredFaults(context) = faults;
    }
    ~Deferring() { DeferredFaults(context) = nullptr; }
    Deferring(const Deferring&) = delete;
    Deferring& operator=(const Deferring&) = delete;
    const Context& context;
  };

  PassState* state() const { return static_cast<PassState*>(on_gpu_.get()); }
  PassState* arrivals() const {
    return static_cast<PassState*>(on_host_.get());
  }

  const Context context_;
  const std::shared_ptr<void> on_gpu_, on_host_;
  cudaEvent_t arrived_[kMost] = {};
  int next_ = 0;
  int queued_ = 0;
};

}  // namespace

std::unique_ptr<Readback> OpenReadback(const Context& context) {
  return std::make_unique<CudaReadback>(context);
}

}  // namespace doppio
