#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>

#include <string>
#include <vector>

#include "io/prototxt_errors.h"

namespace doppio {

using Token = google::protobuf::io::Tokenizer::Token;

// Follows a text up to the token at which the parser complained, to know what
// was being said there: protobuf names neither the field nor the message.
class Trace {
 public:
  Trace(const std::string& text, const Complaint& complaint,
        const google::protobuf::Descriptor& root);

  // The name of the field that was begun last, and its description; null if
  // there is no such field.
  const Token& name() const { return name_; }
  const google::protobuf::FieldDescriptor* field() const;
  // The message it is in; null if that is unknown, too.
  const google::protobuf::Descriptor* message() const;

  // The token at which the parser complained, and the one before.
  const Token& stopped() const { return stopped_; }
  const Token& last() const { return last_; }
  // What stands there, in words.
  const std::string& found() const { return found_; }
  // Whether it should have been a value.
  bool at_value() const { return at_value_; }
  bool at_end() const {
    return stopped_.type == google::protobuf::io::Tokenizer::TYPE_END;
  }

  // The name before the innermost { that is open.
  bool in_block() const { return !blocks_.empty(); }
  const Token& block() const {
    return in_block() ? blocks_.back().name : name_;
  }

 private:
  struct Block {
    Token name;
    bool in_list;
  };

  void Take(const Token& token);

  const google::protobuf::Descriptor& root_;
  std::vector<Block> blocks_;
  Token name_{}, last_{}, stopped_{};
  std::string found_;
  bool at_value_ = false;
  bool in_list_ = false;
};

}  // namespace doppio
