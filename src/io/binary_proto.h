#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace doppio {

// Reads a file that holds one message in binary form, of up to 2 GiB. `what`
// names it in errors: "weights", "mean image". Throws Error if the file is
// missing, empty, cut short, or holds something else.
//
// A message carries no length and no checksum: a file that was cut exactly
// between two fields of the outermost message reads as a smaller one.
void ReadBinaryProto(const std::string& path,
                     google::protobuf::Message* message,
                     const std::string& what);

// Atomically; see WriteFileAtomically.
void WriteBinaryProto(const std::string& path,
                      const google::protobuf::Message& message);

}  // namespace doppio
