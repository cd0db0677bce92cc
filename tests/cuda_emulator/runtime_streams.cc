// Streams and events of the CUDA runtime, with the toolkit's own prototypes.

#include <cuda_runtime_api.h>

#include <chrono>

#include "runtime.h"
#include "stream.h"

using namespace emulator;

extern "C" {

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  Turn turn(mutex);
  *stream = reinterpret_cast<cudaStream_t>(NewStream(this_device));
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  Delete(found);
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  if (const cudaError_t error = Forbidden("cudaStreamSynchronize")) {
    return error;
  }
  ++waited;
  Wait(found);
  return sticky;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event,
                                unsigned) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  auto* const awaited = reinterpret_cast<Event*>(event);
  if (found->capture && !awaited->captured) {
    found->capture->invalid = true;
    return Reject(cudaErrorStreamCaptureIsolation,
                  "a captured stream waits for what is not captured");
  }
  if (awaited->captured && awaited->stream != found) {
    return Reject(cudaErrorNotSupported,
                  "a capture of two streams is not modelled");
  }
  if (!found->capture) Wait(found, awaited);
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() {
  Turn turn(mutex);
  if (const cudaError_t error = Forbidden("cudaDeviceSynchronize")) {
    return error;
  }
  ++waited;
  WaitForAll();
  return sticky;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = reinterpret_cast<cudaEvent_t>(new Event);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}
// The host's time: it says how long the emulator took.
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from,
                                 cudaEvent_t to) {
  Turn turn(mutex);
  *milliseconds = std::chrono::duration<float, std::milli>(
                      reinterpret_cast<Event*>(to)->time -
                      reinterpret_cast<Event*>(from)->time)
                      .count();
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  Turn turn(mutex);
  WaitForAll();
  delete reinterpret_cast<Event*>(event);
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  Record(reinterpret_cast<Event*>(event), found);
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  Turn turn(mutex);
  if (reinterpret_cast<Event*>(event)->captured) {
    return Reject(cudaErrorCapturedEvent,
                  "the host waits for an event that was recorded in a capture");
  }
  if (const cudaError_t error = Forbidden("cudaEventSynchronize")) return error;
  ++waited;
  Wait(reinterpret_cast<Event*>(event));
  return sticky;
}

}  // extern "C"
