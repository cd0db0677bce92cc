#pragma once

#include <vector>

#include "data/windows.h"
#include "doppio/layer.h"

namespace doppio {

// Windows of images, drawn at random, stretched to crop_size x crop_size; see
// window_data_param. The first windows of a batch are background, the others,
// fg_fraction of it, objects. What lies outside of the image is 0.
class WindowDataCpu final : public Layer {
 public:
  WindowDataCpu(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  // Reads the window file and the mean.
  Shapes Reshape(const Shapes& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs&, const Blobs&) override {}
  int64_t position() const override { return position_; }
  void Seek(int64_t position) override { position_ = position; }

 private:
  // A window as it goes into the batch.
  struct Sample {
    cv::Mat pixels;
    WindowCrop crop;
    int label = 0;
  };

  Sample Make(int item) const;
  cv::Mat Decoded(int image) const;
  void Write(const Sample& sample, float* output) const;
  float Mean(int channel, int row, int column) const;
  void ReadMean();

  const int batch_size_;
  const int crop_size_;
  Windows windows_;
  std::vector<std::string> files_;  // their bytes, with cache_images
  std::vector<float> mean_;         // C x side x side
  int mean_side_ = 0;
  int64_t position_ = 0;
};

}  // namespace doppio
