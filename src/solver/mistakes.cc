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
    Datum datum;
    source.Read(mistake.record, &datum);
    pictures.push_back(
        {StoredPicture(datum), NameOf(mistake.label, names) + " > " +
                                   NameOf(mistake.taken_for, names)});
  }
  constexpr int kColumns = 8, kSide = 128;
  return ContactSheet(pictures, kColumns, kSide);
}

}  // namespace doppio
