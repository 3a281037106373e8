/* message.h - what the files of this room share: results of MPI checked, sets united */
#ifndef CST_COMM_MESSAGE_H
#define CST_COMM_MESSAGE_H

#include "comm/comm.h"

/** CST_OK, or MPI's own words behind the name of the call. Local. */
cst_code cst_comm_checked(int result, const char *call, cst_error *err);

/** Unite sets across ranks; all hold the united ones afterwards. Collective. */
cst_code cst_comm_merge_sets(cst_comm *comm, cst_sorted *const *set, size_t sets, cst_error *err);

#endif
