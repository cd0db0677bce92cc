#include "doppio/prototxt.h"

#include <google/protobuf/text_format.h>

#include "doppio/error.h"
#include "io/text_proto.h"
#include "io/upgrade.h"

namespace doppio {
namespace {

using google::protobuf::Message;
using google::protobuf::TextFormat;

// From 1; 0 if the field is not there.
int Line(const TextFormat::ParseInfoTree& locations, const Message& message,
         const char* field, int index) {
  return 1 + locations
                 .GetLocation(message.GetDescriptor()->FindFieldByName(field),
                              index)
                 .line;
}

}  // namespace

std::string NetSource::Locate(int layer) const {
  const LayerParameter& param = net.layer(layer);
  const int line =
      layer < static_cast<int>(layer_lines.size()) ? layer_lines[layer] : 0;
  std::string where = file;
  if (line > 0) where += ':' + std::to_string(line);
  if (!where.empty()) where += ": ";
  return where + "layer \"" + param.name() + "\" (" + param.type() + ')';
}

NetSource ParseNet(const std::string& text, const std::string& file,
                   UnknownFields unknown) {
  NetSource source;
  source.file = file;
  TextFormat::ParseInfoTree locations;
  ParseText(text, file, unknown, &source.net, &locations);
  const bool old = source.net.layers_size() > 0 && source.net.layer_size() == 0;
  const int layers = old ? source.net.layers_size() : source.net.layer_size();
  for (int i = 0; i < layers; ++i) {
    source.layer_lines.push_back(
        Line(locations, source.net, old ? "layers" : "layer", i));
  }
  Upgrade(&source, Line(locations, source.net, "input", 0));
  return source;
}

SolverSource ParseSolver(const std::string& text, const std::string& file,
                         UnknownFields unknown) {
  SolverSource source;
  source.file = file;
  source.unknown = unknown;
  TextFormat::ParseInfoTree locations;
  ParseText(text, file, unknown, &source.solver, &locations);
  try {
    Upgrade(&source.solver);
  } catch (Error& error) {
    throw error.Prefix(file);
  }
  return source;
}

NetSource ReadNet(const std::string& file, UnknownFields unknown) {
  return ParseNet(ReadText(file), file, unknown);
}

SolverSource ReadSolver(const std::string& file, UnknownFields unknown) {
  return ParseSolver(ReadText(file), file, unknown);
}

}  // namespace doppio
