#!/usr/bin/env python3
"""Print powers.c: the leading 128 bits of the powers of five that number.c multiplies with.

All are cut after 128 bits. The reciprocals of powers that fit into 64 bits (q from -27 on) have one
added in their last place, so that a quotient that is exact is not taken for one just below
(D. Lemire, Number parsing at a gigabyte per second, Software: Practice and Experience 51, 2021,
section 5).
"""
FIRST, LAST = -342, 308


def leading(q):
    if q >= 0:
        value = 5**q
        shift = value.bit_length() - 128
        return value >> shift if shift > 0 else value << -shift
    power = 5**-q
    if q >= -27:
        return (1 << (power.bit_length() + 127)) // power + 1
    value = (1 << (2 * power.bit_length() + 128)) // power
    return value >> (value.bit_length() - 128)


print("/* powers.c - the leading 128 bits of the powers of five; made by powers.py */")
print('#include "source/number.h"\n')
print("/* clang-format off */")
print("const cst_power cst_powers_of_five[CST_POWER_LAST - CST_POWER_FIRST + 1] = {")
rows = ["{0x%016x, 0x%016x}," % divmod(leading(q), 1 << 64) for q in range(FIRST, LAST + 1)]
for i in range(0, len(rows), 2):
    print("    " + " ".join(rows[i : i + 2]))
print("};")
