#include "layers/window_data.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "core/random.h"
#include "data/image.h"
#include "data/in_order.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "io/binary_proto.h"
#include "io/blob_proto.h"
#include "io/file.h"

namespace doppio {

WindowDataCpu::WindowDataCpu(const LayerParameter& param,
                             const Context& context)
    : Layer(param, context),
      batch_size_(static_cast<int>(param.window_data_param().batch_size())),
      crop_size_(static_cast<int>(param.transform_param().crop_size())) {
  const WindowDataParameter& window = param.window_data_param();
  const TransformationParameter& transform = param.transform_param();
  const std::string& mode = window.crop_mode();
  Require(window.has_source(), "window_data_param needs a source");
  Require(batch_size_ > 0, "window_data_param needs a batch_size of 1 or more");
  Require(crop_size_ > 0, "transform_param needs a crop_size of 1 or more");
  Require(2 * static_cast<int>(window.context_pad()) < crop_size_,
          "a context_pad of ", window.context_pad(), " on each side leaves ",
          "nothing of a crop_size of ", crop_size_);
  Require(mode == "warp" || mode == "square", "crop_mode \"", mode,
          "\" is neither \"warp\" nor \"square\"");
  Require(!transform.has_mean_file() || transform.mean_value_size() == 0,
          "transform_param has both mean_file and mean_value; keep one");
}

LayerTraits WindowDataCpu::traits() const {
  LayerTraits traits;
  traits.min_bottoms = traits.max_bottoms = 0;
  traits.min_tops = traits.max_tops = 2;
  traits.backward_reads_tops = false;
  return traits;
}

Shapes WindowDataCpu::Reshape(const Shapes&) {
  if (windows_.images.empty()) {
    const WindowDataParameter& param = param_.window_data_param();
    windows_ = ReadWindows(param);
    const int objects = static_cast<int>(batch_size_ * param.fg_fraction());
    Require(objects == 0 || !windows_.foreground.empty(), "\"", param.source(),
            "\" has no window with an overlap of fg_threshold, ",
            param.fg_threshold());
    Require(objects == batch_size_ || !windows_.background.empty(), "\"",
            param.source(), "\" has no window with an overlap below ",
            "bg_threshold, ", param.bg_threshold());
    ReadMean();
    if (param.cache_images()) {
      for (const std::string& path : windows_.images) {
        files_.push_back(ReadFile(path));
      }
    }
  }
  return {{batch_size_, windows_.channels, crop_size_, crop_size_},
          {batch_size_}};
}

void WindowDataCpu::ReadMean() {
  const TransformationParameter& transform = param_.transform_param();
  const int means = transform.mean_value_size();
  Require(means <= 1 || means == windows_.channels, "transform_param has ",
          means, " mean_values for images of ", windows_.channels,
          " channels; give one, or one for each");
  if (!transform.has_mean_file()) return;
  BlobProto proto;
  ReadBinaryProto(transform.mean_file(), &proto, "mean image");
  const Shape shape = ShapeOf(proto);
  mean_ = ValuesOf(proto);
  mean_side_ = shape.axes() > 0 ? shape[shape.axes() - 1] : 0;
  Require(mean_side_ >= crop_size_ &&
              static_cast<int64_t>(mean_.size()) ==
                  int64_t{windows_.channels} * mean_side_ * mean_side_,
          "mean_file \"", transform.mean_file(), "\" holds ", shape,
          "; it must be a square image of ", windows_.channels,
          " channels, at least ", crop_size_, " wide");
}

cv::Mat WindowDataCpu::Decoded(int image) const {
  try {
    return Decode(
        files_.empty() ? ReadFile(windows_.images[image]) : files_[image],
        windows_.channels == 1 ? Colors::kGray : Colors::kColor);
  } catch (Error& error) {
    throw error.Prefix(windows_.images[image]);
  }
}

WindowDataCpu::Sample WindowDataCpu::Make(int item) const {
  const WindowDataParameter& param = param_.window_data_param();
  const int objects = static_cast<int>(batch_size_ * param.fg_fraction());
  const std::vector<ListedWindow>& from =
      item < batch_size_ - objects ? windows_.background : windows_.foreground;
  const RandomStream random(context().seed(), Draw::kTransform, Hash(name()),
                            position_ + context().rank() * batch_size_ + item);
  const ListedWindow& window = from[random.Below(from.size(), 0)];
  const bool mirror =
      param_.transform_param().mirror() && random.Below(2, 1) == 1;
  const cv::Mat image = Decoded(window.image);
  Sample sample;
  sample.label = window.label;
  sample.crop = CropOf(window, image.size(), crop_size_, param.context_pad(),
                       param.crop_mode() == "square", mirror);
  const cv::Rect whole(0, 0, image.cols, image.rows);
  Require(sample.crop.source.area() > 0 &&
              (sample.crop.source & whole) == sample.crop.source,
          windows_.images[window.image], " is ", image.cols, " wide and ",
          image.rows, " high; the window ", window.x1, " ", window.y1, " ",
          window.x2, " ", window.y2, " does not lie in it");
  cv::resize(image(sample.crop.source), sample.pixels, sample.crop.size, 0, 0,
             cv::INTER_LINEAR);
  if (mirror) cv::flip(sample.pixels, sample.pixels, 1);
  return sample;
}

float WindowDataCpu::Mean(int channel, int row, int column) const {
  const auto& values = param_.transform_param().mean_value();
  if (!values.empty()) return values.Get(values.size() == 1 ? 0 : channel);
  if (mean_.empty()) return 0;
  const int margin = (mean_side_ - crop_size_) / 2;
  return mean_[(int64_t{channel} * mean_side_ + row + margin) * mean_side_ +
               column + margin];
}

// The scale of window_data_param is the one that Caffe knows; nets of the old
// formats have it in transform_param.
void WindowDataCpu::Write(const Sample& sample, float* output) const {
  const float scale =
      param_.window_data_param().scale() * param_.transform_param().scale();
  const int channels = windows_.channels;
  std::fill_n(output, channels * crop_size_ * crop_size_, 0.f);
  for (int h = 0; h < sample.pixels.rows; ++h) {
    const uint8_t* x = sample.pixels.ptr<uint8_t>(h);
    for (int w = 0; w < sample.pixels.cols; ++w) {
      for (int c = 0; c < channels; ++c) {
        const int row = h + sample.crop.top;
        const int column = w + sample.crop.left;
        output[(c * crop_size_ + row) * crop_size_ + column] =
            (*x++ - Mean(c, row, column)) * scale;
      }
    }
  }
}

void WindowDataCpu::Forward(const Blobs&, const Blobs& tops) {
  const int64_t size = tops[0]->data.count() / batch_size_;
  InOrder<Sample>(
      batch_size_, std::max(1, context().loader_threads()),
      [&](int64_t item) { return Make(static_cast<int>(item)); },
      [&](int64_t item, const Sample& sample) {
        Write(sample, tops[0]->data.data() + item * size);
        tops[1]->data.data()[item] = static_cast<float>(sample.label);
      });
  position_ += int64_t{context().ranks()} * batch_size_;
}

namespace {
const RegisterLayer<WindowDataCpu> kWindowData("WindowData", Device::kCpu);
}  // namespace

}  // namespace doppio
