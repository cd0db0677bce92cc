#include "doppio/prototxt.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <limits>

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
class FirstComplaint : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& text) override {
    if (complaint_.text.empty()) complaint_ = {line, column, text};
  }
  const Complaint& complaint() const { return complaint_; }

 private:
  Complaint complaint_;
};

void Parse(const std::string& text, const std::string& file, Message* message,
           TextFormat::ParseInfoTree* locations) {
  FirstComplaint errors;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(locations);
  if (parser.ParseFromString(text, message)) return;
  throw Explain(errors.complaint(), text, file, *message->GetDescriptor());
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

NetSource ParseNet(const std::string& text, const std::string& file) {
  NetSource source;
  source.file = file;
  TextFormat::ParseInfoTree locations;
  Parse(WithoutMark(text), file, &source.net, &locations);
  for (int i = 0; i < source.net.layer_size(); ++i) {
    source.layer_lines.push_back(Line(locations, source.net, "layer", i));
  }
  try {
    Upgrade(&source, Line(locations, source.net, "input", 0));
  } catch (Error& error) {
    throw error.Prefix(file);
  }
  return source;
}

SolverSource ParseSolver(const std::string& text, const std::string& file) {
  SolverSource source;
  source.file = file;
  TextFormat::ParseInfoTree locations;
  Parse(WithoutMark(text), file, &source.solver, &locations);
  try {
    Upgrade(&source.solver);
  } catch (Error& error) {
    throw error.Prefix(file);
  }
  return source;
}

NetSource ReadNet(const std::string& file) {
  return ParseNet(ReadFile(file, kMostBytes), file);
}

SolverSource ReadSolver(const std::string& file) {
  return ParseSolver(ReadFile(file, kMostBytes), file);
}

}  // namespace doppio
