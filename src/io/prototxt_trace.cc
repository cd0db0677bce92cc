#include "io/prototxt_trace.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace doppio {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::io::Tokenizer;

struct Silence : google::protobuf::io::ErrorCollector {
  void AddError(int, int, const std::string&) override {}
};

bool Reached(const Token& token, const Complaint& complaint) {
  return token.line > complaint.line ||
         (token.line == complaint.line && token.end_column > complaint.column);
}

}  // namespace

Trace::Trace(const std::string& text, const Complaint& complaint,
             const Descriptor& root)
    : root_(root) {
  Silence silence;
  google::protobuf::io::ArrayInputStream input(text.data(),
                                               static_cast<int>(text.size()));
  // As TextFormat sets its own.
  Tokenizer tokenizer(&input, &silence);
  tokenizer.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
  tokenizer.set_allow_f_after_float(true);
  while (tokenizer.Next() && !Reached(tokenizer.current(), complaint)) {
    Take(tokenizer.current());
  }
  stopped_ = tokenizer.current();
  found_ = stopped_.text;
  if (last_.text == "-") found_ = "-" + found_;
  if (stopped_.text == "-" && tokenizer.Next()) {
    found_ += tokenizer.current().text;
  }
  if (at_end()) found_ = "the end of the file";
}

const FieldDescriptor* Trace::field() const {
  const Descriptor* type = message();
  return type ? type->FindFieldByName(name_.text) : nullptr;
}

const Descriptor* Trace::message() const {
  const Descriptor* type = &root_;
  for (const Block& block : blocks_) {
    const auto* field = type->FindFieldByName(block.name.text);
    if (field == nullptr || field->message_type() == nullptr) return nullptr;
    type = field->message_type();
  }
  return type;
}

void Trace::Take(const Token& token) {
  if (token.text == "{" || token.text == "<") {
    blocks_.push_back({name_, in_list_});
    in_list_ = at_value_ = false;
  } else if (token.text == "}" || token.text == ">") {
    if (blocks_.empty()) return;
    name_ = blocks_.back().name;
    in_list_ = at_value_ = blocks_.back().in_list;
    blocks_.pop_back();
  } else if (token.text == "[") {
    in_list_ = at_value_ = true;
  } else if (token.text == "]") {
    in_list_ = at_value_ = false;
  } else if (token.text == ":") {
    at_value_ = true;
  } else if (token.type == Tokenizer::TYPE_IDENTIFIER && !at_value_) {
    name_ = token;
  } else if (token.text != "-" && token.text != ",") {
    at_value_ = in_list_;
  }
  last_ = token;
}

}  // namespace doppio
