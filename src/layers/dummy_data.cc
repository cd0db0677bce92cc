#include "layers/dummy_data.h"

#include "core/filler.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/blob_shape.h"

namespace doppio {
namespace {

// Entry `top` of a field that is given once for all tops, or once for each.
template <typename Field>
const auto& Entry(const Field& field, int top) {
  return field[field.size() == 1 ? 0 : top];
}

void RequireOneOrEach(const char* field, int entries, int tops) {
  Require(entries == 1 || entries == tops, "dummy_data_param has ", entries,
          " entries of ", field, " for ", tops,
          " tops; give one for all, or one for each");
}

bool IsLegacy(const DummyDataParameter& param) {
  return param.num_size() + param.channels_size() + param.height_size() +
             param.width_size() >
         0;
}

}  // namespace

DummyData::DummyData(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  const DummyDataParameter& dummy = param.dummy_data_param();
  const int tops = param.top_size();
  if (IsLegacy(dummy)) {
    Require(dummy.shape_size() == 0, "dummy_data_param has both shape and the ",
            "older num, channels, height and width; keep one");
    RequireOneOrEach("num", dummy.num_size(), tops);
    RequireOneOrEach("channels", dummy.channels_size(), tops);
    RequireOneOrEach("height", dummy.height_size(), tops);
    RequireOneOrEach("width", dummy.width_size(), tops);
  } else {
    RequireOneOrEach("shape", dummy.shape_size(), tops);
  }
  if (dummy.data_filler_size() > 0) {
    RequireOneOrEach("data_filler", dummy.data_filler_size(), tops);
  }
}

LayerTraits DummyData::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 0;
  t.max_tops = LayerTraits::kAny;
  t.shares_data = true;
  return t;
}

Shape DummyData::TopShape(int top) const {
  const DummyDataParameter& p = param_.dummy_data_param();
  if (!IsLegacy(p)) return ShapeOf(Entry(p.shape(), top));
  BlobShape shape;
  shape.add_dim(Entry(p.num(), top));
  shape.add_dim(Entry(p.channels(), top));
  shape.add_dim(Entry(p.height(), top));
  shape.add_dim(Entry(p.width(), top));
  return ShapeOf(shape);
}

FillerParameter DummyData::Filler(int top) const {
  const auto& fillers = param_.dummy_data_param().data_filler();
  return fillers.empty() ? FillerParameter() : Entry(fillers, top);
}

Shapes DummyData::Reshape(const Shapes&) {
  Shapes tops;
  for (int i = 0; i < top_count(); ++i) tops.push_back(TopShape(i));
  values_.resize(tops.size());
  return tops;
}

void DummyData::Forward(const Blobs&, const Blobs& tops) {
  for (size_t i = 0; i < tops.size(); ++i) {
    const FillerParameter filler = Filler(i);
    if (values_[i].empty() || filler.type() != "constant") {
      const RandomStream random(context().seed(), Draw::kDummyData,
                                Hash(name()) + i, pass());
      if (values_[i].empty()) {
        values_[i] = Tensor(TopShape(i), context().device());
      }
      Fill(filler, random, &values_[i]);
    }
    tops[i]->data = values_[i];
  }
}

const RegisterLayer<DummyData> kDummyDataCpu("DummyData", Device::kCpu);

}  // namespace doppio
