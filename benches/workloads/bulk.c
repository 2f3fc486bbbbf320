/* memory.fill and memory.copy from 16 bytes to 8 KiB. */
#include "types.h"

static u8 from[8192], to[8192];

EXPORT("run") u64 run(u32 times) {
    u64 sum = 0;
    for (u32 i = 0; i < times; i++) {
        for (u32 size = 16; size <= 8192; size *= 2) {
            __builtin_memset(from, (int)(i + size), size);
            __builtin_memcpy(to, from, size);
            sum += to[size / 2];
        }
    }
    return sum;
}
