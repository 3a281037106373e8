/* banned.h - calls that overflow or truncate in silence are compile errors */
#ifndef CST_BASE_BANNED_H
#define CST_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atof

#endif
