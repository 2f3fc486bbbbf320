/* A token's transfers: accounts of 32-byte keys in a hash table, balances of 128 bits. */
#include "types.h"

#define ACCOUNTS 1024

struct account {
    u8 key[32];
    u64 low, high;
    u32 used;
};
static struct account accounts[ACCOUNTS];

static __attribute__((noinline)) u32 hash(const u8 *key) {
    u32 h = 2166136261u;
    for (u32 i = 0; i < 32; i++) h = (h ^ key[i]) * 16777619u;
    return h;
}

static __attribute__((noinline)) int equal(const u8 *a, const u8 *b) {
    for (u32 i = 0; i < 32; i++)
        if (a[i] != b[i]) return 0;
    return 1;
}

static __attribute__((noinline)) struct account *find(const u8 *key) {
    for (u32 slot = hash(key) % ACCOUNTS;; slot = (slot + 1) % ACCOUNTS) {
        struct account *account = &accounts[slot];
        if (!account->used) {
            for (u32 i = 0; i < 32; i++) account->key[i] = key[i];
            account->used = 1;
            account->low = 1000000;
            account->high = 0;
            return account;
        }
        if (equal(account->key, key)) return account;
    }
}

static __attribute__((noinline)) int transfer(const u8 *from, const u8 *to, u64 amount) {
    struct account *sender = find(from), *receiver = find(to);
    if (sender->high == 0 && sender->low < amount) return 0;
    sender->high -= sender->low < amount;
    sender->low -= amount;
    receiver->low += amount;
    receiver->high += receiver->low < amount;
    return 1;
}

static void key_of(u8 *key, u64 number) {
    for (u32 i = 0; i < 32; i++) key[i] = (u8)(number >> (i % 8 * 8) ^ i * 7);
}

EXPORT("run") u64 run(u32 times) {
    u64 state = 88172645463325252, done = 0;
    u8 from[32], to[32];
    for (u32 i = 0; i < ACCOUNTS; i++) accounts[i].used = 0;
    for (u32 i = 0; i < times; i++) {
        key_of(from, next_random(&state) % 300);
        key_of(to, next_random(&state) % 300);
        done += (u64)transfer(from, to, state >> 44);
    }
    return done;
}
