/* capstan-monitor.c - the program of the stage monitor */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_monitor, argc, argv);
}
