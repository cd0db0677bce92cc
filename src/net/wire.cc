#include "net/wire.h"

#include <glog/logging.h>

#include <map>
#include <set>

#include "core/edit_distance.h"
#include "device/bf16.h"
#include "device/cuda_device.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {
namespace {

class Wirer {
 public:
  explicit Wirer(std::deque<Place>* places) : places_(*places) {}

  void Connect(Step* step) {
    const LayerParameter& param = step->layer->param();
    const LayerTraits traits = step->layer->traits();
    RequireCount("bottom", param.bottom_size(), traits.min_bottoms,
                 traits.max_bottoms);
    RequireCount("top", step->layer->top_count(), traits.min_tops,
                 traits.max_tops);
    if (!names_.insert(param.name()).second && !param.name().empty()) {
      LOG(WARNING) << step->location << ": another layer has this name too; "
                   << "what they draw at random is the same";
    }
    for (const std::string& bottom : param.bottom()) {
      step->bottoms.push_back(Find(bottom));
    }
    for (int t = 0; t < step->layer->top_count(); ++t) {
      step->tops.push_back(PlaceTop(*step, t));
    }
    SetLossWeights(step);
  }

 private:
  static void RequireCount(const char* what, int count, int least, int most) {
    const char* plural = count == 1 ? "" : "s";
    Require(count >= least, "has ", count, " ", what, plural, ", needs ",
            least == most ? "" : "at least ", least);
    Require(count <= most, "has ", count, " ", what, plural, ", takes ",
            least == most ? "" : "at most ", most);
  }

  int Find(const std::string& name) const {
    const auto found = newest_.find(name);
    if (found != newest_.end()) return found->second;
    std::vector<std::string> known;
    for (const auto& entry : newest_) known.push_back(entry.first);
    if (known.empty()) {
      throw Error("takes blob \"", name,
                  "\", but no layer before it makes one");
    }
    throw Error("takes blob \"", name, "\", which no layer before it makes",
                Suggestion(name, known));
  }

  int PlaceTop(const Step& step, int t) {
    const LayerParameter& param = step.layer->param();
    const bool named = t < param.top_size();
    const std::string name = named ? param.top(t) : Unnamed(param, t);
    const bool in_place =
        named && t < param.bottom_size() && param.bottom(t) == name;
    // Backward in place would overwrite the loss weight that lies in the diff.
    const bool is_loss = t < param.loss_weight_size() && param.loss_weight(t);
    if (in_place && step.layer->traits().in_place && !is_loss) {
      return step.bottoms[t];
    }
    Require(in_place || !named || !newest_.count(name), "makes blob \"", name,
            "\", which an earlier layer makes already");
    Place place;
    place.name = name;
    places_.push_back(place);
    const int index = static_cast<int>(places_.size()) - 1;
    if (named) newest_[name] = index;
    return index;
  }

  // A name for a top that the file gives none. Layers cannot read it by that,
  // and several layers may have the same name.
  std::string Unnamed(const LayerParameter& param, int t) {
    const std::string plain =
        param.name() + "_top" + (t ? std::to_string(t) : "");
    std::string name = plain;
    for (int n = 1; newest_.count(name) || !unnamed_.insert(name).second; ++n) {
      name = plain + "_" + std::to_string(n);
    }
    return name;
  }

  static void SetLossWeights(Step* step) {
    const LayerParameter& param = step->layer->param();
    const size_t tops = step->tops.size();
    step->loss_weights.assign(tops, 0);
    if (param.loss_weight_size() > 0) {
      Require(param.loss_weight_size() == static_cast<int>(tops), "has ",
              param.loss_weight_size(), " loss_weights for ", tops,
              " tops; give one for each");
      step->loss_weights.assign(param.loss_weight().begin(),
                                param.loss_weight().end());
    } else if (step->layer->traits().is_loss && tops > 0) {
      step->loss_weights[0] = 1;
    }
  }

  std::deque<Place>& places_;
  std::map<std::string, int> newest_;
  std::set<std::string> unnamed_;
  std::set<std::string> names_;
};

// What the device computes in if it is asked to compute in `wanted`.
Precision Possible(Precision wanted, Device device) {
  if (wanted == FP32) return FP32;
  if (device == Device::kCuda) {
    if (wanted == FP16 || GpuHasBf16()) return wanted;
    LOG_FIRST_N(WARNING, 1) << "bfloat16 needs a GPU of compute capability 8.0 "
                               "or more; computing in float";
    return FP32;
  }
  if (wanted == BF16 && HasBf16()) return BF16;
  LOG_FIRST_N(WARNING, 1)
      << (wanted == FP16 ? "precision FP16 is for GPUs; the CPU computes in "
                           "float"
                         : "this processor has no AVX512_BF16; computing in "
                           "float");
  return FP32;
}

}  // namespace

void WireLayers(const NetSource& source, const Context& context,
                std::vector<Step>* steps, std::deque<Place>* places) {
  Wirer wirer(places);
  for (int i = 0; i < source.net.layer_size(); ++i) {
    LayerParameter param = source.net.layer(i);
    // Stored parameters come in through CopyWeights.
    param.clear_blobs();
    if (param.has_precision()) {
      param.set_precision(Possible(param.precision(), context.device()));
    }
    Step step;
    step.location = source.Locate(i);
    try {
      step.layer = LayerRegistry::Global().Create(param, context);
      wirer.Connect(&step);
      Require(param.propagate_down_size() == 0 ||
                  param.propagate_down_size() == param.bottom_size(),
              "has ", param.propagate_down_size(), " propagate_down for ",
              param.bottom_size(), " bottoms; give one for each");
    } catch (Error& error) {
      throw error.Prefix(step.location);
    }
    steps->push_back(std::move(step));
  }
}

}  // namespace doppio
