#include "solver/identity.h"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "core/random.h"
#include "io/blob_proto.h"

namespace doppio {
namespace {

std::string ToString(const ParameterIdentity& parameter) {
  std::ostringstream out;
  out << parameter.layer << "/" << parameter.index << ":" << parameter.shape;
  return out.str();
}

const ParameterIdentity* Find(const NetIdentity& identity,
                              const ParameterIdentity& wanted) {
  const auto found = std::find_if(
      identity.begin(), identity.end(), [&](const ParameterIdentity& p) {
        return p.layer == wanted.layer && p.index == wanted.index;
      });
  return found == identity.end() ? nullptr : &*found;
}

// Of eight bytes at a time: a snapshot of hundreds of megabytes is hashed
// whenever it is written or looked at.
uint64_t HashOfFloats(uint64_t hash, const float* values, size_t count) {
  const char* bytes = reinterpret_cast<const char*>(values);
  for (size_t i = 0; i < count; i += 2) {
    uint64_t word = 0;
    std::memcpy(&word, bytes + i * sizeof(float),
                std::min<size_t>(2, count - i) * sizeof(float));
    hash = Mix(hash ^ word);
  }
  return hash;
}

}  // namespace

NetIdentity IdentityOf(const Net& net) {
  NetIdentity identity;
  for (const Step& step : net.steps()) {
    int index = 0;
    for (const Parameter& param : step.layer->params()) {
      identity.push_back({step.layer->name(), index++, param.shape});
    }
  }
  return identity;
}

NetIdentity IdentityOf(const NetParameter& weights) {
  NetIdentity identity;
  for (const LayerParameter& layer : weights.layer()) {
    int index = 0;
    for (const BlobProto& blob : layer.blobs()) {
      identity.push_back({layer.name(), index++, ShapeOf(blob)});
    }
  }
  return identity;
}

uint64_t HashOf(const NetIdentity& identity) {
  std::string text;
  for (const ParameterIdentity& parameter : identity) {
    text += ToString(parameter) + "\n";
  }
  return Hash(text);
}

std::string Difference(const NetIdentity& snapshot, const NetIdentity& here) {
  std::ostringstream out;
  for (const ParameterIdentity& p : here) {
    const ParameterIdentity* other = Find(snapshot, p);
    if (other != nullptr && other->shape == p.shape) continue;
    out << "parameter " << p.index << " of layer \"" << p.layer << "\" is "
        << p.shape << " here and ";
    if (other == nullptr) {
      out << "missing there";
    } else {
      out << other->shape << " there";
    }
    return out.str();
  }
  for (const ParameterIdentity& p : snapshot) {
    if (Find(here, p) != nullptr) continue;
    out << "parameter " << p.index << " of layer \"" << p.layer << "\" is "
        << p.shape << " there and missing here";
    return out.str();
  }
  return "its layers are in another order";
}

uint64_t HashOfValues(const NetParameter& weights) {
  uint64_t hash = 0;
  for (const LayerParameter& layer : weights.layer()) {
    for (const BlobProto& blob : layer.blobs()) {
      hash = HashOfFloats(hash, blob.data().data(), blob.data_size());
    }
  }
  return hash;
}

}  // namespace doppio
