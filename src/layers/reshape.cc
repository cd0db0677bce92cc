#include "layers/reshape.h"

#include <algorithm>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/share.h"

namespace doppio {
namespace {

constexpr int kInferred = -1;

// Works out the one extent that is -1, if there is one.
void Infer(const Shape& bottom, std::vector<int>* extents) {
  const auto unknown = std::find(extents->begin(), extents->end(), kInferred);
  if (unknown == extents->end()) return;
  *unknown = 1;
  const int64_t rest = Shape(*extents).count();
  Require(rest > 0 && bottom.count() % rest == 0, "the ", bottom.count(),
          " elements of ", bottom, " do not divide by the ", rest,
          " of the other dims, so -1 cannot be worked out");
  *unknown = static_cast<int>(bottom.count() / rest);
}

}  // namespace

ReshapeLayer::ReshapeLayer(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  const auto& dims = param.reshape_param().shape().dim();
  for (const int64_t dim : dims) {
    Require(
        dim >= kInferred, "reshape_param has dim: ", dim,
        "; a dim is a size, 0 to keep the bottom's, or -1 for what is left");
  }
  Require(std::count(dims.begin(), dims.end(), kInferred) <= 1,
          "reshape_param has dim: -1 more than once; only one can be worked "
          "out");
  Require(param.reshape_param().num_axes() >= -1,
          "reshape_param has num_axes: ", param.reshape_param().num_axes(),
          "; give a number, or -1 for all");
}

LayerTraits ReshapeLayer::traits() const { return SharingTraits(); }

Shapes ReshapeLayer::Reshape(const Shapes& bottoms) {
  const ReshapeParameter& reshape = param_.reshape_param();
  const Shape& x = bottoms[0];
  const int first =
      reshape.axis() >= 0 ? reshape.axis() : reshape.axis() + x.axes() + 1;
  Require(first >= 0 && first <= x.axes(),
          "reshape_param has axis: ", reshape.axis(), " for a bottom with ",
          x.axes(), " axes (", x, ")");
  const int64_t end =
      reshape.num_axes() == -1 ? x.axes() : int64_t{first} + reshape.num_axes();
  Require(end <= x.axes(), "reshape_param replaces axes ", first, " to ",
          end - 1, ", but the bottom (", x, ") has only ", x.axes());

  std::vector<int> extents(x.extents().begin(), x.extents().begin() + first);
  for (const int64_t dim : reshape.shape().dim()) {
    const int place = static_cast<int>(extents.size());
    Require(dim != 0 || place < x.axes(), "reshape_param has dim: 0 for axis ",
            place, ", but the bottom (", x, ") has no such axis to copy");
    extents.push_back(dim == 0 ? x[place] : static_cast<int>(dim));
  }
  extents.insert(extents.end(), x.extents().begin() + end, x.extents().end());
  Infer(x, &extents);
  top_ = Shape(std::move(extents));
  Require(top_.count() == x.count(), "a bottom of ", x.count(), " elements (",
          x, ") cannot become ", top_, ", which has ", top_.count());
  return {top_};
}

void ReshapeLayer::Forward(const Blobs& bottoms, const Blobs& tops) {
  tops[0]->data = bottoms[0]->data.Reshaped(top_);
}

void ReshapeLayer::Backward(const Blobs& tops, const Blobs& bottoms) {
  if (propagate_down(0)) PassDiff(*tops[0], bottoms[0]);
}

const RegisterLayer<ReshapeLayer> kReshapeCpu("Reshape", Device::kCpu);

}  // namespace doppio
