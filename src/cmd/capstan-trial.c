/* capstan-trial.c - the program of the trials of a search */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_trial, argc, argv);
}
