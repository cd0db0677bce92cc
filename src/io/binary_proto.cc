#include "io/binary_proto.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/wire_format.h>

#include <limits>
#include <vector>

#include "doppio/error.h"
#include "io/file.h"

namespace doppio {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::internal::WireFormat;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Positions within a message are ints.
constexpr size_t kMostBytes = std::numeric_limits<int>::max();

struct Flaw {
  bool cut_short;
  size_t needed;  // bytes that the file had at least; 0 if unknown
};

bool IsFieldOf(const Descriptor& type, uint32_t tag) {
  const auto* field =
      type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
  return field != nullptr && WireFormat::WireTypeForField(field) ==
                                 WireFormatLite::GetTagWireType(tag);
}

// What is wrong with bytes that could not be parsed. Looks at the outermost
// fields only: if the file was cut, the last of them spans the cut.
Flaw Diagnose(const std::string& bytes, const Descriptor& type) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                         static_cast<int>(bytes.size()));
  constexpr Flaw kForeign = {false, 0};
  bool familiar = false;  // a field of this type was seen
  while (static_cast<size_t>(input.CurrentPosition()) < bytes.size()) {
    uint32_t tag = 0, length = 0;
    if (!input.ReadVarint32(&tag)) return {familiar, 0};
    familiar |= IsFieldOf(type, tag);
    switch (WireFormatLite::GetTagWireType(tag)) {
      case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
        if (!input.ReadVarint32(&length)) return {familiar, 0};
        const size_t end = input.CurrentPosition() + size_t{length};
        if (end > bytes.size()) return {familiar, end};
        input.Skip(static_cast<int>(length));
        break;
      }
      case WireFormatLite::WIRETYPE_VARINT:
      case WireFormatLite::WIRETYPE_FIXED32:
      case WireFormatLite::WIRETYPE_FIXED64:
        if (!WireFormatLite::SkipField(&input, tag)) return {familiar, 0};
        break;
      default:  // groups, which no message of ours has, and nonsense
        return kForeign;
    }
  }
  return kForeign;
}

// True if anything that the message's type knows was set.
bool SaysAnything(const Message& message) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return !fields.empty();
}

}  // namespace

void ReadBinaryProto(const std::string& path, Message* message,
                     const std::string& what) {
  const std::string bytes = ReadFile(path, kMostBytes);
  Require(!bytes.empty(), what, " ", path, " is empty: it has no bytes");
  if (message->ParseFromString(bytes) && SaysAnything(*message)) return;
  const Flaw flaw = Diagnose(bytes, *message->GetDescriptor());
  Require(!flaw.cut_short || flaw.needed == 0, what, " ", path,
          " is cut short (ends at byte ", bytes.size(), " of at least ",
          flaw.needed, ")");
  Require(!flaw.cut_short, what, " ", path, " is cut short (ends at byte ",
          bytes.size(), ", within a number)");
  throw Error(what, " ", path, " is damaged, or something else than a ",
              message->GetDescriptor()->name(), " in binary form");
}

void WriteBinaryProto(const std::string& path, const Message& message) {
  const size_t size = message.ByteSizeLong();
  Require(size <= kMostBytes, "cannot write ", path, ": it would have ", size,
          " bytes, but can have ", kMostBytes, " at most");
  WriteFileAtomically(path, message.SerializeAsString());
}

}  // namespace doppio
