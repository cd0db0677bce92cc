#include "io/prototxt_errors.h"

#include <map>
#include <vector>

#include "core/edit_distance.h"
#include "core/foreign_types.h"
#include "io/prototxt_trace.h"
#include "layers.pb.h"
#include "legacy.pb.h"

namespace doppio {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::io::Tokenizer;

bool StartsWith(const std::string& text, const char* start) {
  return text.rfind(start, 0) == 0;
}

std::vector<std::string> FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    names.push_back(type.field(i)->name());
  }
  return names;
}

std::vector<std::string> ValueNames(const EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    names.push_back(type.value(i)->name());
  }
  return names;
}

// What a field's value looks like.
std::string Wanted(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return "a whole number from -2147483648 to 2147483647";
    case FieldDescriptor::CPPTYPE_INT64:
      return "a whole number from -2^63 to 2^63 - 1";
    case FieldDescriptor::CPPTYPE_UINT32:
      return "a whole number from 0 to 4294967295";
    case FieldDescriptor::CPPTYPE_UINT64:
      return "a whole number from 0 to 2^64 - 1";
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "a number";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      return "a text in quotes";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "a block { ... }";
    case FieldDescriptor::CPPTYPE_ENUM:
      break;
  }
  std::string names;
  for (const std::string& name : ValueNames(*field.enum_type())) {
    names += (names.empty() ? "" : ", ") + name;
  }
  return "one of " + names;
}

// Something to say and where.
struct Finding {
  Token at;
  std::string sentence;
};

std::string Quoted(const std::string& name) { return '"' + name + '"'; }

// What is known of a field that `layer` has not: it may be one of an older
// `layers`, or of a layer type of somebody's.
std::string KnownOf(const std::string& field) {
  static const std::map<std::string, std::string> today = {
      {"blobs_lr", "lr_mult"},
      {"weight_decay", "decay_mult"},
      {"blob_share_mode", "share_mode"}};
  const auto found = today.find(field);
  if (found != today.end()) {
    return "; in place of what an old \"layers\" has, write param { " +
           found->second + ": ... }";
  }
  const std::string type = ForeignTypeOf(field);
  if (type.empty()) return "";
  return "; there is no layer type \"" + type + "\", known from " +
         DefinersOf(type);
}

Finding UnknownField(const Trace& trace) {
  const std::string& name = trace.name().text;
  const Descriptor* type = trace.message();
  std::string sentence = "no field " + Quoted(name);
  if (type == nullptr) return {trace.name(), sentence};
  sentence += " in " + type->name();
  const std::string known =
      type == LayerParameter::descriptor() ? KnownOf(name) : "";
  return {
      trace.name(),
      sentence + (known.empty() ? Suggestion(name, FieldNames(*type)) : known)};
}

Finding UnknownValue(const Trace& trace, const std::string& value) {
  const FieldDescriptor* field = trace.field();
  std::string sentence =
      Quoted(trace.name().text) + " has no value " + Quoted(value);
  if (field != nullptr && field->enum_type() != nullptr) {
    sentence += trace.last().type == Tokenizer::TYPE_IDENTIFIER
                    ? Suggestion(value, ValueNames(*field->enum_type()))
                    : "; it takes " + Wanted(*field);
  }
  return {trace.last(), sentence};
}

// A value of the wrong kind, at `value`.
Finding WrongValue(const Trace& trace, const Token& value,
                   const std::string& shown) {
  const FieldDescriptor* field = trace.field();
  if (field == nullptr) {
    return {value,
            Quoted(trace.name().text) + " cannot have the value " + shown};
  }
  if (field->containing_type() == V1LayerParameter::descriptor() &&
      field->name() == "type") {
    return {value,
            "a type in quotes belongs to \"layer\", not to an old \"layers\", "
            "where it is a name like RELU; here is " +
                shown};
  }
  return {value, Quoted(trace.name().text) + " takes " + Wanted(*field) +
                     ", not " + shown};
}

// Between a field's name and its value.
Finding NoColon(const Trace& trace) {
  const FieldDescriptor* field = trace.field();
  const bool block = trace.stopped().text == "{" || trace.stopped().text == "<";
  if (field != nullptr && block) {
    return WrongValue(trace, trace.stopped(), "a block { ... }");
  }
  return {trace.stopped(), Quoted(trace.name().text) +
                               " needs a colon after it, but here is " +
                               trace.found()};
}

