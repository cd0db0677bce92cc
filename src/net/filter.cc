#include "net/filter.h"

#include <algorithm>

#include "doppio/error.h"

namespace doppio {
namespace {

bool Contains(const NetState& state, const std::string& stage) {
  return std::find(state.stage().begin(), state.stage().end(), stage) !=
         state.stage().end();
}

// All conditions that the rule states hold.
bool Meets(const NetState& state, const NetStateRule& rule) {
  if (rule.has_phase() && rule.phase() != state.phase()) return false;
  if (rule.has_min_level() && state.level() < rule.min_level()) return false;
  if (rule.has_max_level() && state.level() > rule.max_level()) return false;
  for (const std::string& stage : rule.stage()) {
    if (!Contains(state, stage)) return false;
  }
  for (const std::string& stage : rule.not_stage()) {
    if (Contains(state, stage)) return false;
  }
  return true;
}

bool Belongs(const NetState& state, const LayerParameter& layer) {
  Require(layer.include_size() == 0 || layer.exclude_size() == 0,
          "has both include and exclude rules; keep one kind");
  const auto meets = [&](const NetStateRule& rule) {
    return Meets(state, rule);
  };
  if (layer.include_size() > 0) {
    return std::any_of(layer.include().begin(), layer.include().end(), meets);
  }
  return std::none_of(layer.exclude().begin(), layer.exclude().end(), meets);
}

}  // namespace

NetSource FilterLayers(const NetSource& source) {
  NetSource filtered = source;
  filtered.net.clear_layer();
  filtered.layer_lines.clear();
  for (int i = 0; i < source.net.layer_size(); ++i) {
    const LayerParameter& layer = source.net.layer(i);
    try {
      if (!Belongs(source.net.state(), layer)) continue;
    } catch (Error& error) {
      throw error.Prefix(source.Locate(i));
    }
    LayerParameter* kept = filtered.net.add_layer();
    *kept = layer;
    if (!layer.has_phase()) kept->set_phase(source.net.state().phase());
    if (!source.net.winograd() && layer.type() == "Convolution") {
      kept->mutable_convolution_param()->set_winograd(false);
    }
    if (source.net.precision() != FP32 && !layer.has_precision()) {
      kept->set_precision(source.net.precision());
    }
    filtered.layer_lines.push_back(source.layer_lines[i]);
  }
  return filtered;
}

}  // namespace doppio
