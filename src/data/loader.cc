#include "data/loader.h"

#include <glog/logging.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <utility>

#include "doppio/error.h"

namespace doppio {
namespace {

// Samples that a thread takes at a time: enough to keep it off the mutex, few
// enough to spread one batch over many threads.
constexpr int kRun = 4;

int64_t DrawSkip(const Loader::Options& options) {
  if (options.rand_skip == 0) return 0;
  return RandomStream(options.seed, Draw::kSkip, Hash(options.layer))
      .Below(options.rand_skip, 0);
}

}  // namespace

Loader::Loader(std::unique_ptr<DataSource> source,
               const TransformationParameter& transform, Phase phase,
               const Options& options)
    : source_(std::move(source)),
      transformer_(transform, phase, options.seed, options.layer),
      options_(options),
      skip_(DrawSkip(options)),
      order_(source_->size(), options.shuffle, options.seed, options.layer),
      buffers_(options.prefetch + 2) {
  Require(options.batch_size > 0, "batch_size is ", options.batch_size,
          "; it must be 1 or more");
  // The loader's threads are parallel enough.
  cv::setNumThreads(1);
}

Loader::~Loader() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
    Discard();
  }
  work_.notify_all();
  progress_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Shape Loader::NextShape() {
  Datum datum;
  const Shape image =
      transformer_.OutputShape(Prepare(skip_ + position_, &datum));
  return {options_.batch_size, image[0], image[1], image[2]};
}

Batch Loader::Next() {
  Start();
  std::unique_lock<std::mutex> lock(mutex_);
  progress_.wait(lock, [this] {
    return !pending_.empty() && pending_.front()->done == options_.batch_size;
  });
  const PendingPtr first = pending_.front();
  if (first->failure) {
    try {
      std::rethrow_exception(first->failure);
    } catch (const Error& error) {
      // A copy, since those above will put more before its sentence.
      throw Error(error);
    }
  }
  pending_.pop_front();
  position_ += options_.batch_size;
  lock.unlock();
  work_.notify_all();
  return std::move(first->batch);
}

void Loader::Seek(int64_t position) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Discard();
    position_ = position;
    next_first_ = skip_ + position;
  }
  work_.notify_all();
}

void Loader::Discard() {
  for (const PendingPtr& pending : pending_) pending->abandoned = true;
  pending_.clear();
}

void Loader::Start() {
  if (!threads_.empty()) return;
  next_first_ = skip_ + position_;
  for (int i = 0; i < std::max(1, options_.threads); ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

void Loader::Work() {
  Datum datum;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stop_ || HasWork(); });
    if (stop_) return;
    int begin, end;
    const PendingPtr pending = Claim(&begin, &end);
    lock.unlock();
    for (int slot = begin; slot < end && !pending->abandoned; ++slot) {
      MakeSample(pending.get(), slot, &datum);
    }
    lock.lock();
    pending->done += end - begin;
    if (pending->done == options_.batch_size) progress_.notify_all();
  }
}

bool Loader::HasWork() const {
  return static_cast<int>(pending_.size()) < std::max(1, options_.prefetch) ||
         pending_.back()->claimed < options_.batch_size;
}

// The next run of samples, [*begin, *end) of the batch returned.
Loader::PendingPtr Loader::Claim(int* begin, int* end) {
  if (pending_.empty() || pending_.back()->claimed == options_.batch_size) {
    pending_.push_back(std::make_shared<Pending>());
    pending_.back()->first = next_first_;
    next_first_ += options_.batch_size;
  }
  const PendingPtr& pending = pending_.back();
  *begin = pending->claimed;
  *end = std::min(*begin + kRun, options_.batch_size);
  pending->claimed = *end;
  return pending;
}

void Loader::MakeSample(Pending* pending, int slot, Datum* datum) {
  try {
    const int64_t sample = pending->first + slot;
    const Image image = Prepare(sample, datum);
    float* const pixels = Place(pending, slot, image);
    if (pixels == nullptr) return;
    transformer_.Write(image, sample, pixels);
    pending->batch.labels.data()[slot] = datum->label();
  } catch (...) {
    Fail(pending, slot);
  }
}

// The image shares the memory of `datum`.
Image Loader::Prepare(int64_t sample, Datum* datum) {
  const int64_t index = order_.Index(sample);
  source_->Read(index, datum);
  if (datum->encoded() && CutShort(datum->data())) {
    LOG_FIRST_N(WARNING, 20)
        << source_->Name(index) << " is cut short; what is missing is gray";
  }
  try {
    return transformer_.Prepare(*datum, sample);
  } catch (Error& error) {
    throw error.Prefix(source_->Name(index));
  }
}

// Where this image goes in its batch; null if the batch came to nothing. Slot 0
// decides the batch's shape. The others wait for it, but not for long: it was
// claimed before them, and is the first of its run.
float* Loader::Place(Pending* pending, int slot, const Image& image) {
  const Shape shape = transformer_.OutputShape(image);
  if (slot == 0) Allocate(pending, shape);
  std::unique_lock<std::mutex> lock(mutex_);
  progress_.wait(lock, [pending] {
    return pending->shaped || pending->failed_slot == 0 || pending->abandoned;
  });
  if (!pending->shaped) return nullptr;
  const Shape& batch = pending->batch.data.shape();
  const Shape first = {batch[1], batch[2], batch[3]};
  if (shape != first) {
    const int64_t index = order_.Index(pending->first + slot);
    throw Error(source_->Name(index), " is ", shape,
                ", but the first image of its batch ", first,
                shape[0] == first[0] ? "; a crop_size or resize_param"
                                     : "; force_color or force_gray",
                " makes them alike");
  }
  return pending->batch.data.data() + slot * shape.count();
}

void Loader::Allocate(Pending* pending, const Shape& image) {
  const Shape shape = {options_.batch_size, image[0], image[1], image[2]};
  Tensor data(shape, Device::kCpu, nullptr,
              buffers_.Take(shape.count() * sizeof(float)));
  Tensor labels(Shape{options_.batch_size});
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending->batch = {std::move(data), std::move(labels)};
    pending->shaped = true;
  }
  progress_.notify_all();
}

void Loader::Fail(Pending* pending, int slot) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (pending->failed_slot < 0 || slot < pending->failed_slot) {
      pending->failed_slot = slot;
      pending->failure = std::current_exception();
    }
  }
  progress_.notify_all();
}

}  // namespace doppio
