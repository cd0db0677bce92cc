#include "stream.h"

#include <algorithm>
#include <memory>

#include "report.h"
#include "settings.h"

namespace emulator {
namespace {

std::vector<std::unique_ptr<Stream>>& streams() {
  static auto* streams = new std::vector<std::unique_ptr<Stream>>;
  return *streams;
}

Clock host_clock;
const Operation* current = nullptr;

void Join(const Clock& from, Clock* to) {
  for (const auto& entry : from) {
    long& tick = (*to)[entry.first];
    tick = std::max(tick, entry.second);
  }
}

bool Knows(const Clock& clock, const Moment& moment) {
  if (moment.stream < 0) return true;
  const auto found = clock.find(moment.stream);
  return found != clock.end() && found->second >= moment.tick;
}

void Run(const Operation& operation) {
  const Operation* before = current;
  current = &operation;
  operation.run();
  current = before;
  if (current == nullptr) CloseAll();
}

void RunNext(Stream* stream) {
  const Operation operation = std::move(stream->queue.front());
  stream->queue.pop_front();
  Run(operation);
}

void Drain(Stream* stream) {
  if (stream->running) return;
  stream->running = true;
  while (!stream->queue.empty()) RunNext(stream);
  stream->running = false;
}

void DrainTo(Event* event, long ticket) {
  while (event->reached < ticket && !event->stream->queue.empty()) {
    RunNext(event->stream);
  }
}

}  // namespace

Stream* Find(cudaStream_t stream) {
  for (const auto& known : streams()) {
    if (reinterpret_cast<cudaStream_t>(known.get()) == stream) {
      return known.get();
    }
  }
  const bool is_default = stream == nullptr || stream == cudaStreamLegacy ||
                          stream == cudaStreamPerThread;
  Report(is_default ? "work on the default stream; give it a stream"
                    : "work on a stream that does not exist");
  return nullptr;
}

Stream* NewStream(int device) {
  static int made = 0;
  streams().push_back(std::make_unique<Stream>());
  streams().back()->id = made++;
  streams().back()->device = device;
  return streams().back().get();
}

void Delete(Stream* stream) {
  Drain(stream);
  auto& all = streams();
  all.erase(std::find_if(all.begin(), all.end(), [&](const auto& known) {
    return known.get() == stream;
  }));
}

void Enqueue(Stream* stream, const std::string& what,
             std::function<void()> work) {
  if (stream->capture) {
    stream->capture->nodes.push_back({what, std::move(work)});
    return;
  }
  Join(host_clock, &stream->clock);
  Operation operation;
  operation.what = what;
  operation.run = std::move(work);
  operation.moment = {stream->id, ++stream->clock[stream->id]};
  operation.done = stream->clock;
  if (!settings().lazy_streams) {
    Run(operation);
  } else {
    stream->queue.push_back(std::move(operation));
  }
}

Stream*& capturing() {
  thread_local Stream* stream = nullptr;
  return stream;
}

void Wait(Stream* stream) {
  Drain(stream);
  Join(stream->clock, &host_clock);
}

void WaitForAll() {
  for (const auto& stream : streams()) Wait(stream.get());
}

void Wait(Event* event) {
  if (event->stream == nullptr) return;
  DrainTo(event, event->recorded);
  Join(event->clock, &host_clock);
}

void Record(Event* event, Stream* stream) {
  event->stream = stream;
  event->captured = stream->capture != nullptr;
  const long ticket = ++event->recorded;
  Enqueue(stream, "event", [=] {
    event->reached = ticket;
    event->time = std::chrono::steady_clock::now();
  });
  event->clock = stream->clock;
}

void Wait(Stream* stream, Event* event) {
  if (event->stream == nullptr) return;
  Join(event->clock, &stream->clock);
  const long ticket = event->recorded;
  Enqueue(stream, "wait", [=] { DrainTo(event, ticket); });
}

const Operation* current_operation() { return current; }

void Touch(Allocation* a, bool write) {
  Open(a);
  const auto missing = [](const char* did) {
    Report(current->what + " uses memory that another stream has " + did +
           " and that its own stream has not waited for");
  };
  if (!Knows(current->done, a->write)) missing("written");
  if (write) {
    for (const auto& read : a->reads) {
      if (!Knows(current->done, {read.first, read.second})) missing("read");
    }
    a->reads.clear();
    a->write = current->moment;
  } else {
    a->reads[current->moment.stream] = current->moment.tick;
  }
}

void Touch(const void* address, bool write) {
  if (InArena(address)) Touch(FindAllocation(address), write);
}

}  // namespace emulator
