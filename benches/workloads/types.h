/* Fixed-width integers and what every workload needs; there is no C library. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned __int128 u128;

#define EXPORT(name) __attribute__((export_name(name)))

/* The next number of a generator with 64 bits of state. */
static inline u64 next_random(u64 *state) {
    u64 x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}
