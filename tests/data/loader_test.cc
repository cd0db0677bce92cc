#include "data/loader.h"

#include <google/protobuf/text_format.h>

#include <chrono>
#include <limits>
#include <set>

#include "data/data_test.h"

namespace doppio {
namespace {

// Images whose pixels and label tell their index.
class FakeSource : public DataSource {
 public:
  explicit FakeSource(int64_t size) : size_(size) {}

  int64_t size() const override { return size_; }
  void Read(int64_t index, Datum* datum) const override {
    if (index >= slow_from) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    Require(bad.count(index) == 0, Name(index), " is bad");
    const int side = index == large ? 7 : 6;
    *datum = RawDatum(2, side, side, index, index * 13, 3);
  }
  std::string Name(int64_t index) const override {
    return "image " + std::to_string(index);
  }

  std::set<int64_t> bad;
  int64_t large = -1;
  int64_t slow_from = std::numeric_limits<int64_t>::max();

 private:
  const int64_t size_;
};

Loader::Options Options(int batch_size, int threads) {
  Loader::Options options;
  options.layer = "data";
  options.batch_size = batch_size;
  options.threads = threads;
  return options;
}

std::unique_ptr<Loader> Load(std::unique_ptr<FakeSource> source,
                             const Loader::Options& options,
                             const std::string& transform = "") {
  TransformationParameter param;
  CHECK(google::protobuf::TextFormat::ParseFromString(transform, &param));
  return std::make_unique<Loader>(std::move(source), param, TRAIN, options);
}

std::unique_ptr<Loader> Load(int64_t size, const Loader::Options& options,
                             const std::string& transform = "") {
  return Load(std::make_unique<FakeSource>(size), options, transform);
}

// All values of the next batches.
std::vector<std::vector<float>> Take(Loader* loader, int batches) {
  std::vector<std::vector<float>> values;
  for (int i = 0; i < batches; ++i) {
    const Batch batch = loader->Next();
    values.push_back(batch.data.ToVector());
    values.push_back(batch.labels.ToVector());
  }
  return values;
}

TEST(LoaderTest, AnImageTooLargeToTransformIsNamed) {
  const TempFolder folder;
  WriteLmdb(folder / "db", {RawDatum(1, 1, 70000, 0)});
  TransformationParameter rotated;
  rotated.set_rotation(10);
  Loader loader(OpenLmdb(folder / "db"), rotated, TRAIN, Options(1, 1));
  ExpectContains(ErrorFrom([&] { loader.Next(); }),
                 "\": the image cannot be transformed: ");
}

TEST(LoaderTest, BatchesRunThroughTheRecordsAndBeginAnew) {
  const auto loader = Load(5, Options(3, 2));
  EXPECT_EQ(loader->NextShape(), Shape({3, 2, 6, 6}));
  const Batch batch = loader->Next();
  EXPECT_EQ(batch.data.shape(), Shape({3, 2, 6, 6}));
  EXPECT_EQ(batch.data.ToVector()[72], 13);  // the first pixel of image 1
  EXPECT_EQ(batch.labels.ToVector(), std::vector<float>({0, 1, 2}));
  EXPECT_EQ(loader->Next().labels.ToVector(), std::vector<float>({3, 4, 0}));
  EXPECT_EQ(loader->position(), 6);
}

// Over several epochs, in a random order, with random crops, and from `seek`
// on.
std::vector<std::vector<float>> TakeAsRank(int rank, int ranks, int batch_size,
                                           int batches, int64_t seek) {
  Loader::Options options = Options(batch_size, 2);
  options.shuffle = true;
  options.rand_skip = 5;
  options.rank = rank;
  options.ranks = ranks;
  const auto loader = Load(7, options, "crop_size: 4 mirror: true");
  Take(loader.get(), 1);
  loader->Seek(seek);
  auto values = Take(loader.get(), batches);
  EXPECT_EQ(loader->position(), seek + batches * batch_size * ranks);
  return values;
}

TEST(LoaderTest, RanksReadTogetherWhatOneWouldRead) {
  for (const int64_t seek : {0, 4}) {
    const auto all = TakeAsRank(0, 1, 6, 4, seek);
    const auto first = TakeAsRank(0, 2, 3, 4, seek);
    const auto second = TakeAsRank(1, 2, 3, 4, seek);
    for (size_t i = 0; i < all.size(); ++i) {
      std::vector<float> both = first[i];
      both.insert(both.end(), second[i].begin(), second[i].end());
      EXPECT_EQ(both, all[i]) << i;
    }
  }
}

TEST(LoaderTest, TheLastBatchOfAnEpochCanEndWithIt) {
  Loader::Options options = Options(3, 2);
  options.cut_last_batch = true;
  const auto loader = Load(5, options);
  EXPECT_EQ(loader->Next().labels.ToVector(), std::vector<float>({0, 1, 2}));
  EXPECT_EQ(loader->NextShape(), Shape({2, 2, 6, 6}));
  const Batch last = loader->Next();
  EXPECT_EQ(last.data.shape(), Shape({2, 2, 6, 6}));
  EXPECT_EQ(last.labels.ToVector(), std::vector<float>({3, 4}));
  EXPECT_EQ(loader->position(), 5);
  EXPECT_EQ(loader->Next().labels.ToVector(), std::vector<float>({0, 1, 2}));
  loader->Seek(3);
  EXPECT_EQ(loader->Next().labels.ToVector(), std::vector<float>({3, 4}));

  options.rand_skip = 2;
  EXPECT_EQ(ErrorFrom([&] { Load(5, options); }),
            "cut_last_batch ends batches with the data set, rand_skip begins "
            "elsewhere; keep one");
  options.rand_skip = 0;
  options.ranks = 2;
  EXPECT_EQ(ErrorFrom([&] { Load(5, options); }),
            "cut_last_batch leaves some GPUs without images at the end of an "
            "epoch; leave it out, or train on one GPU");
}

// Label and row of pixels of each sample's first channel, 1 x 1 crops of 6 x 6:
// the corners, the centre (2, 2), and the same mirrored.
TEST(LoaderTest, TenCropsOfARecordFollowOneAnother) {
  TransformationParameter param;
  param.set_crop_size(1);
  param.set_crops(10);
  for (const int threads : {1, 4}) {
    Loader loader(std::make_unique<FakeSource>(3), param, TEST,
                  Options(20, threads));
    EXPECT_EQ(loader.epoch_size(), 30);
    const Batch batch = loader.Next();
    std::vector<float> labels(10, 0);
    labels.resize(20, 1);
    EXPECT_EQ(batch.labels.ToVector(), labels);
    std::vector<float> firsts;
    for (int i = 0; i < 10; ++i) {
      firsts.push_back(batch.data.ToVector()[2 * i]);
    }
    EXPECT_EQ(firsts,
              std::vector<float>({0, 15, 90, 105, 42, 0, 15, 90, 105, 42}));
    EXPECT_EQ(loader.RecordOf(19), 1);
  }
  EXPECT_EQ(ErrorFrom([&] {
              Loader(std::make_unique<FakeSource>(3), param, TEST,
                     Options(15, 1));
            }),
            "batch_size is 15; with crops: 10 it has to be a multiple of that");
}

// Records of several labels each; record `odd` has one more.
class LabelsSource : public FakeSource {
 public:
  LabelsSource() : FakeSource(4) {}
  void Read(int64_t index, Datum* datum) const override {
    FakeSource::Read(index, datum);
    datum->add_labels(index + 0.5f);
    datum->add_labels(-index);
    if (index == odd) datum->add_labels(1);
  }
  int64_t odd = -1;
};

TEST(LoaderTest, RecordsMayHaveSeveralLabels) {
  Loader loader(std::make_unique<LabelsSource>(), {}, TEST, Options(2, 2));
  Shape labels;
  loader.NextShape(&labels);
  EXPECT_EQ(labels, Shape({2, 2}));
  EXPECT_EQ(loader.Next().labels.ToVector(),
            std::vector<float>({0.5, 0, 1.5, -1}));

  auto source = std::make_unique<LabelsSource>();
  source->odd = 1;
  Loader uneven(std::move(source), {}, TEST, Options(2, 1));
  EXPECT_EQ(ErrorFrom([&] { uneven.Next(); }),
            "image 1 has 3 labels besides its class, others of its batch do "
            "not");
}

TEST(LoaderTest, AnyNumberOfThreadsMakesTheSameBatches) {
  Loader::Options options = Options(7, 1);
  options.shuffle = true;
  const std::string transform =
      "crop_size: 4 mirror: true scale: 0.5 rotation: 20 "
      "random_resized_crop {} color_jitter { brightness: 0.3 contrast: 0.3 } "
      "random_erasing {}";
  const auto one = Take(Load(23, options, transform).get(), 20);
  for (const int threads : {2, 4, 16}) {
    options.threads = threads;
    EXPECT_EQ(Take(Load(23, options, transform).get(), 20), one) << threads;
  }
}

TEST(LoaderTest, AnyPrefetchMakesTheSameBatches) {
  Loader::Options options = Options(3, 4);
  const auto four = Take(Load(10, options, "mirror: true").get(), 10);
  for (const int prefetch : {0, 1, 9}) {
    options.prefetch = prefetch;
    EXPECT_EQ(Take(Load(10, options, "mirror: true").get(), 10), four);
  }
}

TEST(LoaderTest, AShuffledEpochHasEachRecordOnce) {
  Loader::Options options = Options(5, 3);
  options.shuffle = true;
  const auto loader = Load(20, options);
  std::vector<float> first_epoch;
  for (int epoch = 0; epoch < 3; ++epoch) {
    std::vector<float> labels;
    for (int i = 0; i < 4; ++i) {
      for (const float label : loader->Next().labels.ToVector()) {
        labels.push_back(label);
      }
    }
    EXPECT_EQ(std::set<float>(labels.begin(), labels.end()).size(), 20);
    if (epoch == 0) first_epoch = labels;
    EXPECT_EQ(labels == first_epoch, epoch == 0);
  }
}

TEST(LoaderTest, SeekingGoesOnAsAStraightRunWould) {
  Loader::Options options = Options(4, 3);
  options.shuffle = true;
  options.rand_skip = 10;
  const std::string transform = "crop_size: 3 mirror: true";
  const auto straight = Take(Load(10, options, transform).get(), 12);
  const std::vector<std::vector<float>> end(straight.begin() + 2 * 5,
                                            straight.end());
  const auto fresh = Load(10, options, transform);
  fresh->Seek(4 * 5);
  EXPECT_EQ(fresh->position(), 20);
  EXPECT_EQ(Take(fresh.get(), 7), end);
  // Again, with what comes after already prefetched.
  fresh->Seek(4 * 5);
  EXPECT_EQ(Take(fresh.get(), 7), end);
}

TEST(LoaderTest, RandSkipBeginsAtADrawnRecord) {
  std::set<float> starts;
  for (int seed = 0; seed < 30; ++seed) {
    Loader::Options options = Options(1, 1);
    options.rand_skip = 4;
    options.seed = seed;
    const float start = Load(100, options)->Next().labels.ToVector()[0];
    EXPECT_EQ(Load(100, options)->Next().labels.ToVector()[0], start);
    starts.insert(start);
  }
  EXPECT_EQ(starts, std::set<float>({0, 1, 2, 3}));
}

TEST(LoaderTest, AnErrorReachesWhoTakesItsBatch) {
  for (const int threads : {1, 4}) {
    auto source = std::make_unique<FakeSource>(20);
    source->bad = {9, 11, 13};
    const auto loader = Load(std::move(source), Options(4, threads));
    loader->Next();
    loader->Next();
    const auto next = [&] { loader->Next(); };
    EXPECT_EQ(ErrorFrom(next), "image 9 is bad");
    EXPECT_EQ(ErrorFrom(next), "image 9 is bad");
    EXPECT_EQ(loader->position(), 8);
    loader->Seek(16);
    EXPECT_EQ(loader->Next().labels.ToVector(),
              std::vector<float>({16, 17, 18, 19}));
  }
}

TEST(LoaderTest, ABatchWhoseFirstImageFailsIsGivenUp) {
  auto source = std::make_unique<FakeSource>(20);
  source->bad = {4};
  const auto loader = Load(std::move(source), Options(4, 4));
  loader->Next();
  EXPECT_EQ(ErrorFrom([&] { loader->Next(); }), "image 4 is bad");
}

TEST(LoaderTest, AnErrorOfTheTransformNamesTheSample) {
  const auto loader = Load(20, Options(4, 2), "crop_size: 10");
  EXPECT_EQ(ErrorFrom([&] { loader->NextShape(); }),
            "image 0: a crop_size of 10 does not fit the image of 6x6");
  EXPECT_EQ(ErrorFrom([&] { loader->Next(); }),
            "image 0: a crop_size of 10 does not fit the image of 6x6");
}

TEST(LoaderTest, ABatchHasTheSizeOfItsFirstImage) {
  auto source = std::make_unique<FakeSource>(3);
  source->large = 1;
  const auto loader = Load(std::move(source), Options(1, 4));
  EXPECT_EQ(loader->Next().data.shape(), Shape({1, 2, 6, 6}));
  EXPECT_EQ(loader->NextShape(), Shape({1, 2, 7, 7}));
  EXPECT_EQ(loader->Next().data.shape(), Shape({1, 2, 7, 7}));
  EXPECT_EQ(loader->Next().data.shape(), Shape({1, 2, 6, 6}));
}

TEST(LoaderTest, ImagesOfOneBatchMustHaveOneSize) {
  auto source = std::make_unique<FakeSource>(20);
  source->large = 6;
  const auto loader = Load(std::move(source), Options(4, 4));
  loader->Next();
  EXPECT_EQ(ErrorFrom([&] { loader->Next(); }),
            "image 6 is 2x7x7, but the first image of its batch 2x6x6; a "
            "crop_size or resize_param makes them alike");
}

TEST(LoaderTest, ImagesOfOneBatchMustHaveAsManyChannels) {
  const TempFolder folder;
  WriteLmdb(folder / "db",
            {EncodedDatum(SmoothImage(4, 4), 0),
             EncodedDatum(cv::Mat(4, 4, CV_8UC1, cv::Scalar(9)), 0)});
  Loader loader(OpenLmdb(folder / "db"), {}, TRAIN, Options(2, 1));
  ExpectContains(ErrorFrom([&] { loader.Next(); }),
                 " is 1x4x4, but the first image of its batch 3x4x4; "
                 "force_color or force_gray makes them alike");
}

TEST(LoaderTest, BatchesWithoutImagesMakeNoSense) {
  EXPECT_EQ(ErrorFrom([] { Load(20, Options(0, 1)); }),
            "batch_size is 0; it must be 1 or more");
}

TEST(LoaderTest, ItStopsWithoutFinishingBatches) {
  auto source = std::make_unique<FakeSource>(5000);
  source->slow_from = 1000;
  auto loader = Load(std::move(source), Options(1000, 4));
  loader->Next();
  // The four batches that are prefetched now would take two seconds.
  const auto start = std::chrono::steady_clock::now();
  loader.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(LoaderTest, MemoryOfReleasedBatchesIsUsedAgain) {
  const auto loader = Load(20, Options(4, 2));
  std::set<const void*> memory;
  Batch held;
  for (int i = 0; i < 100; ++i) {
    held = loader->Next();
    memory.insert(held.data.storage());
  }
  // Four are prefetched, one is held and one is on its way.
  EXPECT_LE(memory.size(), 7);
}

TEST(LoaderTest, BatchesOutliveTheLoader) {
  auto loader = Load(20, Options(4, 2));
  const Batch batch = loader->Next();
  const std::vector<float> values = batch.data.ToVector();
  loader.reset();
  EXPECT_EQ(batch.data.ToVector(), values);
}

TEST(LoaderTest, AHeldBatchIsNotWrittenOver) {
  const auto loader = Load(20, Options(4, 2));
  const Batch first = loader->Next();
  const std::vector<float> values = first.data.ToVector();
  for (int i = 0; i < 20; ++i) loader->Next();
  EXPECT_EQ(first.data.ToVector(), values);
}

}  // namespace
}  // namespace doppio
