/* kind.c - kinds of versions: their names, their folders */
#include "registry/registry.h"

static const char *const folders[] = {
#define CST_KIND_FOLDER(name, text, folder) folder,
    CST_KINDS(CST_KIND_FOLDER)
#undef CST_KIND_FOLDER
};

const char *const cst_kind_names[] = {
#define CST_KIND_TEXT(name, text, folder) text,
    CST_KINDS(CST_KIND_TEXT)
#undef CST_KIND_TEXT
        NULL};

const char *cst_kind_name(cst_kind kind)
{
    return kind < CST_KIND_COUNT ? cst_kind_names[kind] : "version";
}

const char *cst_kind_folder(cst_kind kind)
{
    return folders[kind];
}

cst_kind cst_kind_parse(const char *name)
{
    for (cst_kind kind = 0; kind < CST_KIND_COUNT; kind++)
        if (strcmp(name, cst_kind_names[kind]) == 0)
            return kind;
    return CST_KIND_COUNT;
}
