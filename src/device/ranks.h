#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace doppio {

// One of several processes that train a net together, each on a GPU of its own,
// as StartRanks has made them. All have to make the same calls in the same
// order; the host waits in them. Rank 0 decides, shows and writes.
//
// No call says that another process has ended: who started them all sees that,
// ends the others and tells why.
class Ranks {
 public:
  // `links` are connected sockets: on rank 0 those to ranks 1, 2 and so on, on
  // the others the one to rank 0. They are closed in the end.
  Ranks(int rank, int count, std::vector<int> links);
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const { return rank_; }
  int count() const { return count_; }

  // What rank 0 gives, on all.
  std::string FromFirst(const std::string& given);
  // What each gives, in order of rank, on rank 0; nothing on the others.
  std::vector<std::string> ToFirst(const std::string& given);
  // Replaces values by their means over the ranks. Values that are the same on
  // all ranks stay what they are, to the last bit.
  void Average(std::vector<float>* values);

  // On rank 0, once it can train: lets StartRanks return on the others, which
  // then have its seed; on these, nothing.
  void Begin(uint64_t seed);
  // What the others wait for in StartRanks.
  void AwaitBegin();
  uint64_t seed() const { return seed_; }

 private:
  const int rank_, count_;
  const std::vector<int> links_;
  uint64_t seed_ = 0;
};

// The GPUs that --device names, each as a --device of its own: "cuda:0,1" are
// cuda:0 and cuda:1. Throws Error for a list that is none.
std::vector<std::string> SplitDevices(const std::string& device);

// Starts a process for each name, before anything here has used a GPU or begun
// a thread. It returns in these processes only: in rank 0 at once, in the
// others as soon as that has called Begin, so that what keeps all of them from
// training is said once.
//
// The calling process hands its signals to rank 0, and ends when they have:
// with exit code 0 if all went well. Otherwise the first to fail decides, by a
// sentence of its own or one on the signal that killed it; the others are
// killed, as they are if the calling process is.
std::shared_ptr<Ranks> StartRanks(const std::vector<std::string>& names);

}  // namespace doppio
