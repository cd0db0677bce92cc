#include "solver/data_speed.h"

#include <algorithm>
#include <chrono>

#include "core/memory.h"
#include "doppio/error.h"
#include "net/filter.h"
#include "solver/epochs.h"

namespace doppio {
namespace {

bool Loads(const LayerParameter& layer) {
  return layer.type() == "Data" || layer.type() == "ImageData";
}

// The layers that load data, and no others.
NetSource OnlyData(const NetSource& source) {
  NetSource data = FilterLayers(source);
  const NetParameter all = data.net;
  data.net.clear_layer();
  data.layer_lines.clear();
  for (const LayerParameter& layer : all.layer()) {
    if (Loads(layer)) *data.net.add_layer() = layer;
  }
  Require(data.net.layer_size() > 0, source.file,
          " has no Data or ImageData layer to time");
  return data;
}

// At least as many batches as the loaders have made ahead of time, and those
// that they are just making.
int ReadAhead(const NetSource& source) {
  int most = 0;
  for (const LayerParameter& layer : source.net.layer()) {
    if (!Loads(layer)) continue;
    most = std::max(most, static_cast<int>(layer.data_param().prefetch()));
  }
  return most + 2;
}

template <typename Step>
double ImagesPerSecond(const Net& net, Device device, int ahead, int batches,
                       Step step) {
  using Clock = std::chrono::steady_clock;
  for (int i = 0; i < ahead; ++i) step();
  Synchronize(device);
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < batches; ++i) step();
  Synchronize(device);
  const std::chrono::duration<double> elapsed = Clock::now() - start;
  return batches * BatchSize(net) / elapsed.count();
}

}  // namespace

DataSpeed MeasureData(const NetSource& source, const Context& context,
                      int batches, bool backward,
                      const std::function<void(Net*)>& update) {
  Net::Options options;
  options.backward = backward;
  options.reuse_memory = true;
  const int ahead = ReadAhead(source);
  DataSpeed speed;
  {
    Net data(OnlyData(source), context, options);
    speed.alone = ImagesPerSecond(data, context.device(), ahead, batches,
                                  [&] { data.Forward(); });
  }
  Net net(source, context, options);
  speed.together = ImagesPerSecond(net, context.device(), ahead, batches, [&] {
    net.Forward();
    if (backward) net.Backward();
    if (update) update(&net);
  });
  return speed;
}

}  // namespace doppio
