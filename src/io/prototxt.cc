#include "doppio/prototxt.h"

#include <glog/logging.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <limits>
#include <vector>

#include "doppio/error.h"
#include "io/file.h"
#include "io/prototxt_errors.h"
#include "io/upgrade.h"

namespace doppio {
namespace {

using google::protobuf::Message;
using google::protobuf::TextFormat;

// Positions within a text are ints.
constexpr size_t kMostBytes = std::numeric_limits<int>::max();

// Keeps what the parser says first: later complaints often follow from it.
class Complaints : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& text) override {
    if (first_.text.empty()) first_ = {line, column, text};
  }
  void AddWarning(int line, int column, const std::string& text) override {
    warnings_.push_back({line, column, text});
  }
  const Complaint& first() const { return first_; }
  const std::vector<Complaint>& warnings() const { return warnings_; }

 private:
  Complaint first_;
  std::vector<Complaint> warnings_;
};

void Parse(const std::string& text, const std::string& file,
           UnknownFields unknown, Message* message,
           TextFormat::ParseInfoTree* locations) {
  Complaints complaints;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&complaints);
  parser.WriteLocationsTo(locations);
  parser.AllowUnknownField(unknown == UnknownFields::kWarn);
  const bool parsed = parser.ParseFromString(text, message);
  const auto& type = *message->GetDescriptor();
  if (!parsed) throw Explain(complaints.first(), text, file, type);
  for (const Complaint& warning : complaints.warnings()) {
    LOG(WARNING) << Explain(warning, text, file, type).what() << " (ignored)";
  }
}

// From 1; 0 if the field is not there.
int Line(const TextFormat::ParseInfoTree& locations, const Message& message,
         const char* field, int index) {
  return 1 + locations
                 .GetLocation(message.GetDescriptor()->FindFieldByName(field),
                              index)
                 .line;
}

// Some editors begin a file with this mark of UTF-8; protobuf does not skip it.
std::string WithoutMark(const std::string& text) {
  static const std::string kMark = "\xEF\xBB\xBF";
  return text.compare(0, kMark.size(), kMark) == 0 ? text.substr(kMark.size())
                                                   : text;
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
  Parse(WithoutMark(text), file, unknown, &source.net, &locations);
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
  Parse(WithoutMark(text), file, unknown, &source.solver, &locations);
  try {
    Upgrade(&source.solver);
  } catch (Error& error) {
    throw error.Prefix(file);
  }
  return source;
}

NetSource ReadNet(const std::string& file, UnknownFields unknown) {
  return ParseNet(ReadFile(file, kMostBytes), file, unknown);
}

SolverSource ReadSolver(const std::string& file, UnknownFields unknown) {
  return ParseSolver(ReadFile(file, kMostBytes), file, unknown);
}

}  // namespace doppio
