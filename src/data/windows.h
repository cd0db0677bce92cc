#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "layers.pb.h"

namespace doppio {

// A rectangle of an image; its corners are pixels within it.
struct ListedWindow {
  int image = 0;
  int label = 0;  // 0 is the background
  int x1 = 0, y1 = 0, x2 = 0, y2 = 0;
};

// What a window file lists. For each image it has
//
//   # <number>
//   <path>
//   <channels> <height> <width>
//   <count of windows>
//   <label> <overlap> <x1> <y1> <x2> <y2>     for each window
//
// Windows that overlap an object enough are foreground, those that hardly do
// are background with the label 0, and those in between are left out.
struct Windows {
  std::vector<std::string> images;
  std::vector<ListedWindow> foreground, background;
  int channels = 3;
};
Windows ReadWindows(const WindowDataParameter& param);

// What is left of a window once it has a context and fits its image: the part
// to cut out, the size to stretch it to, and where that lies in the crop.
struct WindowCrop {
  cv::Rect source;
  cv::Size size;
  int top = 0, left = 0;
};
// `context` in pixels of the crop; `square` widens the window to a square.
WindowCrop CropOf(const ListedWindow& window, const cv::Size& image,
                  int crop_size, int context, bool square, bool mirror);

}  // namespace doppio
