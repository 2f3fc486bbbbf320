/* Calls through a table of small functions. */
#include "types.h"

#define NOINLINE __attribute__((noinline))

static NOINLINE u64 add(u64 x, u64 y) { return x + y; }
static NOINLINE u64 subtract(u64 x, u64 y) { return x - (y << 3); }
static NOINLINE u64 multiply(u64 x, u64 y) { return x * (y | 1); }
static NOINLINE u64 mix(u64 x, u64 y) { return (x ^ y) + (x >> 7); }
static NOINLINE u64 rotate(u64 x, u64 y) { return (x << 11 | x >> 53) ^ y; }
static NOINLINE u64 choose(u64 x, u64 y) { return x & 4 ? x + 3 : y - x; }
static NOINLINE u64 swap(u64 x, u64 y) { return (x >> 32 | x << 32) + y; }
static NOINLINE u64 invert(u64 x, u64 y) { return ~x * 5 + y; }

static u64 (*const TABLE[8])(u64, u64) = {add, subtract, multiply, mix,
                                          rotate, choose, swap, invert};

EXPORT("run") u64 run(u32 times) {
    u64 x = 1;
    for (u32 i = 0; i < times; i++) x = TABLE[(x ^ i) & 7](x, i);
    return x;
}
