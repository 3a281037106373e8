/* random.c - Philox, keyed by seed and stream, counted by whoever asks */
#include "exact/random.h"

#include <Random123/philox.h>
#include <string.h>

cst_random cst_random_at(uint64_t seed, cst_stream stream, uint64_t high, uint64_t low)
{
    /* For one seed every stream has its own key: an odd factor makes stream → word one to one. */
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32) + 0x9e3779b9u * stream}};
    philox4x32_ctr_t counter = {
        {(uint32_t)low, (uint32_t)(low >> 32), (uint32_t)high, (uint32_t)(high >> 32)}};
    philox4x32_ctr_t out = philox4x32(counter, key);
    return (cst_random){.word = {out.v[0], out.v[1], out.v[2], out.v[3]}};
}

uint64_t cst_random_bits(uint64_t seed, cst_stream stream, uint64_t high, uint64_t low)
{
    cst_random r = cst_random_at(seed, stream, high, low);
    return (uint64_t)r.word[1] << 32 | r.word[0];
}

double cst_random_unit(uint64_t seed, cst_stream stream, uint64_t high, uint64_t low)
{
    return (double)(cst_random_bits(seed, stream, high, low) >> 11) * 0x1p-53;
}

int cst_random_poisson1(uint64_t seed, cst_stream stream, uint64_t high, uint64_t low)
{
    /* floor(2^53 P(X <= k)) for k = 0, 1, …; P(X <= k) = exp(-1) (1/0! + … + 1/k!) */
    static const int64_t below[] = {
        3313563428353947, 6627126856707895, 8283908570884869, 8836169142277194, 8974234285125275,
        9001847313694891, 9006449485123161, 9007106938184342, 9007189119816990, 9007198251109506,
        9007199164238758, 9007199247250508, 9007199254168154, 9007199254700280, 9007199254738289,
        9007199254740823, 9007199254740982, 9007199254740991,
    };
    int64_t u = (int64_t)(cst_random_bits(seed, stream, high, low) >> 11);
    int k = 0;
    while (k < (int)(sizeof below / sizeof below[0]) && u >= below[k])
        k++;
    return k;
}

void cst_random_permute(size_t *order, size_t n, uint64_t seed, cst_stream stream, uint64_t round)
{
    for (size_t left = n; left > 1; left--) {
        uint64_t bits = cst_random_bits(seed, stream, round, left);
        size_t other = (size_t)(((unsigned __int128)bits * left) >> 64);
        size_t moved = order[left - 1];
        order[left - 1] = order[other];
        order[other] = moved;
    }
}

uint64_t cst_random_hash(uint64_t seed, cst_stream stream, const void *bytes, size_t size)
{
    uint64_t state = size;
    for (size_t at = 0; at < size || at == 0; at += 8) {
        uint64_t chunk = 0;
        size_t take = size - at < 8 ? size - at : 8;
        if (take)
            memcpy(&chunk, (const char *)bytes + at, take);
        state = cst_random_bits(seed, stream, state, chunk);
    }
    return state;
}
