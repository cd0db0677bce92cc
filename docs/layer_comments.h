#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace doppio {

namespace pb = google::protobuf;

// What the comments say of one layer type.
struct Description {
  std::vector<std::string> paragraphs;
  // Fields of LayerParameter: the type's own, and further ones that it reads.
  std::vector<const pb::FieldDescriptor*> own, settings;
  std::string example;
};

template <typename Descriptor>
pb::SourceLocation Comments(const Descriptor& descriptor) {
  pb::SourceLocation location;
  descriptor.GetSourceLocation(&location);
  return location;
}

// A comment in one line.
std::string Line(const std::string& comment);

// The comments of layers.proto, by layer type.
//
// A type is described by the comment that begins with its name and a colon
// ("RNN and LSTM: ..."): that of the message of its settings or, for a type
// without one, a comment that stands by itself. Lines that begin with a
// lower-case word and a colon ("bottom: ...") are paragraphs. Two are for us:
//   settings: loss_param    fields of LayerParameter that the type reads beside
//                           or in place of its own
//   example: clip_param { min: 0 max: 1 }
//                           settings for a type that can't do without any
class LayerComments {
 public:
  explicit LayerComments(const pb::FileDescriptor& file);

  // Throws Error for a type that no comment describes.
  const Description& operator[](const std::string& type) const;

  // Whether a message holds the settings of one type or a few, rather than what
  // many have in common.
  bool OfOneType(const pb::Descriptor& message) const {
    return own_.count(&message);
  }

 private:
  const pb::FieldDescriptor* FieldOf(const pb::Descriptor& message) const;
  void Add(const std::string& comment, const pb::FieldDescriptor* own);
  Description Describe(const std::string& text,
                       const pb::FieldDescriptor* own) const;

  const pb::Descriptor& layer_;
  std::map<std::string, Description> descriptions_;
  std::set<const pb::Descriptor*> own_;
};

}  // namespace doppio
