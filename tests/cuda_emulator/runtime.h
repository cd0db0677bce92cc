#pragma once

#include <cuda_runtime_api.h>

#include <mutex>
#include <string>

namespace emulator {

// Several host threads may call; they take turns.
extern std::recursive_mutex mutex;
using Turn = std::lock_guard<std::recursive_mutex>;

// What a function of the runtime answers; with a report, where a program should
// never have called it so.
cudaError_t Fail(cudaError_t error);
cudaError_t Reject(cudaError_t error, const std::string& why);

}  // namespace emulator
