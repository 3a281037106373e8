/* capstan-infer.c - the program of the stage infer, which is called as capstan schema infer */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_infer, argc, argv);
}
