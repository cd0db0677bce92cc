#include "device/ranks.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "doppio/error.h"

namespace doppio {
namespace {

// The other process has ended, and this one is about to be ended as well.
[[noreturn]] void AwaitTheEnd() {
  std::this_thread::sleep_for(std::chrono::seconds(10));
  throw Error("one of the processes that train together has ended");
}

void SendBytes(int link, const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t sent = send(link, bytes, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) AwaitTheEnd();
    bytes += sent;
    count -= sent;
  }
}

void ReceiveBytes(int link, char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t received = recv(link, bytes, count, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) AwaitTheEnd();
    bytes += received;
    count -= received;
  }
}

// A message is its length, then its bytes.
void SendMessage(int link, const std::string& message) {
  const uint64_t size = message.size();
  SendBytes(link, reinterpret_cast<const char*>(&size), sizeof size);
  SendBytes(link, message.data(), size);
}

std::string ReceiveMessage(int link) {
  uint64_t size = 0;
  ReceiveBytes(link, reinterpret_cast<char*>(&size), sizeof size);
  std::string message(size, '\0');
  ReceiveBytes(link, message.data(), size);
  return message;
}

std::string BytesOf(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()),
          values.size() * sizeof(float)};
}

std::vector<float> MeansOf(const std::vector<std::string>& all, size_t count) {
  // Doubles hold the sum of a few equal floats exactly.
  std::vector<double> sums(count);
  for (const std::string& bytes : all) {
    Require(bytes.size() == count * sizeof(float),
            "the processes that train together do not compute the same net");
    for (size_t i = 0; i < count; ++i) {
      float value = 0;
      std::memcpy(&value, &bytes[i * sizeof value], sizeof value);
      sums[i] += value;
    }
  }
  std::vector<float> means;
  for (const double sum : sums) {
    means.push_back(static_cast<float>(sum / static_cast<double>(all.size())));
  }
  return means;
}

}  // namespace

Ranks::Ranks(int rank, int count, std::vector<int> links)
    : rank_(rank), count_(count), links_(std::move(links)) {}

Ranks::~Ranks() {
  for (const int link : links_) close(link);
}

std::string Ranks::FromFirst(const std::string& given) {
  if (rank_ > 0) return ReceiveMessage(links_[0]);
  for (const int link : links_) SendMessage(link, given);
  return given;
}

std::vector<std::string> Ranks::ToFirst(const std::string& given) {
  if (rank_ > 0) {
    SendMessage(links_[0], given);
    return {};
  }
  std::vector<std::string> all = {given};
  for (const int link : links_) all.push_back(ReceiveMessage(link));
  return all;
}

void Ranks::Average(std::vector<float>* values) {
  const std::vector<std::string> all = ToFirst(BytesOf(*values));
  if (rank_ == 0) *values = MeansOf(all, values->size());
  const std::string means = FromFirst(BytesOf(*values));
  std::memcpy(values->data(), means.data(), means.size());
}

void Ranks::Begin(uint64_t seed) {
  if (rank_ > 0) return;
  seed_ = seed;
  FromFirst(std::to_string(seed));
}

void Ranks::AwaitBegin() {
  if (rank_ > 0) seed_ = std::stoull(FromFirst(""));
}

}  // namespace doppio
