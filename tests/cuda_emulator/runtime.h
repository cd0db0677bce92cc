#pragma once

#include <cuda_runtime_api.h>

#include <mutex>
#include <string>

#include "stream.h"

namespace emulator {

// Several host threads may call; they take turns.
extern std::recursive_mutex mutex;
using Turn = std::lock_guard<std::recursive_mutex>;

extern thread_local int this_device;
extern cudaError_t sticky;  // after a kernel's error nothing works
extern long waited;         // how often the host has waited

// What a function of the runtime answers; with a report, where a program should
// never have called it so.
cudaError_t Fail(cudaError_t error);
cudaError_t Reject(cudaError_t error, const std::string& why);
// An error if the calling thread captures a stream: then the call is forbidden,
// and the capture lost.
cudaError_t Forbidden(const char* call);
// What the stream's capture makes of work that it is given.
cudaError_t Captured(const Stream* stream);

}  // namespace emulator
