#include "data/windows.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "doppio/error.h"
#include "io/file.h"

namespace doppio {
namespace {

class WindowFile {
 public:
  explicit WindowFile(const WindowDataParameter& param)
      : param_(param), text_(ReadFile(param.source())) {}

  Windows Read() {
    std::string mark;
    while (text_ >> mark) {
      Next<int>("the number of an image");
      Check(mark == "#", "an image begins with #");
      ReadImage();
    }
    Require(!windows_.images.empty(), "\"", param_.source(),
            "\" lists no images");
    return std::move(windows_);
  }

 private:
  void Check(bool holds, const std::string& what) const {
    Require(holds, "window file \"", param_.source(), "\", image ",
            windows_.images.size(), ": ", what);
  }

  template <typename Value>
  Value Next(const char* what) {
    Value value{};
    Check(static_cast<bool>(text_ >> value), std::string(what) + " is missing");
    return value;
  }

  void ReadImage() {
    const auto path = Next<std::string>("the path");
    windows_.channels = Next<int>("the number of channels");
    Next<int>("the height");
    Next<int>("the width");
    const int count = Next<int>("the count of windows");
    windows_.images.push_back(param_.root_folder() + path);
    for (int i = 0; i < count; ++i) ReadWindow();
  }

  void ReadWindow() {
    ListedWindow window;
    window.image = static_cast<int>(windows_.images.size()) - 1;
    window.label = Next<int>("a label");
    const float overlap = Next<float>("an overlap");
    window.x1 = Next<int>("x1");
    window.y1 = Next<int>("y1");
    window.x2 = Next<int>("x2");
    window.y2 = Next<int>("y2");
    if (overlap >= param_.fg_threshold()) {
      Check(window.label > 0,
            "a window that is an object has a label of 1 or "
            "more");
      windows_.foreground.push_back(window);
    } else if (overlap < param_.bg_threshold()) {
      window.label = 0;
      windows_.background.push_back(window);
    }
  }

  const WindowDataParameter& param_;
  std::istringstream text_;
  Windows windows_;
};

int Round(float x) { return static_cast<int>(std::round(x)); }

// One axis of a window. The arithmetic is Caffe's, in single precision.
struct Span {
  int first, last;            // pixels of the image
  int before = 0, after = 0;  // of them, outside of it

  Span(int a, int b, float half, float scale) {
    const float centre =
        static_cast<float>(a) + static_cast<float>(b - a + 1) / 2;
    first = Round(centre - half * scale);
    last = Round(centre + half * scale);
  }

  // Leaves what lies in [0, size); returns how many crop pixels each pixel of
  // the whole span becomes.
  float Clip(int size, int crop_size) {
    const int whole = last - first + 1;
    before = std::max(0, -first);
    after = std::max(0, last - size + 1);
    first += before;
    last -= after;
    return static_cast<float>(crop_size) / static_cast<float>(whole);
  }

  int length() const { return last - first + 1; }
};

}  // namespace

Windows ReadWindows(const WindowDataParameter& param) {
  return WindowFile(param).Read();
}

WindowCrop CropOf(const ListedWindow& window, const cv::Size& image,
                  int crop_size, int context, bool square, bool mirror) {
  if (context == 0 && !square) {
    return {cv::Rect(window.x1, window.y1, window.x2 - window.x1 + 1,
                     window.y2 - window.y1 + 1),
            cv::Size(crop_size, crop_size), 0, 0};
  }
  float half_width = static_cast<float>(window.x2 - window.x1 + 1) / 2;
  float half_height = static_cast<float>(window.y2 - window.y1 + 1) / 2;
  if (square) half_width = half_height = std::max(half_width, half_height);
  // So that, after stretching, the context is that many pixels on each side.
  const float scale = static_cast<float>(crop_size) /
                      static_cast<float>(crop_size - 2 * context);
  Span x(window.x1, window.x2, half_width, scale);
  Span y(window.y1, window.y2, half_height, scale);
  const float x_scale = x.Clip(image.width, crop_size);
  const float y_scale = y.Clip(image.height, crop_size);
  WindowCrop crop;
  crop.source = cv::Rect(x.first, y.first, x.length(), y.length());
  crop.left = Round(static_cast<float>(mirror ? x.after : x.before) * x_scale);
  crop.top = Round(static_cast<float>(y.before) * y_scale);
  // Rounding may make it stand out by a pixel.
  crop.size.width = std::min(Round(static_cast<float>(x.length()) * x_scale),
                             crop_size - crop.left);
  crop.size.height = std::min(Round(static_cast<float>(y.length()) * y_scale),
                              crop_size - crop.top);
  return crop;
}

}  // namespace doppio
