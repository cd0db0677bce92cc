#include "net/filter.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

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

std::string Described(const NetState& state) {
  std::string stages;
  for (const std::string& stage : state.stage()) {
    stages += (stages.empty() ? "" : ", ") + stage;
  }
  return "in phase " + Phase_Name(state.phase()) +
         (stages.empty() ? ", without a stage" : ", stage " + stages) +
         (state.level() ? ", level " + std::to_string(state.level()) : "");
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

void RequireMakers(const NetSource& source) {
  std::set<std::string> made;
  std::map<std::string, int> left_out;  // tops, and whose they are
  for (int i = 0; i < source.net.layer_size(); ++i) {
    const LayerParameter& layer = source.net.layer(i);
    if (!Belongs(source.net.state(), layer)) {
      for (const std::string& top : layer.top()) left_out.emplace(top, i);
      continue;
    }
    for (const std::string& bottom : layer.bottom()) {
      const auto found = left_out.find(bottom);
      if (found == left_out.end() || made.count(bottom)) continue;
      throw Error(source.Locate(i), ": takes blob \"", bottom, "\", but ",
                  source.Locate(found->second),
                  ", which makes it, has rules that leave it out ",
                  Described(source.net.state()));
    }
    made.insert(layer.top().begin(), layer.top().end());
  }
}

}  // namespace doppio
