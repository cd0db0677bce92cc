#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <dnnl.hpp>

#include "doppio/prototxt.h"
#include "doppio/solver.h"

// Counts what this program and its libraries take from the heap in large
// pieces; the library's own allocator does the work.
namespace {
std::atomic<int> large_allocations{0};

size_t Noted(size_t bytes) {
  if (bytes > size_t{1} << 20) ++large_allocations;
  return bytes;
}
}  // namespace

extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* memory, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);

void* malloc(size_t bytes) noexcept { return __libc_malloc(Noted(bytes)); }
void* calloc(size_t count, size_t bytes) noexcept {
  Noted(count * bytes);
  return __libc_calloc(count, bytes);
}
void* realloc(void* memory, size_t bytes) noexcept {
  return __libc_realloc(memory, Noted(bytes));
}
void* memalign(size_t alignment, size_t bytes) noexcept {
  return __libc_memalign(alignment, Noted(bytes));
}
void* aligned_alloc(size_t alignment, size_t bytes) noexcept {
  return __libc_memalign(alignment, Noted(bytes));
}
int posix_memalign(void** memory, size_t alignment, size_t bytes) noexcept {
  *memory = __libc_memalign(alignment, Noted(bytes));
  return *memory == nullptr ? ENOMEM : 0;
}
}

namespace doppio {
namespace {

// The layers of AlexNet, smaller; every blob between them is beyond 1 MiB.
const char kSolver[] = R"(
  base_lr: 0.001 lr_policy: "fixed" momentum: 0.9 weight_decay: 0.0005
  max_iter: 100 iter_size: 2 clip_gradients: 10 display: 1 random_seed: 1
  snapshot_after_train: false
  net_param {
    layer { name: "data" type: "DummyData" top: "data" top: "label"
      dummy_data_param { data_filler { value: 0.5 } data_filler { value: 0 }
        shape { dim: 32 dim: 3 dim: 67 dim: 67 } shape { dim: 32 } } }
    layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
      convolution_param { num_output: 32 kernel_size: 11 stride: 2
        weight_filler { type: "xavier" } } }
    layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
    layer { name: "norm1" type: "LRN" bottom: "conv1" top: "norm1" }
    layer { name: "pool1" type: "Pooling" bottom: "norm1" top: "pool1"
      pooling_param { kernel_size: 3 stride: 2 } }
    layer { name: "conv2" type: "Convolution" bottom: "pool1" top: "conv2"
      convolution_param { num_output: 64 kernel_size: 3 pad: 1 group: 2
        weight_filler { type: "xavier" } } }
    layer { name: "relu2" type: "ReLU" bottom: "conv2" top: "conv2" }
    layer { name: "fc3" type: "InnerProduct" bottom: "conv2" top: "fc3"
      inner_product_param { num_output: 500
        weight_filler { type: "xavier" } } }
    layer { name: "relu3" type: "ReLU" bottom: "fc3" top: "fc3" }
    layer { name: "drop3" type: "Dropout" bottom: "fc3" top: "fc3" }
    layer { name: "fc4" type: "InnerProduct" bottom: "fc3" top: "fc4"
      inner_product_param { num_output: 10
        weight_filler { type: "xavier" } } }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc4" bottom: "label"
      top: "loss" }
  })";

TEST(AllocationsTest, AStepAfterTheFirstTakesNoLargePieceOfMemory) {
  const auto avx512 = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  const auto here = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  if ((here & avx512) != avx512) {
    GTEST_SKIP() << "without AVX-512, oneDNN's products take memory themselves";
  }
  Solver::Options options;
  options.reuse_memory = true;
  Solver solver(ParseSolver(kSolver, "solver.prototxt"), Context(), options);
  solver.Step(1);
  ASSERT_GT(large_allocations, 0) << "nothing is counted";
  large_allocations = 0;
  solver.Step(3);
  EXPECT_EQ(large_allocations, 0);
}

}  // namespace
}  // namespace doppio
