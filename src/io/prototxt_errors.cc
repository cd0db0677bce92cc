#include "io/prototxt_errors.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <vector>

#include "core/edit_distance.h"

namespace doppio {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::io::Tokenizer;

using Token = Tokenizer::Token;

struct Silence : google::protobuf::io::ErrorCollector {
  void AddError(int, int, const std::string&) override {}
};

// Follows a text up to the token at which the parser gave up.
class Trace {
 public:
  Trace(const std::string& text, const Complaint& complaint,
        const Descriptor& root)
      : root_(root) {
    Silence silence;
    google::protobuf::io::ArrayInputStream input(text.data(),
                                                 static_cast<int>(text.size()));
    Tokenizer tokenizer(&input, &silence);
    tokenizer.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
    tokenizer.set_allow_f_after_float(true);
    while (tokenizer.Next() && !Reached(tokenizer.current(), complaint)) {
      Take(tokenizer.current());
    }
    stopped_ = tokenizer.current();
  }

  // The last name of a field that was begun, and its description; null if there
  // is no such field.
  const Token& name() const { return name_; }
  const FieldDescriptor* field() const {
    const Descriptor* message = this->message();
    return message ? message->FindFieldByName(name_.text) : nullptr;
  }
  // The message it is in; null if that is unknown, too.
  const Descriptor* message() const {
    const Descriptor* message = &root_;
    for (const Block& block : blocks_) {
      const auto* field = message->FindFieldByName(block.name.text);
      if (field == nullptr || field->message_type() == nullptr) return nullptr;
      message = field->message_type();
    }
    return message;
  }

  // Where the parser gave up, and the token before.
  const Token& stopped() const { return stopped_; }
  const Token& last() const { return last_; }
  bool at_end() const { return stopped_.type == Tokenizer::TYPE_END; }

  // The name before the innermost { that is open.
  bool in_block() const { return !blocks_.empty(); }
  const Token& block() const { return blocks_.back().name; }

 private:
  struct Block {
    Token name;
    bool in_list;
  };

  static bool Reached(const Token& token, const Complaint& complaint) {
    return token.line > complaint.line || (token.line == complaint.line &&
                                           token.end_column > complaint.column);
  }

  void Take(const Token& token) {
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

  const Descriptor& root_;
  std::vector<Block> blocks_;
  Token name_, last_, stopped_;
  bool at_value_ = false;
  bool in_list_ = false;
};

template <typename Message, typename Text>
bool StartsWith(const Message& message, const Text& start) {
  return message.rfind(start, 0) == 0;
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
    case FieldDescriptor::CPPTYPE_INT64:
      return "a whole number";
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "a whole number that is not negative";
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

std::string Found(const Trace& trace) {
  return trace.at_end() ? "the end of the file" : trace.stopped().text;
}

Finding UnknownField(const Trace& trace) {
  const std::string& name = trace.name().text;
  const Descriptor* type = trace.message();
  if (type == nullptr) return {trace.name(), "no field " + Quoted(name)};
  return {trace.name(), "no field " + Quoted(name) + " in " + type->name() +
                            "; did you mean " +
                            Quoted(Nearest(name, FieldNames(*type))) + "?"};
}

Finding UnknownValue(const Trace& trace) {
  const std::string& value = trace.last().text;
  const FieldDescriptor* field = trace.field();
  std::string sentence =
      Quoted(trace.name().text) + " has no value " + Quoted(value);
  if (field != nullptr && field->enum_type() != nullptr) {
    sentence += trace.last().type == Tokenizer::TYPE_IDENTIFIER
                    ? "; did you mean " +
                          Nearest(value, ValueNames(*field->enum_type())) + "?"
                    : "; it takes " + Wanted(*field);
  }
  return {trace.last(), sentence};
}

// A value of the wrong kind, at `value`.
Finding WrongValue(const Trace& trace, const Token& value,
                   const std::string& shown) {
  const FieldDescriptor* field = trace.field();
  return {value, Quoted(trace.name().text) + " takes " +
                     (field ? Wanted(*field) : "another value") + ", not " +
                     shown};
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
                               Found(trace)};
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
  return {stopped, "the name of a field must stand here, not " + Found(trace)};
}

// Of the characters themselves: what the tokenizer says, and what we do.
const char* SpellingMistake(const std::string& complaint) {
  static constexpr struct {
    const char* start;
    const char* sentence;
  } kMistakes[] = {
      {"String literals cannot cross",
       "the text in quotes is not closed on "
       "its line; a quote is missing"},
      {"Unexpected end of string",
       "the file ends within a text in quotes; a quote is missing"},
      {"Invalid escape sequence",
       "no such escape sequence; write a backslash "
       "in quotes as \\\\"},
      {"Expected hex digits for",
       "\\x must be followed by hexadecimal digits; "
       "write a backslash in quotes as \\\\"},
      {"Expected four hex digits",
       "\\u must be followed by four hexadecimal "
       "digits; write a backslash in quotes as "
       "\\\\"},
      {"Expected eight hex digits",
       "\\U must be followed by eight hexadecimal "
       "digits up to 10ffff; write a backslash in "
       "quotes as \\\\"},
      {"Interpreting non ascii",
       "outside of quotes only ASCII can stand; "
       "perhaps this is a typographic quote or space"},
      {"Invalid control characters",
       "a control character stands here; is this "
       "a text file?"},
      {"Already saw decimal point", "the number has a second decimal point"},
      {"\"e\" must be followed",
       "a number ends with its e; the exponent is "
       "missing"},
      {"Numbers starting with leading zero",
       "a number that starts with 0 is octal and has no digits 8 and 9; drop "
       "the 0"},
      {"Hex and octal numbers must",
       "hexadecimal and octal numbers must be "
       "whole"},
      {"\"0x\" must be followed", "0x must be followed by hexadecimal digits"},
      {"Need space between",
       "a number runs into a word; put a space between "
       "them"},
  };
  for (const auto& mistake : kMistakes) {
    if (StartsWith(complaint, mistake.start)) return mistake.sentence;
  }
  return nullptr;
}

Finding Find(const Complaint& complaint, const Trace& trace) {
  const std::string& said = complaint.text;
  if (const char* sentence = SpellingMistake(said)) {
    Token at;
    at.line = complaint.line;
    at.column = complaint.column;
    return {at, sentence};
  }
  if (StartsWith(said, "Message type")) return UnknownField(trace);
  if (StartsWith(said, "Unknown enumeration")) return UnknownValue(trace);
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
                                 Found(trace)};
  }
  if (StartsWith(said, "Expected \"}\"") ||
      StartsWith(said, "Expected \">\"")) {
    return {trace.stopped(), "the block " + Quoted(trace.block().text) +
                                 " must be closed with " + said[10] + ", not " +
                                 Found(trace)};
  }
  if (StartsWith(said, "Extension")) {
    return {trace.last(), "names in [ ] (extensions) are not known here"};
  }
  const bool value =
      StartsWith(said, "Expected") || StartsWith(said, "Expect a decimal");
  const bool at_value = trace.last().text == ":" || trace.last().text == "-" ||
                        trace.field() != nullptr;
  if (StartsWith(said, "Expected identifier") && !at_value) {
    return NoName(trace);
  }
  if (StartsWith(said, "Integer out of range")) {
    return WrongValue(trace, trace.stopped(), trace.stopped().text);
  }
  if (value) return WrongValue(trace, trace.stopped(), Found(trace));
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
