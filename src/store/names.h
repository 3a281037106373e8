/* names.h - columns that carry the identity of rows through a file */
#ifndef CST_STORE_NAMES_H
#define CST_STORE_NAMES_H

#define CST_ID_PART "id:part"
#define CST_ID_ROW "id:row"

#endif
