#include "solver/mistakes.h"

#include <cstdio>
#include <ostream>

#include "data/label_names.h"
#include "data/pictures.h"

namespace doppio {
namespace {

std::string Percent(float share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

// As stored, without what the net's transform_param does to it.
cv::Mat StoredImage(const DataSource& source, int64_t record) {
  Datum datum;
  source.Read(record, &datum);
  const Image image = ImageOf(datum, Colors::kColor);
  std::vector<cv::Mat> planes;
  for (const cv::Mat& plane : image.planes) {
    planes.emplace_back();
    plane.convertTo(planes.back(), CV_8U);
  }
  cv::Mat together = planes[0];
  if (planes.size() == 3) cv::merge(planes, together);
  return together.clone();
}

}  // namespace

void PrintMistakes(const ClassScores& scores,
                   const std::vector<std::string>& names, std::ostream* out) {
  const DataSource& source = scores.data().loader().source();
  for (const Mistake& mistake : scores.result().worst()) {
    *out << source.Name(mistake.record) << ": taken for "
         << NameOf(mistake.taken_for, names) << " ("
         << Percent(mistake.probability) << "), but is "
         << NameOf(mistake.label, names) << " (" << Percent(mistake.of_label)
         << ")\n";
  }
}

cv::Mat MistakeSheet(const ClassScores& scores,
                     const std::vector<std::string>& names) {
  const DataSource& source = scores.data().loader().source();
  std::vector<LabelledPicture> pictures;
  for (const Mistake& mistake : scores.result().worst()) {
    pictures.push_back({StoredImage(source, mistake.record),
                        NameOf(mistake.label, names) + " > " +
                            NameOf(mistake.taken_for, names)});
  }
  constexpr int kColumns = 8, kSide = 128;
  return ContactSheet(pictures, kColumns, kSide);
}

}  // namespace doppio
