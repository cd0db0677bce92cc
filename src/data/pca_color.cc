#include "data/pca_color.h"

#include "data/draws.h"
#include "doppio/error.h"
#include "io/text_proto.h"

namespace doppio {

ColorStatistics ReadColorStatistics(const std::string& file) {
  ColorStatistics statistics;
  ReadTextProto(file, &statistics);
  bool complete = statistics.component_size() == 3;
  for (const ColorComponent& component : statistics.component()) {
    complete &= component.has_variance() && component.direction_size() == 3;
  }
  Require(complete, "pca_file \"", file,
          "\" does not hold three components of three channels each; "
          "compute_image_mean --pca writes such a file for colour images");
  return statistics;
}

std::array<float, 3> ColorShift(const ColorStatistics& statistics, float spread,
                                const RandomStream& random) {
  std::array<float, 3> shift = {};
  for (int i = 0; i < 3; ++i) {
    const ColorComponent& component = statistics.component(i);
    const float along =
        255 * component.variance() * spread * random.Gaussian(kColorShift + i);
    for (int c = 0; c < 3; ++c) shift[c] += along * component.direction(c);
  }
  return shift;
}

}  // namespace doppio
