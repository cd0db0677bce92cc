#pragma once

#include <condition_variable>
#include <cstdint>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace doppio {

// Calls make(i) for i of [0, n) on `threads` threads, and take(i, result) on
// this one, in order. The makers run at most a few calls ahead. What make
// throws is thrown here when its turn comes; that, or what take throws, ends
// it all.
template <typename Result, typename Make, typename Take>
void InOrder(int64_t n, int threads, Make make, Take take) {
  const int64_t ahead = 4 * threads;
  std::mutex mutex;
  std::condition_variable changed;
  int64_t next = 0, taken = 0;
  bool stop = false;
  std::map<int64_t, std::future<Result>> made;

  const auto work = [&] {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      changed.wait(lock,
                   [&] { return stop || next == n || next < taken + ahead; });
      if (stop || next == n) return;
      const int64_t i = next++;
      lock.unlock();
      std::packaged_task<Result()> task([&make, i] { return make(i); });
      task();
      lock.lock();
      made.emplace(i, task.get_future());
      changed.notify_all();
    }
  };

  struct Crew {
    ~Crew() {
      {
        const std::lock_guard<std::mutex> lock(mutex);
        stop = true;
      }
      changed.notify_all();
      for (std::thread& thread : threads) thread.join();
    }
    std::mutex& mutex;
    std::condition_variable& changed;
    bool& stop;
    std::vector<std::thread> threads;
  } crew{mutex, changed, stop, {}};
  for (int i = 0; i < threads; ++i) crew.threads.emplace_back(work);

  for (int64_t i = 0; i < n; ++i) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return made.count(i) > 0; });
    std::future<Result> result = std::move(made.extract(i).mapped());
    taken = i + 1;
    lock.unlock();
    changed.notify_all();
    take(i, result.get());
  }
}

}  // namespace doppio
