#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "data/buffer_pool.h"
#include "data/sample_order.h"
#include "data/transformer.h"
#include "doppio/data_source.h"
#include "doppio/tensor.h"

namespace doppio {

struct Batch {
  Tensor data;    // N x C x H x W
  Tensor labels;  // N, or N x L where a record has L of them
};

// Makes batches ahead of time, on threads of its own. They come in order and
// are the same for any number of threads.
//
// Samples count from 0 over all epochs. The threads take runs of them from the
// batches in progress, of which there are at most `prefetch`; a batch is ready
// when all its samples are done. Its size is that of its first image.
//
// Where a transformer makes several crops of each record, they are samples, one
// after the other.
//
// All members are for one thread, the one that takes the batches.
class Loader {
 public:
  struct Options {
    std::string layer;  // keys what is drawn
    int batch_size = 1;
    int prefetch = 4;
    bool shuffle = false;
    uint32_t rand_skip = 0;
    bool cut_last_batch = false;  // each epoch ends with a batch of its own
    // Which of how many loaders that share one order of samples: they take
    // turns, each reading a batch.
    int rank = 0, ranks = 1;
    uint64_t seed = 1;
    int threads = 1;
    HostAllocator allocate = AllocateHost;  // for images
  };

  Loader(std::unique_ptr<DataSource> source,
         const TransformationParameter& transform, Phase phase,
         const Options& options);
  // Stops at once, with batches half done.
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  // The shape of the data of the batch that comes next and, unless null, of
  // its labels.
  Shape NextShape(Shape* labels = nullptr);

  // Waits for the next batch. Throws what one of its samples met with, the
  // first in their order, and does so again until Seek.
  Batch Next();

  // The number of samples handed out, by all ranks, and going on from there.
  int64_t position() const { return position_; }
  void Seek(int64_t position);

  // The samples of one pass over the records.
  int64_t epoch_size() const { return source_->size() * crops_; }
  int batch_size() const { return options_.batch_size; }
  const DataSource& source() const { return *source_; }
  const Transformer& transformer() const { return transformer_; }
  // Which record a sample is; samples count as position() does.
  int64_t RecordOf(int64_t position);

 private:
  // A batch in progress.
  struct Pending {
    int64_t first = 0;     // sample number of slot 0
    int size = 0;          // slots
    int claimed = 0;       // slots that threads have taken
    int done = 0;          // slots that are finished, or failed
    bool shaped = false;   // whether `batch` has its memory
    int failed_slot = -1;  // the first known to have failed
    std::exception_ptr failure;
    std::atomic<bool> abandoned{false};
    Batch batch;
  };
  using PendingPtr = std::shared_ptr<Pending>;

  // A record that a thread has at hand.
  struct Held {
    int64_t number = -1;  // counted from 0 over all epochs
    Datum datum;
    Image image;  // may lie in the datum
  };

  void Start();
  void Discard();
  void Work();
  bool HasWork() const;
  PendingPtr Claim(int* begin, int* end);
  int SizeAt(int64_t sample) const;
  int64_t FirstSample() const;
  void MakeSample(Pending* pending, int slot, Held* held);
  Image Prepare(int64_t sample, Datum* datum);
  float* Place(Pending* pending, int slot, const Held& held);
  void Allocate(Pending* pending, const Shape& image, const Shape& labels);
  void WriteLabels(Pending* pending, int slot, const Datum& datum);
  void Fail(Pending* pending, int slot);

  const std::unique_ptr<DataSource> source_;
  const Transformer transformer_;
  const Options options_;
  const int64_t crops_;  // of each record
  const int64_t skip_;   // samples left out at the very start
  SampleOrder order_;
  BufferPool buffers_;
  int64_t position_ = 0;

  std::mutex mutex_;  // guards what follows, and Pending but for the pixels
  std::condition_variable work_;      // there may be samples to make
  std::condition_variable progress_;  // a batch got its shape, or is done
  std::deque<PendingPtr> pending_;    // in order; the first is handed out next
  int64_t next_first_ = 0;            // `first` of the next Pending
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace doppio
