/* capstan-replay.c - the program of the stage replay */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_replay, argc, argv);
}
