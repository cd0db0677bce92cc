#pragma once

#include "device/cuda_device.h"
#include "doppio/context.h"
#include "tool.h"

// The flags of every program that runs a net, and what they mean. Each program
// is one file, so that they can be defined here.

DEFINE_bool(lenient, false,
            "warn of fields that do not exist, rather than refuse the file");
DEFINE_string(precision, "",
              "fp32|bf16: what to compute with; the file's if left out");
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
  return Context(SelectDevice(FLAGS_device), 1, FLAGS_threads, loader_threads);
}

// Lets the flags override what the file of a net or a solver says.
template <typename Param>
void OverrideFromFlags(Param* param) {
  Require(FLAGS_precision.empty() || FLAGS_precision == "fp32" ||
              FLAGS_precision == "bf16",
          "--precision=", FLAGS_precision, " is neither fp32 nor bf16");
  if (!FLAGS_precision.empty()) {
    param->set_precision(FLAGS_precision == "bf16" ? BF16 : FP32);
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
