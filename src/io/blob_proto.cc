#include "io/blob_proto.h"

#include <limits>

#include "doppio/error.h"

namespace doppio {
namespace {

using google::protobuf::RepeatedField;

std::vector<int64_t> Extents(const BlobProto& proto) {
  if (proto.has_num() || proto.has_channels() || proto.has_height() ||
      proto.has_width()) {
    return {proto.num(), proto.channels(), proto.height(), proto.width()};
  }
  return {proto.shape().dim().begin(), proto.shape().dim().end()};
}

std::vector<float> Floats(const BlobProto& proto,
                          const RepeatedField<float>& singles,
                          const RepeatedField<double>& doubles) {
  std::vector<float> values(singles.begin(), singles.end());
  if (!doubles.empty()) values.assign(doubles.begin(), doubles.end());
  if (values.empty()) return values;
  const Shape shape = ShapeOf(proto);
  Require(static_cast<int64_t>(values.size()) == shape.count(), "a blob of ",
          shape, " needs ", shape.count(), " numbers, but ", values.size(),
          " are stored");
  return values;
}

void Assign(const std::vector<float>& values, RepeatedField<float>* field) {
  field->Assign(values.begin(), values.end());
}

}  // namespace

Shape ShapeOf(const BlobProto& proto) {
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  std::vector<int> extents;
  int64_t count = 1;
  for (const int64_t extent : Extents(proto)) {
    Require(extent >= 0 && extent <= kMost, "a blob has the extent ", extent,
            " along axis ", extents.size(), "; 0 to ", kMost, " can be");
    Require(extent == 0 || count <= kMost / extent, "a blob has more than ",
            kMost, " elements");
    count *= extent;
    extents.push_back(static_cast<int>(extent));
  }
  return Shape(std::move(extents));
}

std::vector<float> ValuesOf(const BlobProto& proto) {
  std::vector<float> values = Floats(proto, proto.data(), proto.double_data());
  const Shape shape = ShapeOf(proto);
  Require(!values.empty() || shape.count() == 0, "a blob of ", shape, " needs ",
          shape.count(), " numbers, but none are stored");
  return values;
}

std::vector<float> DiffsOf(const BlobProto& proto) {
  return Floats(proto, proto.diff(), proto.double_diff());
}

void ToProto(const Tensor& tensor, BlobProto* proto) {
  proto->Clear();
  BlobShape* shape = proto->mutable_shape();
  for (const int extent : tensor.shape().extents()) shape->add_dim(extent);
  Assign(tensor.ToVector(), proto->mutable_data());
}

void AddDiffs(const Tensor& tensor, BlobProto* proto) {
  Assign(tensor.ToVector(), proto->mutable_diff());
}

}  // namespace doppio
