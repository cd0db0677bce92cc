#include "io/text_proto.h"

#include <glog/logging.h>
#include <google/protobuf/io/tokenizer.h>

#include <limits>
#include <vector>

#include "doppio/error.h"
#include "io/file.h"
#include "io/prototxt_errors.h"

namespace doppio {
namespace {

using google::protobuf::Message;
using google::protobuf::TextFormat;

// Positions within a text are ints.
constexpr size_t kMostTextBytes = std::numeric_limits<int>::max();

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

// Some editors begin a file with this mark of UTF-8; protobuf does not skip it.
std::string WithoutMark(const std::string& text) {
  static const std::string kMark = "\xEF\xBB\xBF";
  return text.compare(0, kMark.size(), kMark) == 0 ? text.substr(kMark.size())
                                                   : text;
}

}  // namespace

void ParseText(const std::string& text, const std::string& file,
               UnknownFields unknown, Message* message,
               TextFormat::ParseInfoTree* locations) {
  Complaints complaints;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&complaints);
  if (locations != nullptr) parser.WriteLocationsTo(locations);
  parser.AllowUnknownField(unknown == UnknownFields::kWarn);
  const bool parsed = parser.ParseFromString(WithoutMark(text), message);
  const auto& type = *message->GetDescriptor();
  if (!parsed) throw Explain(complaints.first(), text, file, type);
  for (const Complaint& warning : complaints.warnings()) {
    LOG(WARNING) << Explain(warning, text, file, type).what() << " (ignored)";
  }
}

std::string ReadText(const std::string& file) {
  return ReadFile(file, kMostTextBytes);
}

void ReadTextProto(const std::string& file, Message* message) {
  ParseText(ReadText(file), file, UnknownFields::kRefuse, message, nullptr);
}

}  // namespace doppio
