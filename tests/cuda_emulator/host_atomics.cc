// What the compiler makes of atomic operations in a .cu file's host code, such
// as reference counts: real atomic operations, as other threads run.

#include <cstdint>

extern "C" {
void __tsan_atomic_thread_fence(int) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

uint8_t __tsan_atomic8_load(const uint8_t* p, int) {
  return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}
void __tsan_atomic8_store(uint8_t* p, uint8_t value, int) {
  __atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}
uint8_t __tsan_atomic8_exchange(uint8_t* p, uint8_t value, int) {
  return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);
}
uint8_t __tsan_atomic8_fetch_add(uint8_t* p, uint8_t value, int) {
  return __atomic_fetch_add(p, value, __ATOMIC_SEQ_CST);
}
uint8_t __tsan_atomic8_fetch_sub(uint8_t* p, uint8_t value, int) {
  return __atomic_fetch_sub(p, value, __ATOMIC_SEQ_CST);
}
int __tsan_atomic8_compare_exchange_strong(uint8_t* p, uint8_t* expected,
                                           uint8_t value, int, int) {
  return __atomic_compare_exchange_n(p, expected, value, false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
int __tsan_atomic8_compare_exchange_weak(uint8_t* p, uint8_t* expected,
                                         uint8_t value, int, int) {
  return __tsan_atomic8_compare_exchange_strong(p, expected, value, 0, 0);
}

uint32_t __tsan_atomic32_load(const uint32_t* p, int) {
  return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}
void __tsan_atomic32_store(uint32_t* p, uint32_t value, int) {
  __atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}
uint32_t __tsan_atomic32_exchange(uint32_t* p, uint32_t value, int) {
  return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);
}
uint32_t __tsan_atomic32_fetch_add(uint32_t* p, uint32_t value, int) {
  return __atomic_fetch_add(p, value, __ATOMIC_SEQ_CST);
}
uint32_t __tsan_atomic32_fetch_sub(uint32_t* p, uint32_t value, int) {
  return __atomic_fetch_sub(p, value, __ATOMIC_SEQ_CST);
}
int __tsan_atomic32_compare_exchange_strong(uint32_t* p, uint32_t* expected,
                                            uint32_t value, int, int) {
  return __atomic_compare_exchange_n(p, expected, value, false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
int __tsan_atomic32_compare_exchange_weak(uint32_t* p, uint32_t* expected,
                                          uint32_t value, int, int) {
  return __tsan_atomic32_compare_exchange_strong(p, expected, value, 0, 0);
}

uint64_t __tsan_atomic64_load(const uint64_t* p, int) {
  return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}
void __tsan_atomic64_store(uint64_t* p, uint64_t value, int) {
  __atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}
uint64_t __tsan_atomic64_exchange(uint64_t* p, uint64_t value, int) {
  return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);
}
uint64_t __tsan_atomic64_fetch_add(uint64_t* p, uint64_t value, int) {
  return __atomic_fetch_add(p, value, __ATOMIC_SEQ_CST);
}
uint64_t __tsan_atomic64_fetch_sub(uint64_t* p, uint64_t value, int) {
  return __atomic_fetch_sub(p, value, __ATOMIC_SEQ_CST);
}
int __tsan_atomic64_compare_exchange_strong(uint64_t* p, uint64_t* expected,
                                            uint64_t value, int, int) {
  return __atomic_compare_exchange_n(p, expected, value, false,
                                     __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
int __tsan_atomic64_compare_exchange_weak(uint64_t* p, uint64_t* expected,
                                          uint64_t value, int, int) {
  return __tsan_atomic64_compare_exchange_strong(p, expected, value, 0, 0);
}
}  // extern "C"
