#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace doppio {

// One image whose best class is not its own.
struct Mistake {
  int64_t record = 0;  // of the data set
  int label = 0;
  int taken_for = 0;
  float probability = 0;  // of the class that it was taken for
  float of_label = 0;     // of its own
};

// How well a net tells classes apart: what it said of each image, added up.
class Classification {
 public:
  // Remembers so many of the worst mistakes; and which class was taken for
  // which if `confusion` says so, in classes x classes numbers.
  Classification(int classes, int worst, bool confusion);

  // `probabilities` of all classes for one image. One whose own is not finite
  // counts as not found.
  void Add(const float* probabilities, int label, int64_t record);

  int classes() const { return classes_; }
  int64_t images() const { return images_; }
  // The share of images whose label is among the k most probable classes, for k
  // from 1 to 5; of equal ones, the lower number counts as the more probable.
  double TopK(int k) const;
  // classes x classes: how many images of one were taken for the other. This
  // and the tables are for those who asked for it.
  const std::vector<int64_t>& confusion() const { return confusion_; }
  // Those that the net was surest of first.
  const std::vector<Mistake>& worst() const { return worst_; }

  // A line per class: its images, how many were found, what it was taken for
  // most often.
  void PrintTable(const std::vector<std::string>& names,
                  std::ostream* out) const;
  // The confusion matrix with the classes' names, rows being what is true.
  std::string ConfusionCsv(const std::vector<std::string>& names) const;

 private:
  static constexpr int kTop = 5;

  void Remember(const Mistake& mistake);

  const int classes_;
  const size_t most_;
  int64_t images_ = 0;
  int64_t found_at_[kTop] = {};  // labels at each place of the order
  std::vector<int64_t> confusion_;
  std::vector<Mistake> worst_;
};

}  // namespace doppio
