/* hyperloglog.h - how many distinct values, from registers that merge by their maximum */
#ifndef CST_PROFILE_HYPERLOGLOG_H
#define CST_PROFILE_HYPERLOGLOG_H

#include <stddef.h>
#include <stdint.h>

enum { CST_HYPERLOGLOG_BITS = 14, CST_HYPERLOGLOG_REGISTERS = 1 << CST_HYPERLOGLOG_BITS };

/** The relative standard error: 1.04 / sqrt(registers) (Flajolet et al., 2007). */
#define CST_HYPERLOGLOG_ERROR 0.0081

/** 64 well mixed bits of a word, and of bytes. */
uint64_t cst_hyperloglog_mix(uint64_t word);
uint64_t cst_hyperloglog_hash(const void *bytes, size_t size);

/** Take in one value by its 64 mixed bits. registers: shape [CST_HYPERLOGLOG_REGISTERS]. */
void cst_hyperloglog_add(uint8_t *registers, uint64_t hash);

/** The number of distinct values taken in, by Ertl's estimator without tables of bias ("New
 *  cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6). */
double cst_hyperloglog_estimate(const uint8_t *registers);

#endif
