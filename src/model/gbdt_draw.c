/* gbdt_draw.c - the rows and features that a tree is grown on, drawn by seed and number of the tree
 */
#include "model/gbdt_draw.h"

#include <math.h>

#include "exact/random.h"
#include "model/row_id.h"

void cst_gbdt_draw_rows(uint8_t *bag, const cst_matrix *matrix, double share, uint64_t seed,
                        size_t tree)
{
    for (size_t r = 0; r < matrix->rows; r++) {
        cst_rowid id = cst_row_id(matrix, r);
        uint64_t row = cst_random_bits(seed, CST_STREAM_BAGGING, id.part, id.row);
        bag[r] = cst_random_unit(seed, CST_STREAM_BAGGING, row, tree) < share;
    }
}

size_t cst_gbdt_draw_features(uint32_t *used, size_t columns, double share, uint64_t seed,
                              size_t tree)
{
    size_t wanted = (size_t)ceil(share * (double)columns);
    size_t count = 0;
    for (size_t c = 0; c < columns; c++) {
        uint64_t mine = cst_random_bits(seed, CST_STREAM_FEATURE, tree, c);
        size_t before = 0;
        for (size_t other = 0; wanted < columns && other < columns; other++) {
            uint64_t theirs = cst_random_bits(seed, CST_STREAM_FEATURE, tree, other);
            before += theirs < mine || (theirs == mine && other < c);
        }
        if (before < wanted)
            used[count++] = (uint32_t)c;
    }
    return count;
}
