#pragma once

#include <array>
#include <string>

#include "core/random.h"
#include "data.pb.h"

namespace doppio {

// Reads what compute_image_mean --pca has written. Throws Error unless it holds
// three components of three channels.
ColorStatistics ReadColorStatistics(const std::string& file);

// What is added to all pixels of a sample's blue, green and red: 255 times the
// sum over the components of direction * variance * N(0, spread). (Krizhevsky
// et al. 2012; the factor 255 is because variances are of values up to 1.)
std::array<float, 3> ColorShift(const ColorStatistics& statistics, float spread,
                                const RandomStream& random);

}  // namespace doppio
