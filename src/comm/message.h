/* message.h - what the files of this room share: results checked, long messages split */
#ifndef CST_COMM_MESSAGE_H
#define CST_COMM_MESSAGE_H

#include "comm/comm.h"

/** CST_OK, or MPI's own words behind the name of the call. Local. */
cst_code cst_comm_checked(int result, const char *call, cst_error *err);

/** MPI_Bcast of any number of bytes. Collective. */
cst_code cst_comm_broadcast(cst_comm *comm, void *bytes, size_t size, int root, cst_error *err);

/** Unite sets across ranks; all hold the united ones afterwards. Collective. */
cst_code cst_comm_merge_sets(cst_comm *comm, cst_sorted *const *set, size_t sets, cst_error *err);

#endif
