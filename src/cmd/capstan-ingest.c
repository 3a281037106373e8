/* capstan-ingest.c - the program of the stage ingest */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_ingest, argc, argv);
}
