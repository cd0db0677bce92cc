#include "core/cuda.h"
#include "core/host_stops.h"
#include "core/memory.h"
#include "device/upload.h"

namespace doppio {
namespace {

class CudaUpload final : public Upload {
 public:
  CudaUpload() {
    CheckCuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking),
              "cudaStreamCreate");
    for (cudaEvent_t* event : {&arrived_, &taken_}) {
      CheckCuda(cudaEventCreateWithFlags(event, cudaEventDisableTiming),
                "cudaEventCreate");
    }
  }
  ~CudaUpload() override {
    cudaStreamSynchronize(stream_);  // which may be reading from_
    cudaEventDestroy(arrived_);
    cudaEventDestroy(taken_);
    cudaStreamDestroy(stream_);
  }
  CudaUpload(const CudaUpload&) = delete;
  CudaUpload& operator=(const CudaUpload&) = delete;

  // The batch lands beside the one that the GPU computes with, and takes its
  // place when the device's stream comes to this.
  void Bring(const Tensor& from, Tensor* to) override {
    ++HostStops();
    CheckCuda(cudaEventSynchronize(arrived_), "cudaEventSynchronize");
    from_ = from;
    const size_t bytes = from.bytes();
    if (landed_.empty() || landed_.bytes() != bytes) {
      landed_ = Tensor(from.shape(), Device::kCuda, nullptr,
                       Allocate(Device::kCuda, bytes));
    }
    Wait(stream_, taken_);
    CheckCuda(cudaMemcpyAsync(landed_.storage(), from.storage(), bytes,
                              cudaMemcpyHostToDevice, stream_),
              "cudaMemcpy");
    Record(arrived_, stream_);
    Wait(Stream(), arrived_);
    Copy(Device::kCuda, to->storage(), Device::kCuda, landed_.storage(), bytes);
    Record(taken_, Stream());
  }

 private:
  static void Record(cudaEvent_t event, cudaStream_t stream) {
    CheckCuda(cudaEventRecord(event, stream), "cudaEventRecord");
  }
  // For an event that was never recorded there is nothing to wait.
  static void Wait(cudaStream_t stream, cudaEvent_t event) {
    CheckCuda(cudaStreamWaitEvent(stream, event, 0), "cudaStreamWaitEvent");
  }

  cudaStream_t stream_ = nullptr;
  cudaEvent_t arrived_ = nullptr;  // the last batch is in landed_
  cudaEvent_t taken_ = nullptr;    // and has been copied from there
  Tensor from_, landed_;
};

}  // namespace

std::unique_ptr<Upload> OpenUpload() { return std::make_unique<CudaUpload>(); }

}  // namespace doppio
