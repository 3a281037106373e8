/* divergence.c - how far two samples of counts lie apart */
#include "profile/divergence.h"

#include <math.h>

#include "exact/elementary.h"

static double total(const int64_t *count, size_t n)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += count[i];
    return (double)sum;
}

size_t cst_divergence_cells(int32_t *cell, const int64_t *a, const int64_t *b, size_t bins)
{
    const double least = 5; /* expected on the smaller side: the usual rule of Pearson's test */
    double n = total(a, bins);
    double m = total(b, bins);
    double share = n + m > 0 ? (n < m ? n : m) / (n + m) : 0;
    int32_t cells = 0;
    int32_t pool = -1;
    for (size_t i = 0; i < bins; i++) {
        int64_t both = a[i] + b[i];
        if (both == 0)
            cell[i] = -1;
        else if ((double)both * share >= least)
            cell[i] = cells++;
        else
            cell[i] = pool = pool < 0 ? cells++ : pool;
    }
    return (size_t)cells;
}

void cst_divergence_pool(int64_t *out, const int64_t *count, const int32_t *cell, size_t bins,
                         size_t cells)
{
    for (size_t i = 0; i < cells; i++)
        out[i] = 0;
    for (size_t i = 0; i < bins; i++)
        if (cell[i] >= 0)
            out[cell[i]] += count[i];
}

double cst_divergence_psi(const int64_t *a, const int64_t *b, size_t cells)
{
    double n = total(a, cells) + 0.5 * (double)cells;
    double m = total(b, cells) + 0.5 * (double)cells;
    double psi = 0;
    for (size_t i = 0; i < cells; i++) {
        double p = ((double)a[i] + 0.5) / n;
        double q = ((double)b[i] + 0.5) / m;
        psi += (q - p) * cst_log(q / p);
    }
    return psi;
}

static double relative_entropy(double p, double middle)
{
    return p > 0 ? p * cst_log(p / middle) : 0;
}

double cst_divergence_js(const int64_t *a, const int64_t *b, size_t cells)
{
    double n = total(a, cells);
    double m = total(b, cells);
    if (n == 0 || m == 0)
        return NAN;
    double sum = 0;
    for (size_t i = 0; i < cells; i++) {
        double p = (double)a[i] / n;
        double q = (double)b[i] / m;
        sum += relative_entropy(p, 0.5 * (p + q)) + relative_entropy(q, 0.5 * (p + q));
    }
    return sum > 0 ? sqrt(0.5 * sum) : 0;
}

double cst_divergence_chi2(const int64_t *a, const int64_t *b, size_t cells)
{
    double n = total(a, cells);
    double m = total(b, cells);
    double sum = 0;
    for (size_t i = 0; n > 0 && m > 0 && i < cells; i++) {
        double both = (double)(a[i] + b[i]);
        if (both == 0)
            continue;
        double expected = both * n / (n + m);
        double off = (double)a[i] - expected;
        sum += off * off / expected + off * off / (both - expected);
    }
    return sum;
}

double cst_divergence_ks(const int64_t *a, const int64_t *b, size_t cells)
{
    double n = total(a, cells);
    double m = total(b, cells);
    int64_t below_a = 0;
    int64_t below_b = 0;
    double largest = 0;
    for (size_t i = 0; n > 0 && m > 0 && i < cells; i++) {
        below_a += a[i];
        below_b += b[i];
        double distance = fabs((double)below_a / n - (double)below_b / m);
        if (distance > largest)
            largest = distance;
    }
    return largest;
}

double cst_divergence_wasserstein(const int64_t *a, const int64_t *b, const double *edge,
                                  size_t cells)
{
    double n = total(a, cells);
    double m = total(b, cells);
    int64_t below_a = 0;
    int64_t below_b = 0;
    double area = 0;
    for (size_t i = 0; n > 0 && m > 0 && i + 2 < cells; i++) {
        below_a += a[i];
        below_b += b[i];
        area += fabs((double)below_a / n - (double)below_b / m) * (edge[i + 1] - edge[i]);
    }
    return area;
}
