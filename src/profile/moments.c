/* moments.c - mean, standard deviation and skewness about a pivot, by exact sums */
#include "profile/moments.h"

#include <math.h>

void cst_moments_add(cst_moments *moments, double distance)
{
    double square = distance * distance;
    cst_sum_add(&moments->power[0], distance);
    cst_sum_add(&moments->power[1], square);
    cst_sum_add(&moments->power[2], square * distance);
}

void cst_moments_carry(cst_moments *moments)
{
    for (int p = 0; p < 3; p++)
        cst_sum_carry(&moments->power[p]);
}

cst_moments_figures cst_moments_finish(const cst_moments *moments, int64_t count, double pivot)
{
    cst_moments_figures out = {NAN, NAN, NAN};
    if (count < 1)
        return out;
    double n = (double)count;
    double first = cst_sum_value(&moments->power[0]);
    double second = cst_sum_value(&moments->power[1]);
    double third = cst_sum_value(&moments->power[2]);
    double shift = first / n;
    double squares = fma(-first, shift, second); /* about the mean now */
    if (squares < 0)
        squares = 0;
    out.mean = pivot + shift;
    if (count > 1)
        out.sd = sqrt(squares / (n - 1));
    double m2 = squares / n;
    double m3 = (third - 3 * shift * second + 2 * first * shift * shift) / n;
    if (m2 > 0)
        out.skewness = m3 / (m2 * sqrt(m2));
    return out;
}
