// Batches on their way to the emulated GPU while it computes.

#include "device/upload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/cuda.h"
#include "data/buffer_pool.h"
#include "data/data_test.h"
#include "doppio/net.h"
#include "settings.h"
#include "solver/solver_fixture.h"

namespace doppio {
namespace {

// Streams run as late as they may.
class UploadTest : public SolverTest {
 protected:
  UploadTest() { emulator::settings().lazy_streams = true; }
  ~UploadTest() override {
    cudaDeviceSynchronize();
    emulator::settings().lazy_streams = before_;
  }

  // A net that learns from twelve images.
  std::string Net(const std::string& data_param = "batch_size: 4") {
    if (!Exists("images")) {
      std::vector<Datum> images;
      for (int i = 0; i < 12; ++i) {
        images.push_back(RawDatum(1, 5, 5, i % 3, 19 * i, 7));
      }
      WriteLmdb(Path("images"), images);
    }
    return R"(layer { name: "data" type: "Data" top: "data" top: "label"
                transform_param { scale: 0.01 mirror: true }
                data_param { backend: LMDB prefetch: 1 source: ")" +
           Path("images") + "\" " + data_param + R"( } }
              layer { name: "fc1" type: "InnerProduct" bottom: "data"
                top: "fc1" inner_product_param { num_output: 3
                  weight_filler { type: "xavier" } } }
              layer { name: "loss" type: "SoftmaxWithLoss" bottom: "fc1"
                bottom: "label" top: "loss" })";
  }

 private:
  const bool before_ = emulator::settings().lazy_streams;
};

// Says whether the device's stream has come to where this was made.
class Milestone {
 public:
  Milestone() : one_(Shape{1}, {1}, Device::kCuda), flag_(Allocate()) {
    *flag() = 0;
    cudaMemcpyAsync(flag(), one_.data(), sizeof(float), cudaMemcpyDeviceToHost,
                    Stream());
  }
  bool passed() const { return *flag() == 1; }

 private:
  static std::shared_ptr<void> Allocate() {
    return PinnedAllocator()(sizeof(float));
  }
  float* flag() const { return static_cast<float*>(flag_.get()); }

  const Tensor one_;
  const std::shared_ptr<void> flag_;
};

Tensor Batch(BufferPool* pool, float value) {
  Tensor batch(Shape{64}, Device::kCpu, nullptr,
               pool->Take(64 * sizeof(float)));
  std::fill_n(batch.data(), 64, value);
  return batch;
}

TEST_F(UploadTest, ABatchArrivesBesideTheComputation) {
  BufferPool pool(4, PinnedAllocator());
  Tensor to(Shape{64}, Device::kCuda);
  const auto upload = OpenUpload();
  upload->Bring(Batch(&pool, 1), &to);
  const Milestone computed;
  upload->Bring(Batch(&pool, 2), &to);
  // Waits until the second has arrived.
  upload->Bring(Batch(&pool, 3), &to);
  EXPECT_FALSE(computed.passed());
  EXPECT_EQ(to.ToVector(), std::vector<float>(64, 3));
  EXPECT_TRUE(computed.passed());
}

TEST_F(UploadTest, ABufferComesBackWhenItsBatchHasArrived) {
  BufferPool pool(4, PinnedAllocator());
  Tensor to(Shape{64}, Device::kCuda);
  const auto upload = OpenUpload();
  std::vector<Tensor> seen;
  std::set<const void*> buffers;
  for (int i = 0; i < 6; ++i) {
    // Which is filled anew as soon as the pool has it.
    Tensor batch = Batch(&pool, static_cast<float>(i));
    buffers.insert(batch.storage());
    upload->Bring(batch, &to);
    batch = {};
    seen.emplace_back(Shape{64}, Device::kCuda);
    seen.back().CopyFrom(to);
  }
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(seen[i].ToVector(), std::vector<float>(64, i)) << i;
  }
  EXPECT_EQ(buffers.size(), 2u);
}

TEST_F(UploadTest, MemoryThatIsNotPinnedMayChangeAtOnce) {
  Tensor to(Shape{3}, Device::kCuda);
  const auto upload = OpenUpload();
  Tensor batch(Shape{3}, {1, 2, 3});
  upload->Bring(batch, &to);
  batch.Zero();
  EXPECT_EQ(to.ToVector(), std::vector<float>({1, 2, 3}));
}

TEST_F(UploadTest, WhereNothingCanBePinnedOneLineSaysSo) {
  emulator::settings().pinned = false;
  const LogLines log;
  BufferPool pool(4, PinnedAllocator());
  Tensor to(Shape{64}, Device::kCuda);
  const auto upload = OpenUpload();
  for (const float value : {1.f, 2.f, 3.f}) {
    upload->Bring(Batch(&pool, value), &to);
    EXPECT_EQ(to.ToVector(), std::vector<float>(64, value));
  }
  EXPECT_EQ(log.With("no memory can be pinned for batches (out of memory); "
                     "they go to the GPU more slowly")
                .size(),
            1u);
  emulator::settings().pinned = true;
}

TEST_F(UploadTest, ANetReadsItsNextBatchWhileTheGpuComputes) {
  const SolverSource source = Source("max_iter: 1", Net());
  Solver solver(source, Context(Device::kCuda));
  doppio::Net& net = solver.net();
  net.Forward();
  net.Backward();
  const Milestone computed;
  int uploads = 0;
  net.set_observer([&](const Step& step, bool) {
    if (step.layer->type() != "Reorder" || ++uploads > 1) return;
    EXPECT_FALSE(computed.passed());
  });
  net.Forward();
  EXPECT_EQ(uploads, 2);  // the images and their labels
  EXPECT_TRUE(computed.passed());
}

TEST_F(UploadTest, TrainsOnTheBatchesThatTheCpuTrainsOn) {
  for (const char* data :
       {"batch_size: 4 shuffle: true", "batch_size: 5 cut_last_batch: true"}) {
    const SolverSource source =
        Source("base_lr: 0.1 lr_policy: 'fixed' max_iter: 8", Net(data));
    Solver cpu(source, Context());
    Solver cuda(source, Context(Device::kCuda));
    for (int i = 0; i < 8; ++i) {
      cpu.Step(1);
      cuda.Step(1);
      EXPECT_NEAR(cuda.loss(), cpu.loss(), 1e-5f) << data << ", " << i;
    }
  }
}

TEST_F(UploadTest, GoesOnFromASnapshotToTheByte) {
  const SolverSource source = Source(
      "momentum: 0.9 base_lr: 0.1 lr_policy: 'fixed' max_iter: 8", Net());
  const Context context(Device::kCuda);
  Solver whole(source, context);
  whole.Step(8);
  Solver first(source, context);
  first.Step(5);
  Solver::Options options;
  options.snapshot = first.Snapshot();
  Solver second(source, context, options);
  second.Step(3);
  EXPECT_EQ(Weights(&second.net(), "fc1"), Weights(&whole.net(), "fc1"));
}

}  // namespace
}  // namespace doppio
