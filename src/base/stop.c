/* stop.c - a wish from outside to stop at the next good moment */
#include "base/stop.h"

#include <signal.h>

static volatile sig_atomic_t remembered;

static void remember(int number)
{
    remembered = number;
}

cst_code cst_stop_watch(cst_error *err)
{
    static const int watched[] = {SIGTERM, SIGUSR1, SIGUSR2, SIGINT};
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
        struct sigaction action = {.sa_handler = remember, .sa_flags = SA_RESTART};
        if (watched[i] == SIGINT)
            action.sa_flags |= (int)SA_RESETHAND;
        if (sigemptyset(&action.sa_mask) != 0 || sigaction(watched[i], &action, NULL) != 0)
            return cst_error_errno(err, "cannot watch for signal %d", watched[i]);
    }
    return CST_OK;
}

int cst_stop_signal(void)
{
    return (int)remembered;
}

void cst_stop_forget(void)
{
    remembered = 0;
}
