#pragma once

#include <cuda_runtime_api.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "device_memory.h"

namespace emulator {

// For each stream, up to which of its moments everything is known to be done.
using Clock = std::map<int, long>;

// Work of a stream, and what it has waited for.
struct Operation {
  std::string what;  // for reports
  std::function<void()> run;
  Moment moment;
  Clock done;
};

// Work that a stream was given while it was captured.
struct Node {
  std::string what;
  std::function<void()> run;
};
struct Graph {
  std::vector<Node> nodes;
  bool invalid = false;  // by a call that is forbidden meanwhile
};

struct Stream {
  int id = 0;
  int device = 0;
  Clock clock;
  std::deque<Operation> queue;  // of lazy streams
  bool running = false;
  std::unique_ptr<Graph> capture;  // null unless it is captured
};

struct Event {
  Stream* stream = nullptr;  // null until it is recorded
  Clock clock;
  long recorded = 0, reached = 0;
  bool captured = false;  // recorded last in a capture, so nobody can wait
  std::chrono::steady_clock::time_point time;  // when it was reached last
};

// Null, having reported it, for the default stream: it waits for all others and
// they for it, so a program that uses it hides what it does not wait for.
Stream* Find(cudaStream_t stream);
Stream* NewStream(int device);
void Delete(Stream* stream);

// Runs work in the order of its stream: at once, or with lazy streams when
// somebody waits for it.
void Enqueue(Stream* stream, const std::string& what,
             std::function<void()> work);

// The stream that the calling thread captures; null if none.
Stream*& capturing();

// The calling thread waits.
void Wait(Stream* stream);
void WaitForAll();
void Wait(Event* event);

void Record(Event* event, Stream* stream);
// What the stream is given from now on waits for the event.
void Wait(Stream* stream, Event* event);

// The operation that is running; null in between.
const Operation* current_operation();

// The running operation reads or writes this memory: opens it, and reports a
// use by another stream that the operation has not waited for.
void Touch(Allocation* allocation, bool write);
// The same by an address, which may be the host's: then it does nothing.
void Touch(const void* address, bool write);

}  // namespace emulator
