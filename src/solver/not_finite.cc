#include "solver/not_finite.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace doppio {
namespace {

bool AllFinite(const Tensor& tensor) {
  const std::vector<float> values = tensor.ToVector();
  return std::all_of(values.begin(), values.end(),
                     [](float value) { return std::isfinite(value); });
}

}  // namespace

std::string FirstNotFinite(const NetSource& source, const Context& context,
                           Net* net, uint64_t pass, const Positions& before) {
  Net::Options options;
  options.backward = false;
  options.share_with = net;
  Net again(source, context, options);
  again.set_pass(pass);
  Seek(before, &again);
  again.Forward();
  std::ostringstream where;
  for (const Step& step : again.steps()) {
    const std::vector<Parameter>& params = step.layer->params();
    for (size_t i = 0; i < params.size(); ++i) {
      if (AllFinite(params[i].blob.data)) continue;
      where << "parameter " << i << " of " << step.location;
      return where.str();
    }
    for (size_t t = 0; t < step.tops.size(); ++t) {
      if (AllFinite(step.top_blobs[t]->data)) continue;
      where << "blob \"" << again.places()[step.tops[t]].name << "\" of "
            << step.location;
      return where.str();
    }
  }
  return "the sum of the losses";
}

}  // namespace doppio
