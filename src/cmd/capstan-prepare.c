/* capstan-prepare.c - the program of the stage prepare */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_prepare, argc, argv);
}
