#include "cost.h"

#include <algorithm>
#include <string>
#include <vector>

namespace doppio {
namespace {

constexpr double kFloat = 4;  // bytes

double Bytes(const Net& net, const std::vector<int>& places) {
  double bytes = 0;
  for (const int place : places) {
    bytes += kFloat * net.places()[place].shape.count();
  }
  return bytes;
}

double ParamBytes(const Layer& layer) {
  double bytes = 0;
  for (const Parameter& p : layer.params()) bytes += kFloat * p.shape.count();
  return bytes;
}

bool Is(const Step& step, const char* type) {
  return step.layer->type() == type;
}

// Of what the window sees of all images: ColumnProducts' columns, of which
// cuDNN may need none.
double ColumnBytes(const Net& net, const Step& step) {
  const Shape& weights = step.layer->params()[0].shape;
  const Shape& y = net.places()[step.tops[0]].shape;
  const double rows = static_cast<double>(weights.count(1)) *
                      step.layer->param().convolution_param().group();
  return kFloat * rows * y[0] * y.count(2);
}

}  // namespace

double Cost::Floor(const GpuPeak& peak) const {
  return std::max(flops / peak.flops, bytes / peak.bandwidth);
}

double Cost::Expected(const GpuPeak& peak) const {
  return flops / (0.75 * peak.flops) + moved / (0.8 * peak.bandwidth) +
         3e-6 * kernels;
}

Cost ForwardCost(const Net& net, const Step& step) {
  const LayerTraits traits = step.layer->traits();
  const double x = Bytes(net, step.bottoms), y = Bytes(net, step.tops);
  Cost cost;
  if (traits.shares_data) return cost;
  cost.flops = 2. * step.layer->multiply_adds();
  cost.bytes = cost.moved = x + y + ParamBytes(*step.layer);
  cost.kernels = 1;
  if (Is(step, "Convolution")) {
    // Columns are written and read, and the products before they become y.
    cost.moved += 2 * ColumnBytes(net, step) + 2 * y;
    cost.kernels = 3;
  } else if (Is(step, "InnerProduct")) {
    cost.moved += 2 * y;  // to add the bias
    cost.kernels = 2;
  } else if (Is(step, "LRN")) {
    cost.moved += 2 * y + x;  // the sums of squares, and x again
    cost.kernels = 2;
  } else if (Is(step, "Pooling")) {
    cost.moved += y;  // which pixel it was
  } else if (Is(step, "SoftmaxWithLoss")) {
    cost.moved += 2 * x;  // the probabilities
    cost.kernels = 4;
  }
  return cost;
}

Cost BackwardCost(const Net& net, const Step& step) {
  const LayerTraits traits = step.layer->traits();
  const double x = Bytes(net, step.bottoms), y = Bytes(net, step.tops);
  const double params = ParamBytes(*step.layer);
  const bool down = std::count(step.propagate_down.begin(),
                               step.propagate_down.end(), true) > 0;
  Cost cost;
  const int products = (down ? 1 : 0) + (params > 0 ? 1 : 0);
  cost.flops = 2. * products * step.layer->multiply_adds();
  cost.bytes = y + (down ? x : 0) + (traits.backward_reads_bottoms ? x : 0) +
               (traits.backward_reads_tops ? y : 0) + (down ? 2 : 1) * params;
  cost.moved = cost.bytes;
  cost.kernels = 1;
  if (Is(step, "Convolution")) {
    // The gradient is brought into the order of the products, and read from
    // there for each product; so are columns.
    cost.moved += (2 + products) * y + 2 * products * ColumnBytes(net, step);
    cost.kernels = 2 + 2 * products;
  } else if (Is(step, "InnerProduct")) {
    cost.moved += products * y;
    cost.kernels = 1 + products;
  } else if (Is(step, "LRN")) {
    cost.moved += 5 * x;  // sums and summands, and x and dy again
    cost.kernels = 2;
  } else if (Is(step, "Pooling")) {
    cost.bytes = x + 2 * y;  // which pixel it was, rather than x and y
    cost.moved = cost.bytes;
  }
  return cost;
}

}  // namespace doppio
