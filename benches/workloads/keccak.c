/* Keccak-f[1600], over and over. */
#include "types.h"

static const u64 ROUND[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
static const u8 ROTATE[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                              27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
static const u8 LANE[24] = {10, 7,  11, 17, 18, 3,  5,  16, 8,  21, 24, 4,
                            15, 23, 19, 13, 12, 2,  20, 14, 22, 9,  6,  1};

static inline u64 rotate(u64 x, u32 by) { return x << by | x >> (64 - by); }

static void permute(u64 *a) {
    for (u32 round = 0; round < 24; round++) {
        u64 c[5];
        for (u32 x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (u32 x = 0; x < 5; x++) {
            u64 d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
            for (u32 y = 0; y < 25; y += 5) a[y + x] ^= d;
        }
        u64 t = a[1];
        for (u32 i = 0; i < 24; i++) {
            u64 next = a[LANE[i]];
            a[LANE[i]] = rotate(t, ROTATE[i]);
            t = next;
        }
        for (u32 y = 0; y < 25; y += 5) {
            for (u32 x = 0; x < 5; x++) c[x] = a[y + x];
            for (u32 x = 0; x < 5; x++) a[y + x] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5]);
        }
        a[0] ^= ROUND[round];
    }
}

static u64 state[25];

EXPORT("run") u64 run(u32 times) {
    for (u32 i = 0; i < 25; i++) state[i] = i;
    for (u32 i = 0; i < times; i++) permute(state);
    return state[0];
}
