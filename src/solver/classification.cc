#include "solver/classification.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <ostream>

#include "data/label_names.h"
#include "doppio/error.h"

namespace doppio {
namespace {

// For a field of a CSV file.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string Percent(int64_t part, int64_t whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%6.2f %%",
                whole == 0 ? 0 : 100.0 * part / whole);
  return text;
}

}  // namespace

Classification::Classification(int classes, int worst, bool confusion)
    : classes_(classes),
      most_(worst),
      confusion_(confusion ? int64_t{classes} * classes : 0) {}

void Classification::Add(const float* probabilities, int label,
                         int64_t record) {
  Require(label >= 0 && label < classes_, "a label is ", label,
          ", but the net tells ", classes_, " classes, from 0 on");
  const float own = probabilities[label];
  ++images_;
  if (!std::isfinite(own)) return;
  int before = 0;  // classes that come before the label
  for (int k = 0; k < classes_; ++k) {
    before += probabilities[k] > own || (probabilities[k] == own && k < label);
  }
  if (before < kTop) ++found_at_[before];
  const int best = static_cast<int>(
      std::max_element(probabilities, probabilities + classes_) -
      probabilities);
  if (!confusion_.empty()) ++confusion_[int64_t{label} * classes_ + best];
  if (best != label) {
    Remember({record, label, best, probabilities[best], own});
  }
}

void Classification::Remember(const Mistake& mistake) {
  if (most_ == 0) return;
  const auto worse = [](const Mistake& a, const Mistake& b) {
    return a.probability > b.probability;
  };
  worst_.insert(std::upper_bound(worst_.begin(), worst_.end(), mistake, worse),
                mistake);
  if (worst_.size() > most_) worst_.pop_back();
}

double Classification::TopK(int k) const {
  const int64_t found =
      std::accumulate(found_at_, found_at_ + std::min(k, kTop), int64_t{0});
  return images_ == 0 ? 0 : static_cast<double>(found) / images_;
}

void Classification::PrintTable(const std::vector<std::string>& names,
                                std::ostream* out) const {
  size_t width = 5;
  for (int k = 0; k < classes_; ++k) {
    width = std::max(width, NameOf(k, names).size());
  }
  const auto pad = [&](const std::string& text) {
    return text + std::string(width - std::min(width, text.size()), ' ');
  };
  *out << pad("class") << "    images     found  most often taken for\n";
  for (int k = 0; k < classes_; ++k) {
    const int64_t* row = &confusion_[int64_t{k} * classes_];
    const int64_t images = std::accumulate(row, row + classes_, int64_t{0});
    int other = -1;
    for (int j = 0; j < classes_; ++j) {
      if (j != k && row[j] > (other < 0 ? 0 : row[other])) other = j;
    }
    char count[32];
    std::snprintf(count, sizeof count, "%10ld", static_cast<long>(images));
    *out << pad(NameOf(k, names)) << count << "  " << Percent(row[k], images);
    if (other >= 0) *out << "  " << NameOf(other, names) << ", " << row[other];
    *out << "\n";
  }
}

std::string Classification::ConfusionCsv(
    const std::vector<std::string>& names) const {
  std::string csv = "\"true class\"";
  for (int k = 0; k < classes_; ++k) csv += "," + Quoted(NameOf(k, names));
  csv += "\n";
  for (int row = 0; row < classes_; ++row) {
    csv += Quoted(NameOf(row, names));
    for (int k = 0; k < classes_; ++k) {
      csv += "," + std::to_string(confusion_[int64_t{row} * classes_ + k]);
    }
    csv += "\n";
  }
  return csv;
}

}  // namespace doppio
