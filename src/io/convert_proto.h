#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "io/binary_proto.h"

namespace doppio {

// Whether a file holds a message in binary form rather than as text: it has
// bytes that text has not.
bool IsBinaryProto(const std::string& path);

// Whether to write binary: as `format`, "text" or "binary", says, or if it is
// empty as the name's end does. Throws Error for other formats.
bool WantsBinary(const std::string& path, const std::string& format);

// Writes a message, atomically.
void WriteProto(const std::string& path,
                const google::protobuf::Message& message, bool binary);

}  // namespace doppio
