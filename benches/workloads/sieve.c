/* The sieve of Eratosthenes. */
#include "types.h"

static u8 composite[1 << 20];

EXPORT("run") u64 run(u32 limit) {
    for (u32 i = 0; i < limit; i++) composite[i] = 0;
    u64 count = 0;
    for (u32 i = 2; i < limit; i++) {
        if (composite[i]) continue;
        count++;
        for (u32 j = i * 2; j < limit; j += i) composite[j] = 1;
    }
    return count;
}
