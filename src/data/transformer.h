#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.h"
#include "data.pb.h"
#include "data/image.h"
#include "doppio/tensor.h"
#include "layers.pb.h"

namespace doppio {

// Makes a float image, C x H x W, of a sample, as transform_param says: resize,
// crop, mirror, subtract the mean, scale, and in training what augments the
// data set. What it draws depends on the seed, the layer's name and the
// sample's number alone. Any number of threads may use one.
class Transformer {
 public:
  Transformer(const TransformationParameter& param, Phase phase, uint64_t seed,
              const std::string& layer);

  // How many samples, one after the other, are made of one record.
  int crops() const { return param_.crops(); }
  const TransformationParameter& param() const { return param_; }

  // The first half: the sample decoded, resized, its colours and shape changed.
  // Samples of one record get the same. Throws Error if the second
  // half would not fit it. The image may share the Datum's memory.
  Image Prepare(const Datum& datum, int64_t sample) const;

  // The second half. `output` holds OutputShape elements.
  Shape OutputShape(const Image& image) const;
  void Write(const Image& image, int64_t sample, float* output) const;

 private:
  // The part of the image that is left, and how it is turned.
  struct Window {
    int top;
    int left;
    int height;
    int width;
    bool mirror;
  };

  void CheckParam() const;
  void ReadMean(const std::string& file);
  RandomStream StreamOf(int64_t sample) const;
  Image Augmented(Image image, const RandomStream& random) const;
  void CheckMean(const Image& image) const;
  Window WindowOf(const Image& image, int64_t sample) const;
  Window CropOf(int number, int above, int beside) const;
  template <typename Pixel>
  void WritePlane(const Pixel* pixels, size_t row_step, int pixel_step,
                  int channel, const Image& image, const Window& window,
                  float shift, float* output) const;
  void Erase(const cv::Rect& part, const Shape& shape, float* output) const;

  const TransformationParameter param_;
  const Phase phase_;
  const uint64_t seed_;
  const uint64_t layer_;
  std::vector<float> mean_values_;  // none, one, or one per channel
  Shape mean_shape_;                // C x H x W, if there is a mean_file
  std::vector<float> mean_;
  ColorStatistics colors_;  // if there is a pca_file
};

}  // namespace doppio
