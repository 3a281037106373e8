/* capstan-train.c - the program of the stage train */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_train, argc, argv);
}
