/* controller.c - for the tests: reports that only Slurm's own daemons send, by its library
 *
 * Usage: controller boot_fail JOB | out_of_memory JOB.
 * Declared here: Debian ships libslurmfull.so without its headers (slurm.h of Slurm 22.05).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void slurm_init(const char *configuration);
int slurm_requeue(uint32_t job, uint32_t flags);
int slurm_complete_job(uint32_t job, uint32_t wait_status);

enum {
    LAUNCH_FAILED = 1 << 17, /* JOB_LAUNCH_FAILED: a node that was to boot did not */
    OOM_SIGNAL = 253,        /* SIG_OOM: what a step's manager reports as the kernel kills it */
};

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    uint32_t job = (uint32_t)strtoul(argv[2], NULL, 10);
    slurm_init(NULL);
    int rc = strcmp(argv[1], "boot_fail") == 0 ? slurm_requeue(job, LAUNCH_FAILED)
                                               : slurm_complete_job(job, OOM_SIGNAL);
    if (rc != 0)
        (void)fprintf(stderr, "controller: %s of job %s was refused\n", argv[1], argv[2]);
    return rc != 0;
}
