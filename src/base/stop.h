/* stop.h - a wish from outside to stop at the next good moment
 *
 * The one flag that a signal handler may set: there is no other way to tell a program that is in
 * the middle of its work.
 */
#ifndef CST_BASE_STOP_H
#define CST_BASE_STOP_H

#include "base/error.h"

/** From now on TERM, USR1, USR2 and a first INT are remembered instead of ending the process; a
 *  second INT ends it. System calls go on where they were (sigaction(2), SA_RESTART). */
cst_code cst_stop_watch(cst_error *err);

/** The signal that was remembered last; 0: none. */
int cst_stop_signal(void);

/** Forget it. */
void cst_stop_forget(void);

#endif
