#include "data/loader.h"

#include <glog/logging.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <utility>

#include "data/image_facts.h"
#include "doppio/error.h"

namespace doppio {
namespace {

// Samples that a thread takes at a time: enough to keep it off the mutex, few
// enough to spread one batch over many threads.
constexpr int kRun = 4;

// Of the labels of a batch of records like this one.
Shape LabelShape(int batch, const Datum& datum) {
  if (datum.labels_size() == 0) return {batch};
  return {batch, datum.labels_size()};
}

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
      crops_(transformer_.crops()),
      skip_(DrawSkip(options)),
      order_(source_->size(), options.shuffle, options.seed, options.layer),
      buffers_(options.prefetch + 2, options.allocate) {
  Require(options.batch_size > 0, "batch_size is ", options.batch_size,
          "; it must be 1 or more");
  Require(!options.cut_last_batch || options.rand_skip == 0,
          "cut_last_batch ends batches with the data set, rand_skip begins ",
          "elsewhere; keep one");
  Require(!options.cut_last_batch || options.ranks == 1,
          "cut_last_batch leaves some GPUs without images at the end of an "
          "epoch; leave it out, or train on one GPU");
  Require(options.batch_size % crops_ == 0, "batch_size is ",
          options.batch_size, "; with crops: ", crops_,
          " it has to be a multiple of that");
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

Shape Loader::NextShape(Shape* labels) {
  Datum datum;
  const Shape image = transformer_.OutputShape(Prepare(FirstSample(), &datum));
  const int size = SizeAt(FirstSample());
  if (labels != nullptr) *labels = LabelShape(size, datum);
  return {size, image[0], image[1], image[2]};
}

Batch Loader::Next() {
  Start();
  std::unique_lock<std::mutex> lock(mutex_);
  progress_.wait(lock, [this] {
    return !pending_.empty() &&
           pending_.front()->done == pending_.front()->size;
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
  position_ += int64_t{first->size} * options_.ranks;
  lock.unlock();
  work_.notify_all();
  return std::move(first->batch);
}

void Loader::Seek(int64_t position) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    Discard();
    position_ = position;
    next_first_ = FirstSample();
  }
  work_.notify_all();
}

void Loader::Discard() {
  for (const PendingPtr& pending : pending_) pending->abandoned = true;
  pending_.clear();
}

void Loader::Start() {
  if (!threads_.empty()) return;
  next_first_ = FirstSample();
  for (int i = 0; i < std::max(1, options_.threads); ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

void Loader::Work() {
  Held held;
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stop_ || HasWork(); });
    if (stop_) return;
    int begin, end;
    const PendingPtr pending = Claim(&begin, &end);
    lock.unlock();
    for (int slot = begin; slot < end && !pending->abandoned; ++slot) {
      MakeSample(pending.get(), slot, &held);
    }
    lock.lock();
    pending->done += end - begin;
    if (pending->done == pending->size) progress_.notify_all();
  }
}

bool Loader::HasWork() const {
  return static_cast<int>(pending_.size()) < std::max(1, options_.prefetch) ||
         pending_.back()->claimed < pending_.back()->size;
}

// The size of the batch that begins with this sample.
int Loader::SizeAt(int64_t sample) const {
  if (!options_.cut_last_batch) return options_.batch_size;
  const int64_t left = epoch_size() - sample % epoch_size();
  return static_cast<int>(std::min<int64_t>(left, options_.batch_size));
}

// Of this loader's next batch.
int64_t Loader::FirstSample() const {
  return skip_ + position_ + int64_t{options_.rank} * options_.batch_size;
}

int64_t Loader::RecordOf(int64_t position) {
  return order_.Index((skip_ + position) / crops_);
}

// The next run of samples, [*begin, *end) of the batch returned.
Loader::PendingPtr Loader::Claim(int* begin, int* end) {
  if (pending_.empty() || pending_.back()->claimed == pending_.back()->size) {
    pending_.push_back(std::make_shared<Pending>());
    pending_.back()->first = next_first_;
    pending_.back()->size = SizeAt(next_first_);
    next_first_ += int64_t{pending_.back()->size} * options_.ranks;
  }
  const PendingPtr& pending = pending_.back();
  *begin = pending->claimed;
  // The crops of a record stay together, so that it is decoded once.
  const int run = crops_ > 1 ? static_cast<int>(crops_) : kRun;
  *end = std::min(*begin + run, pending->size);
  pending->claimed = *end;
  return pending;
}

void Loader::MakeSample(Pending* pending, int slot, Held* held) {
  try {
    const int64_t sample = pending->first + slot;
    if (held->number != sample / crops_) {
      held->number = -1;
      held->image = Prepare(sample, &held->datum);
      held->number = sample / crops_;
    }
    float* const pixels = Place(pending, slot, *held);
    if (pixels == nullptr) return;
    transformer_.Write(held->image, sample, pixels);
    WriteLabels(pending, slot, held->datum);
  } catch (...) {
    Fail(pending, slot);
  }
}

// The image shares the memory of `datum`.
Image Loader::Prepare(int64_t sample, Datum* datum) {
  const int64_t index = order_.Index(sample / crops_);
  source_->Read(index, datum);
  if (datum->encoded() && CutShort(datum->data())) {
    LOG_FIRST_N(WARNING, 20)
        << source_->Name(index) << " is cut short; what is missing is gray";
  }
  try {
    return transformer_.Prepare(*datum, sample);
  } catch (Error& error) {
    throw error.Prefix(source_->Name(index));
  } catch (const cv::Exception& exception) {
    throw Error(source_->Name(index),
                ": the image cannot be transformed: ", exception.err);
  }
}

// Where this image goes in its batch; null if the batch came to nothing. Slot 0
// decides the batch's shape. The others wait for it, but not for long: it was
// claimed before them, and is the first of its run.
float* Loader::Place(Pending* pending, int slot, const Held& held) {
  const Shape shape = transformer_.OutputShape(held.image);
  if (slot == 0)
    Allocate(pending, shape, LabelShape(pending->size, held.datum));
  std::unique_lock<std::mutex> lock(mutex_);
  progress_.wait(lock, [pending] {
    return pending->shaped || pending->failed_slot == 0 || pending->abandoned;
  });
  if (!pending->shaped) return nullptr;
  const Shape& batch = pending->batch.data.shape();
  const Shape first = {batch[1], batch[2], batch[3]};
  if (shape != first) {
    const int64_t index = order_.Index((pending->first + slot) / crops_);
    throw Error(source_->Name(index), " is ", shape,
                ", but the first image of its batch ", first,
                shape[0] == first[0] ? "; a crop_size or resize_param"
                                     : "; force_color or force_gray",
                " makes them alike");
  }
  return pending->batch.data.data() + slot * shape.count();
}

void Loader::Allocate(Pending* pending, const Shape& image,
                      const Shape& labels) {
  const Shape shape = {pending->size, image[0], image[1], image[2]};
  Tensor data(shape, Device::kCpu, nullptr,
              buffers_.Take(shape.count() * sizeof(float)));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending->batch = {std::move(data), Tensor(labels)};
    pending->shaped = true;
  }
  progress_.notify_all();
}

void Loader::WriteLabels(Pending* pending, int slot, const Datum& datum) {
  Tensor& labels = pending->batch.labels;
  const int64_t count = labels.shape().count() / pending->size;
  Require(labels.shape() == LabelShape(pending->size, datum),
          source_->Name(order_.Index((pending->first + slot) / crops_)),
          " has ", datum.labels_size(),
          " labels besides its class, others of its batch do not");
  if (datum.labels_size() == 0) {
    labels.data()[slot] = datum.label();
  } else {
    std::copy_n(datum.labels().data(), count, labels.data() + slot * count);
  }
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
