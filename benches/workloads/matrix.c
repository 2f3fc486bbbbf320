/* The product of two square matrices of 64-bit numbers. */
#include "types.h"

static u64 a[128 * 128], b[128 * 128], c[128 * 128];

EXPORT("run") u64 run(u32 n) {
    for (u32 i = 0; i < n * n; i++) {
        a[i] = i * 3 + 1;
        b[i] = i ^ 0x55;
    }
    for (u32 i = 0; i < n; i++)
        for (u32 j = 0; j < n; j++) {
            u64 sum = 0;
            for (u32 k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
            c[i * n + j] = sum;
        }
    u64 sum = 0;
    for (u32 i = 0; i < n * n; i++) sum ^= c[i] + i;
    return sum;
}