Finding NoName(const Trace& trace) {
  const Token& stopped = trace.stopped();
  if (trace.at_end() && trace.in_block()) {
    return {trace.block(), "the block " + Quoted(trace.block().text) +
                               " that begins here is never closed; a } is "
                               "missing"};
  }
  if (stopped.text == "}" || stopped.text == ">") {
    return {stopped, "this " + stopped.text +
                         " closes nothing; there is one too many, or a { is "
                         "missing before"};
  }
  const bool comment = stopped.text == "/" || stopped.text == "%";
  return {stopped, "the name of a field must stand here, not " + trace.found() +
                       (comment ? "; a comment begins with #" : "")};
}

// Mistakes within a word: how the tokenizer's complaint begins, and how we put
// it. Null for other complaints.
const char* SpellingMistake(const std::string& complaint) {
  static constexpr const char* kMistakes[][2] = {
      {"String literals cannot cross line",
       "the text in quotes is not closed on its line; a quote is missing"},
      {"Unexpected end of string",
       "the file ends within a text in quotes; a quote is missing"},
      {"Invalid escape sequence",
       R"(there is no such escape; write a backslash in quotes as \\)"},
      {"Expected hex digits for escape",
       R"(\x needs hexadecimal digits; write a backslash in quotes as \\)"},
      {"Expected four hex digits",
       R"(\u needs four hexadecimal digits; write a backslash in )"
       R"(quotes as \\)"},
      {"Expected eight hex digits",
       R"(\U needs eight hexadecimal digits up to 10ffff; write a backslash )"
       R"(in quotes as \\)"},
      {"Interpreting non ascii",
       "outside of quotes only ASCII can stand; perhaps this is a typographic "
       "quote or space"},
      {"Invalid control characters",
       "a control character stands here; is this a text file?"},
      {"Already saw decimal point",
       "the number has a second point or exponent"},
      {"\"e\" must be followed",
       "the number ends with its e; the exponent is missing"},
      {"Numbers starting with leading zero",
       "a number that starts with 0 is octal, without digits 8 and 9; drop the "
       "0"},
      {"Hex and octal numbers must",
       "hexadecimal and octal numbers are whole; drop the point, or the 0 at "
       "the start"},
      {"\"0x\" must be followed", "0x needs hexadecimal digits after it"},
      {"Need space between",
       "the number runs into a word; put a space between them"},
  };
  for (const auto& mistake : kMistakes) {
    if (StartsWith(complaint, mistake[0])) return mistake[1];
  }
  return nullptr;
}

// The first part in quotes.
std::string QuotedIn(const std::string& complaint) {
  const size_t begin = complaint.find('"') + 1;
  return complaint.substr(begin, complaint.find('"', begin) - begin);
}

Finding Find(const Complaint& complaint, const Trace& trace) {
  const std::string& said = complaint.text;
  if (const char* sentence = SpellingMistake(said)) {
    Token at{};
    at.line = complaint.line;
    at.column = complaint.column;
    return {at, sentence};
  }
  if (StartsWith(said, "Message type")) return UnknownField(trace);
  if (StartsWith(said, "Unknown enumeration")) {
    return UnknownValue(trace, QuotedIn(said));
  }
  if (StartsWith(said, "Non-repeated field")) {
    return {trace.name(),
            Quoted(trace.name().text) + " stands here a second time; keep one"};
  }
  if (StartsWith(said, "Invalid value for boolean")) {
    return WrongValue(trace, trace.last(), trace.last().text);
  }
  if (StartsWith(said, "Expected \":\"")) return NoColon(trace);
  if (StartsWith(said, "Expected \",\"")) {
    return {trace.stopped(), "the list of " + Quoted(trace.name().text) +
                                 " goes on with a comma or ends with ], but "
                                 "here is " +
                                 trace.found()};
  }
  if (StartsWith(said, "Expected \"}\"") ||
      StartsWith(said, "Expected \">\"")) {
    return {trace.stopped(), "the block " + Quoted(trace.block().text) +
                                 " must be closed with " + said[10] + ", not " +
                                 trace.found()};
  }
  if (StartsWith(said, "Extension")) {
    return {trace.last(), "names in [ ] (extensions) are not known here"};
  }
  if (StartsWith(said, "Expected identifier") && !trace.at_value()) {
    return NoName(trace);
  }
  if (StartsWith(said, "Expect") || StartsWith(said, "Integer out of range")) {
    return WrongValue(trace, trace.stopped(), trace.found());
  }
  return {trace.stopped(), "this is not understood (" + said + ")"};
}

}  // namespace

Error Explain(const Complaint& complaint, const std::string& text,
              const std::string& file, const Descriptor& type) {
  const Trace trace(text, complaint, type);
  const Finding finding = Find(complaint, trace);
  return Error(file, ":", finding.at.line + 1, ":", finding.at.column + 1, ": ",
               finding.sentence);
}

}  // namespace doppio
