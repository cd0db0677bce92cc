#include "net/insert_splits.h"

#include <map>
#include <utility>
#include <vector>

#include "doppio/error.h"

namespace doppio {
namespace {

using Top = std::pair<int, int>;  // layer, index among its tops

// Which layers' bottoms take each top.
class Readers {
 public:
  explicit Readers(const NetParameter& net) {
    std::map<std::string, Top> newest;
    for (int i = 0; i < net.layer_size(); ++i) {
      const LayerParameter& layer = net.layer(i);
      for (int b = 0; b < layer.bottom_size(); ++b) {
        const auto found = newest.find(layer.bottom(b));
        // A name nobody made is told about when the net is wired.
        if (found == newest.end()) continue;
        maker_[{i, b}] = found->second;
        ++count_[found->second];
      }
      for (int t = 0; t < layer.top_size(); ++t) newest[layer.top(t)] = {i, t};
      for (int t = 0; t < std::min(layer.loss_weight_size(), layer.top_size());
           ++t) {
        // The loss itself is a reader, if there is another one.
        if (layer.loss_weight(t) != 0) weighted_[{i, t}] = true;
      }
    }
  }

  bool Splits(Top top) const { return count(top) > 1; }

  int count(Top top) const {
    const auto found = count_.find(top);
    const int readers = found == count_.end() ? 0 : found->second;
    return readers > 0 && weighted_.count(top) ? readers + 1 : readers;
  }

  bool weighted(Top top) const { return weighted_.count(top) > 0; }

  // Where the bottom comes from; null for unknown names.
  const Top* Maker(int layer, int bottom) const {
    const auto found = maker_.find({layer, bottom});
    return found == maker_.end() ? nullptr : &found->second;
  }

 private:
  std::map<std::pair<int, int>, Top> maker_;
  std::map<Top, int> count_;
  std::map<Top, bool> weighted_;
};

std::string SplitName(const NetParameter& net, Top top) {
  const LayerParameter& layer = net.layer(top.first);
  return layer.top(top.second) + "_" + layer.name() + "_" +
         std::to_string(top.second) + "_split";
}

LayerParameter MakeSplit(const NetParameter& net, Top top,
                         const Readers& readers) {
  const LayerParameter& maker = net.layer(top.first);
  LayerParameter split;
  split.set_name(SplitName(net, top));
  split.set_type("Split");
  split.set_phase(maker.phase());
  split.add_bottom(maker.top(top.second));
  for (int i = 0; i < readers.count(top); ++i) {
    split.add_top(split.name() + "_" + std::to_string(i));
  }
  if (readers.weighted(top)) {
    split.add_loss_weight(maker.loss_weight(top.second));
    while (split.loss_weight_size() < split.top_size()) {
      split.add_loss_weight(0);
    }
  }
  return split;
}

// Puts the copies that the layer reads in the places of its bottoms.
void ReadCopies(const NetParameter& net, int i, const Readers& readers,
                std::map<Top, int>* handed_out, LayerParameter* layer) {
  for (int b = 0; b < layer->bottom_size(); ++b) {
    const Top* maker = readers.Maker(i, b);
    if (maker == nullptr || !readers.Splits(*maker)) continue;
    Require(b >= layer->top_size() || layer->top(b) != layer->bottom(b),
            "works in place on blob \"", layer->bottom(b),
            "\", which something else takes too; give its top another name");
    const int first = readers.weighted(*maker) ? 1 : 0;  // 0 is the loss's
    layer->set_bottom(b, SplitName(net, *maker) + "_" +
                             std::to_string(first + (*handed_out)[*maker]++));
  }
}

}  // namespace

NetSource InsertSplits(const NetSource& source) {
  const NetParameter& net = source.net;
  const Readers readers(net);
  NetSource result = source;
  result.net.clear_layer();
  result.layer_lines.clear();
  std::map<Top, int> handed_out;
  const auto add = [&](const LayerParameter& layer, int i) {
    *result.net.add_layer() = layer;
    result.layer_lines.push_back(source.layer_lines[i]);
  };
  for (int i = 0; i < net.layer_size(); ++i) {
    LayerParameter layer = net.layer(i);
    try {
      ReadCopies(net, i, readers, &handed_out, &layer);
    } catch (Error& error) {
      throw error.Prefix(source.Locate(i));
    }
    for (int t = 0; t < layer.loss_weight_size() && t < layer.top_size(); ++t) {
      if (readers.Splits({i, t})) layer.set_loss_weight(t, 0);
    }
    add(layer, i);
    for (int t = 0; t < layer.top_size(); ++t) {
      if (readers.Splits({i, t})) add(MakeSplit(net, {i, t}, readers), i);
    }
  }
  return result;
}

}  // namespace doppio
