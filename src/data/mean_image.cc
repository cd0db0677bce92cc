#include "data/mean_image.h"

#include <algorithm>
#include <vector>

#include "data/image.h"
#include "data/in_order.h"
#include "doppio/error.h"
#include "doppio/tensor.h"

namespace doppio {
namespace {

Image ReadImage(const DataSource& source, int64_t index, Datum* datum) {
  source.Read(index, datum);
  try {
    return ImageOf(*datum, Colors::kAsStored);
  } catch (Error& error) {
    throw error.Prefix(source.Name(index));
  }
}

Shape ShapeOf(const Image& image) {
  return {image.channels(), image.height(), image.width()};
}

template <typename Pixel>
void AddRow(const Pixel* x, int step, int n, double* sum) {
  for (int i = 0; i < n; ++i) sum[i] += x[i * step];
}

void Add(const Image& image, double* sum) {
  for (int c = 0; c < image.channels(); ++c) {
    const cv::Mat& plane = image.planes[image.interleaved() ? 0 : c];
    const int offset = image.interleaved() ? c : 0;
    const int step = plane.channels();
    for (int h = 0; h < image.height(); ++h, sum += image.width()) {
      if (plane.depth() == CV_8U) {
        AddRow(plane.ptr<uint8_t>(h) + offset, step, image.width(), sum);
      } else {
        AddRow(plane.ptr<float>(h) + offset, step, image.width(), sum);
      }
    }
  }
}

// The sum of records [begin, end), all of which must have `shape`.
std::vector<double> SumOf(const DataSource& source, int64_t begin, int64_t end,
                          const Shape& shape) {
  std::vector<double> sum(shape.count());
  Datum datum;
  for (int64_t i = begin; i < end; ++i) {
    const Image image = ReadImage(source, i, &datum);
    Require(ShapeOf(image) == shape, source.Name(i), " is ", ShapeOf(image),
            ", but the first image ", shape,
            "; a mean image needs images of one size");
    Add(image, sum.data());
  }
  return sum;
}

}  // namespace

BlobProto MeanImage(const DataSource& source, int threads) {
  Datum datum;
  const Shape shape = ShapeOf(ReadImage(source, 0, &datum));
  constexpr int64_t kBlock = 64;  // records that one thread adds up
  const int64_t blocks = (source.size() + kBlock - 1) / kBlock;
  std::vector<double> total(shape.count());
  InOrder<std::vector<double>>(
      blocks, threads,
      [&](int64_t block) {
        const int64_t begin = block * kBlock;
        return SumOf(source, begin, std::min(begin + kBlock, source.size()),
                     shape);
      },
      [&](int64_t, const std::vector<double>& sum) {
        for (size_t i = 0; i < total.size(); ++i) total[i] += sum[i];
      });

  BlobProto mean;
  mean.set_num(1);
  mean.set_channels(shape[0]);
  mean.set_height(shape[1]);
  mean.set_width(shape[2]);
  for (const double sum : total) {
    mean.add_data(static_cast<float>(sum / source.size()));
  }
  return mean;
}

}  // namespace doppio
