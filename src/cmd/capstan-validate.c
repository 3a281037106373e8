/* capstan-validate.c - the program of the stage validate */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_validate, argc, argv);
}
