#pragma once

#include <google/protobuf/text_format.h>

#include <string>

#include "doppio/prototxt.h"

namespace doppio {

// Reads a message from text. Throws Error with file:line:column; names that do
// not exist come with the nearest that do. Unless null, `locations` gets to
// know where each field stood.
void ParseText(const std::string& text, const std::string& file,
               UnknownFields unknown, google::protobuf::Message* message,
               google::protobuf::TextFormat::ParseInfoTree* locations);

// The text of a file that ParseText could take.
std::string ReadText(const std::string& file);

// Both, for a message of our own, in which nothing unknown can be.
void ReadTextProto(const std::string& file, google::protobuf::Message* message);

}  // namespace doppio
