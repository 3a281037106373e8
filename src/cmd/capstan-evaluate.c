/* capstan-evaluate.c - the program of the stage evaluate */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_evaluate, argc, argv);
}
