#pragma once

#include <iosfwd>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "solver/class_scores.h"

namespace doppio {

// A line for each of the worst mistakes: the record, the class it was taken for
// and the class it is, with their probabilities.
void PrintMistakes(const ClassScores& scores,
                   const std::vector<std::string>& names, std::ostream* out);

// Their images.
cv::Mat MistakeSheet(const ClassScores& scores,
                     const std::vector<std::string>& names);

}  // namespace doppio
