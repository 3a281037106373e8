/* capstan-export.c - the program of the stage export */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_export, argc, argv);
}
