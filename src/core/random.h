#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace doppio {

// What a random number is drawn for: equal keys for different purposes give
// unrelated numbers.
enum class Draw : uint32_t {
  kFiller = 1,
  kDropout,
  kTransform,
  kShuffle,
  kDummyData,
  kSkip,
  kPooling,
  kTest,
};

// 64 bits to 64 bits, well mixed (the finaliser of splitmix64).
constexpr uint64_t Mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// FNV-1a, to key random streams by a layer's name. Recorded in snapshots, so it
// must never change.
inline uint64_t Hash(const std::string& text) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001B3u;
  return hash;
}

// Four random words, and what is commonly made of them.
struct RandomBlock {
  uint32_t word[4];

  // Uniform on [0, 1), in steps of 2^-24.
  constexpr float Uniform(int i) const { return (word[i] >> 8) * 0x1p-24f; }

  // Standard normal, by Box and Muller; words 0-1 make numbers 0-1, words 2-3
  // make numbers 2-3.
  float Gaussian(int i) const {
    const int pair = i & ~1;
    const float radius =
        std::sqrt(-2 * std::log(((word[pair] >> 8) + 1) * 0x1p-24f));
    const float angle = 6.2831853f * Uniform(pair + 1);
    return radius * (i & 1 ? std::sin(angle) : std::cos(angle));
  }
};

// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011): every counter gives four words that look random, under any key.
constexpr RandomBlock Philox(RandomBlock counter, uint64_t key) {
  uint32_t k0 = static_cast<uint32_t>(key);
  uint32_t k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53u} * counter.word[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57u} * counter.word[2];
    counter = {{static_cast<uint32_t>(p1 >> 32) ^ counter.word[1] ^ k0,
                static_cast<uint32_t>(p1),
                static_cast<uint32_t>(p0 >> 32) ^ counter.word[3] ^ k1,
                static_cast<uint32_t>(p0)}};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return counter;
}

// A random stream that can be read anywhere, the same on every device and for
// any number of threads.
class RandomStream {
 public:
  constexpr RandomStream(uint64_t seed, Draw purpose, uint64_t a,
                         uint64_t b = 0)
      : key_(Mix(Mix(seed ^ Mix(static_cast<uint32_t>(purpose))) ^ a)), b_(b) {}

  constexpr RandomBlock Block(uint64_t index) const {
    return Philox(
        {{static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
          static_cast<uint32_t>(b_), static_cast<uint32_t>(b_ >> 32)}},
        key_);
  }

  // Number i of the stream.
  constexpr float Uniform(uint64_t i) const {
    return Block(i / 4).Uniform(i % 4);
  }
  float Gaussian(uint64_t i) const { return Block(i / 4).Gaussian(i % 4); }
  constexpr uint32_t Word(uint64_t i) const { return Block(i / 4).word[i % 4]; }

  // Uniform on [0, n), but for n / 2^32, from number i of the stream.
  constexpr uint32_t Below(uint32_t n, uint64_t i) const {
    return static_cast<uint32_t>(uint64_t{Word(i)} * n >> 32);
  }

 private:
  uint64_t key_;
  uint64_t b_;
};

}  // namespace doppio
