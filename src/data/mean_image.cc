#include "data/mean_image.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "data/color_sums.h"
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

// What one pass adds up.
struct Sums {
  std::vector<double> pixels;  // of the image, where a mean image is wanted
  ColorSums colors;            // where colours are wanted
};

// What is wanted; the shape is that of all images, or empty.
struct Wanted {
  std::optional<Shape> shape;
  bool colors = false;
};

// The sums over records [begin, end).
Sums SumsOf(const DataSource& source, int64_t begin, int64_t end,
            const Wanted& wanted) {
  Sums sums;
  if (wanted.shape) sums.pixels.resize(wanted.shape->count());
  Datum datum;
  for (int64_t i = begin; i < end; ++i) {
    const Image image = ReadImage(source, i, &datum);
    Require(!wanted.shape || ShapeOf(image) == *wanted.shape, source.Name(i),
            " is ", ShapeOf(image), ", but the first image ",
            wanted.shape.value_or(Shape()),
            "; a mean image needs images of one size");
    if (wanted.shape) Add(image, sums.pixels.data());
    try {
      if (wanted.colors) sums.colors.Add(image);
    } catch (Error& error) {
      throw error.Prefix(source.Name(i));
    }
  }
  return sums;
}

Sums SumsOf(const DataSource& source, int threads, const Wanted& wanted) {
  constexpr int64_t kBlock = 64;  // records that one thread adds up
  const int64_t blocks = (source.size() + kBlock - 1) / kBlock;
  Sums total;
  if (wanted.shape) total.pixels.resize(wanted.shape->count());
  InOrder<Sums>(
      blocks, threads,
      [&](int64_t block) {
        const int64_t begin = block * kBlock;
        return SumsOf(source, begin, std::min(begin + kBlock, source.size()),
                      wanted);
      },
      [&](int64_t, const Sums& sums) {
        for (size_t i = 0; i < total.pixels.size(); ++i) {
          total.pixels[i] += sums.pixels[i];
        }
        total.colors.Add(sums.colors);
      });
  return total;
}

Shape FirstShape(const DataSource& source) {
  Datum datum;
  return ShapeOf(ReadImage(source, 0, &datum));
}

BlobProto Mean(const Sums& sums, const Shape& shape, int64_t images) {
  BlobProto mean;
  mean.set_num(1);
  mean.set_channels(shape[0]);
  mean.set_height(shape[1]);
  mean.set_width(shape[2]);
  for (const double sum : sums.pixels) {
    mean.add_data(static_cast<float>(sum / images));
  }
  return mean;
}

}  // namespace

BlobProto MeanImage(const DataSource& source, int threads) {
  const Shape shape = FirstShape(source);
  return Mean(SumsOf(source, threads, {shape, false}), shape, source.size());
}

ColorStatistics ColorsOf(const DataSource& source, int threads,
                         BlobProto* mean) {
  Wanted wanted;
  wanted.colors = true;
  if (mean != nullptr) wanted.shape = FirstShape(source);
  const Sums sums = SumsOf(source, threads, wanted);
  if (mean != nullptr) *mean = Mean(sums, *wanted.shape, source.size());
  return sums.colors.Statistics();
}

}  // namespace doppio
