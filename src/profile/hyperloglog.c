/* hyperloglog.c - how many distinct values, from registers that merge by their maximum */
#include "profile/hyperloglog.h"

#include <math.h>

enum { LONGEST_RUN = 64 - CST_HYPERLOGLOG_BITS };

/* The finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators", 2014): a bijection in which every bit of the result hangs on every bit given. */
uint64_t cst_hyperloglog_mix(uint64_t word)
{
    word += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

uint64_t cst_hyperloglog_hash(const void *bytes, size_t size)
{
    const unsigned char *byte = (const unsigned char *)bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a's offset and prime */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return cst_hyperloglog_mix(hash ^ size);
}

void cst_hyperloglog_add(uint8_t *registers, uint64_t hash)
{
    uint64_t rest = hash << CST_HYPERLOGLOG_BITS;
    int run = rest ? __builtin_clzll(rest) + 1 : LONGEST_RUN + 1;
    uint8_t *reg = &registers[hash >> LONGEST_RUN];
    if (*reg < run)
        *reg = (uint8_t)run;
}

static double sigma(double x)
{
    double sum = x;
    double last;
    double weight = 1;
    if (x >= 1)
        return INFINITY;
    do {
        x *= x;
        last = sum;
        sum += x * weight;
        weight += weight;
    } while (sum > last);
    return sum;
}

static double tau(double x)
{
    if (x <= 0 || x >= 1)
        return 0;
    double sum = 1 - x;
    double last;
    double weight = 1;
    do {
        x = sqrt(x);
        last = sum;
        weight *= 0.5;
        sum -= (1 - x) * (1 - x) * weight;
    } while (sum < last);
    return sum / 3;
}

double cst_hyperloglog_estimate(const uint8_t *registers)
{
    const double m = CST_HYPERLOGLOG_REGISTERS;
    const double inverse_twice_log2 = 0.72134752044448170368;
    int64_t count[LONGEST_RUN + 2] = {0};
    for (size_t i = 0; i < CST_HYPERLOGLOG_REGISTERS; i++)
        count[registers[i]]++;
    if (count[0] == CST_HYPERLOGLOG_REGISTERS)
        return 0;
    double z = m * tau(1 - (double)count[LONGEST_RUN + 1] / m);
    for (int k = LONGEST_RUN; k >= 1; k--)
        z = 0.5 * (z + (double)count[k]);
    z += m * sigma((double)count[0] / m);
    return inverse_twice_log2 * m * m / z;
}
