/* capstan-predict.c - the program of the stage predict */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_predict, argc, argv);
}
