#pragma once

#include <memory>
#include <string>
#include <vector>

#include "doppio/data_source.h"

namespace doppio {

struct LabelledImage {
  std::string path;  // as the list has it, below its root folder
  int label = 0;
  std::vector<float> labels = {};  // several, or fractions, in place of `label`
};
using ImageList = std::vector<LabelledImage>;

// How lists are read that give no proper label: as Caffe's layers do, taking
// what digits there are and 0 for none; or not at all.
enum class Labels { kAsCaffe, kStrict };

// A text file of lines "path label"; the path may contain spaces. Throws Error
// with the line's number for what has no label that `labels` accepts, and if
// there are no lines.
ImageList ReadImageList(const std::string& file, Labels labels);

// The same for lines "path label label ...", with so many labels, which may be
// any numbers. The first one is also the class if it is a whole number from 0
// on.
ImageList ReadImageListOfLabels(const std::string& file, int labels);

// The images below `root`, one folder per class; paths are relative to it.
// Labels count the folders' names in their order, from 0.
struct ClassFolders {
  ImageList images;
  std::vector<std::string> classes;
  int64_t other_files = 0;  // whose extension is no image's
};
ClassFolders ListClassFolders(const std::string& root);

// The images of a list as encoded Datums. `root` is put before each path as it
// stands.
std::unique_ptr<DataSource> OpenImageList(const std::string& file,
                                          const std::string& root);

}  // namespace doppio
