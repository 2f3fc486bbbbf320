/* Quicksort of 64-bit numbers, with insertion sort below 16. */
#include "types.h"

static u64 numbers[1 << 16];

static void sort(u64 *a, int low, int high) {
    while (high - low > 16) {
        u64 pivot = a[low + (high - low) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot) i++;
            while (a[j] > pivot) j--;
            if (i <= j) {
                u64 t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        sort(a, low, j);
        low = i;
    }
    for (int i = low + 1; i <= high; i++) {
        u64 x = a[i];
        int j = i - 1;
        while (j >= low && a[j] > x) {
            a[j + 1] = a[j];
            j--;
        }
        a[j + 1] = x;
    }
}

EXPORT("run") u64 run(u32 count) {
    u64 state = 88172645463325252;
    for (u32 i = 0; i < count; i++) numbers[i] = next_random(&state);
    sort(numbers, 0, (int)count - 1);
    u64 sum = 0;
    for (u32 i = 0; i < count; i++) sum += numbers[i] * i;
    return sum;
}
