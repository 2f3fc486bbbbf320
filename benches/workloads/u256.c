/* Multiplication modulo 2^256 - 189, on eight 32-bit limbs. */
#include "types.h"

static void multiply(u32 *out, const u32 *x, const u32 *y) {
    u32 wide[17] = {0};
    for (u32 i = 0; i < 8; i++) {
        u64 carry = 0;
        for (u32 j = 0; j < 8; j++) {
            carry += (u64)x[i] * y[j] + wide[i + j];
            wide[i + j] = (u32)carry;
            carry >>= 32;
        }
        wide[i + 8] = (u32)carry;
    }
    u64 carry = 0;
    for (u32 i = 0; i < 8; i++) {
        carry += (u64)wide[i + 8] * 189 + wide[i];
        out[i] = (u32)carry;
        carry >>= 32;
    }
    carry *= 189;
    for (u32 i = 0; i < 8 && carry; i++) {
        carry += out[i];
        out[i] = (u32)carry;
        carry >>= 32;
    }
}

static u32 x[8], y[8];

EXPORT("run") u64 run(u32 times) {
    for (u32 i = 0; i < 8; i++) {
        x[i] = 0x9e3779b9u * (i + 1);
        y[i] = 0x7f4a7c15u ^ i;
    }
    for (u32 i = 0; i < times; i++) {
        multiply(x, x, y);
        y[i % 8] ^= x[0];
    }
    return (u64)x[0] << 32 | x[7];
}
