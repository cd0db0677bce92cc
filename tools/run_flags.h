#pragma once

#include "device/cuda_device.h"
#include "doppio/context.h"
#include "tool.h"

// The flags of every program that runs a net, and what they mean. Each program
// is one file, so that they can be defined here.

DEFINE_bool(lenient, false,
            "warn of fields that do not exist, rather than refuse the file");
DEFINE_string(precision, "",
              "fp32|bf16|fp16: what to compute with; the file's if left out");
DEFINE_bool(allow_tf32, false,
            "let a GPU round what it multiplies in float to TF32, which is "
            "faster");
DEFINE_string(device, "",
              "cpu|cuda|cuda:N: where to compute; if left out, a GPU if there "
              "is one");
DEFINE_int32(threads, 0, "N: compute threads; 0 takes every core");
DEFINE_bool(winograd, true,
            "Winograd's algorithm where it is faster; --winograd=false: none");

namespace doppio {

// Opens the device that --device names. 0 loader threads are one per two cores.
inline Context RunContext(int loader_threads = 0) {
  Require(FLAGS_threads >= 0, "--threads=", FLAGS_threads,
          "; 0 stands for every core");
  const Context context(SelectDevice(FLAGS_device), 1, FLAGS_threads,
                        loader_threads);
  if (FLAGS_allow_tf32 && context.device() == Device::kCuda) {
    AllowTf32(context);
  } else if (FLAGS_allow_tf32) {
    LOG(WARNING) << "--allow_tf32 is for GPUs; the CPU computes in float";
  }
  return context;
}

inline Precision PrecisionOf(const std::string& flag) {
  if (flag == "fp32") return FP32;
  if (flag == "bf16") return BF16;
  Require(flag == "fp16", "--precision=", flag,
          " is none of fp32, bf16 and fp16");
  return FP16;
}

// Lets the flags override what the file of a net or a solver says.
template <typename Param>
void OverrideFromFlags(Param* param) {
  if (!FLAGS_precision.empty()) {
    param->set_precision(PrecisionOf(FLAGS_precision));
  }
  if (!FLAGS_winograd) param->set_winograd(false);
}

// The net in `file`, as the flags have it.
inline NetSource ReadNetToRun(const std::string& file) {
  NetSource source = ReadNet(file, Unknown(FLAGS_lenient));
  OverrideFromFlags(&source.net);
  return source;
}

}  // namespace doppio
