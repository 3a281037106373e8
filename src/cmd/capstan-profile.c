/* capstan-profile.c - the program of the stage profile */
#include "cmd/program.h"

int main(int argc, char **argv)
{
    return cst_program_main(&cst_stage_profile, argc, argv);
}
