/* What the scanners share: words of text, the perfect hashes of keys and of type names, and the scanners that are
 * built in. Included by scan*.c alone. */
#ifndef HB_PIPELINE_SCAN_TABLES_H
#define HB_PIPELINE_SCAN_TABLES_H

#include <stdint.h>
#include <string.h>

#include "pipeline/scan.h"

const hb_scanner *hb_scanner_portable(void);
const hb_scanner *hb_scanner_avx2(void); /* defined on x86-64 alone; the caller asks the machine first */

#ifndef HB_SCAN_INLINE /* make cover: not inlined, so that a branch counts once and not once a copy */
#define HB_SCAN_INLINE static inline __attribute__((always_inline))
#endif

/* The first byte of the text is the lowest of the word, on any machine. */
HB_SCAN_INLINE uint64_t hb_scan_word(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

#define HB_SCAN_WORD(a, b, c, d, e, f, g, h)                                                                    \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 | (uint64_t)(e) << 32 |     \
     (uint64_t)(f) << 40 | (uint64_t)(g) << 48 | (uint64_t)(h) << 56)

/* The first three bytes of the text: `, "`, or what tells the known keys apart. */
HB_SCAN_INLINE uint32_t hb_scan_three(const char *text)
{
    return (uint32_t)(hb_scan_word(text) & 0xffffff);
}

#define HB_SCAN_THREE(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)

/* Keys. The first three bytes of a key (`id"` counts its quote) choose a slot; the case of that slot compares the
 * whole key. The multipliers of both tables were found by trial; a collision would be an initialiser overridden,
 * which -Wextra reports. */
typedef enum hb_scan_key {
    HB_KEY_UNKNOWN, HB_KEY_ADDRESS, HB_KEY_TYPE, HB_KEY_CLASS, HB_KEY_REFERENCES, HB_KEY_FILE, HB_KEY_LINE,
    HB_KEY_METHOD, HB_KEY_GENERATION, HB_KEY_MEMSIZE, HB_KEY_FROZEN, HB_KEY_EMBEDDED,
    HB_KEY_SHA, /* shared, shape_id and shape_type */
    HB_KEY_FSTRING, HB_KEY_SINGLETON, HB_KEY_BROKEN, HB_KEY_BYTESIZE, HB_KEY_LENGTH, HB_KEY_SIZE, HB_KEY_IVARS,
    HB_KEY_SLOT_SIZE, HB_KEY_ID, HB_KEY_NAME, HB_KEY_STRUCT, HB_KEY_REAL_CLASS_NAME, HB_KEY_IMEMO_TYPE,
    HB_KEY_ROOT, HB_KEY_VALUE, HB_KEY_ENCODING, HB_KEY_CODERANGE, HB_KEY_FLAGS,
    HB_KEY_SUPERCLASS, HB_KEY_NODE_TYPE, HB_KEY_CALLED_ID, HB_KEY_MID, HB_KEY_EDGE_NAME, HB_KEY_PARENT_ID
} hb_scan_key;

#define HB_KEY_SLOT(three) ((uint32_t)((three) * UINT32_C(0x15f6063f)) >> 26)
#define HB_KEY_AT(a, b, c) HB_KEY_SLOT(HB_SCAN_THREE(a, b, c))

static const uint8_t hb_scan_keys[64] = {
    [HB_KEY_AT('a', 'd', 'd')] = HB_KEY_ADDRESS,
    [HB_KEY_AT('t', 'y', 'p')] = HB_KEY_TYPE,
    [HB_KEY_AT('c', 'l', 'a')] = HB_KEY_CLASS,
    [HB_KEY_AT('r', 'e', 'f')] = HB_KEY_REFERENCES,
    [HB_KEY_AT('f', 'i', 'l')] = HB_KEY_FILE,
    [HB_KEY_AT('l', 'i', 'n')] = HB_KEY_LINE,
    [HB_KEY_AT('m', 'e', 't')] = HB_KEY_METHOD,
    [HB_KEY_AT('g', 'e', 'n')] = HB_KEY_GENERATION,
    [HB_KEY_AT('m', 'e', 'm')] = HB_KEY_MEMSIZE,
    [HB_KEY_AT('f', 'r', 'o')] = HB_KEY_FROZEN,
    [HB_KEY_AT('e', 'm', 'b')] = HB_KEY_EMBEDDED,
    [HB_KEY_AT('s', 'h', 'a')] = HB_KEY_SHA,
    [HB_KEY_AT('f', 's', 't')] = HB_KEY_FSTRING,
    [HB_KEY_AT('s', 'i', 'n')] = HB_KEY_SINGLETON,
    [HB_KEY_AT('b', 'r', 'o')] = HB_KEY_BROKEN,
    [HB_KEY_AT('b', 'y', 't')] = HB_KEY_BYTESIZE,
    [HB_KEY_AT('l', 'e', 'n')] = HB_KEY_LENGTH,
    [HB_KEY_AT('s', 'i', 'z')] = HB_KEY_SIZE,
    [HB_KEY_AT('i', 'v', 'a')] = HB_KEY_IVARS,
    [HB_KEY_AT('s', 'l', 'o')] = HB_KEY_SLOT_SIZE,
    [HB_KEY_AT('i', 'd', '"')] = HB_KEY_ID,
    [HB_KEY_AT('n', 'a', 'm')] = HB_KEY_NAME,
    [HB_KEY_AT('s', 't', 'r')] = HB_KEY_STRUCT,
    [HB_KEY_AT('r', 'e', 'a')] = HB_KEY_REAL_CLASS_NAME,
    [HB_KEY_AT('i', 'm', 'e')] = HB_KEY_IMEMO_TYPE,
    [HB_KEY_AT('r', 'o', 'o')] = HB_KEY_ROOT,
    [HB_KEY_AT('v', 'a', 'l')] = HB_KEY_VALUE,
    [HB_KEY_AT('e', 'n', 'c')] = HB_KEY_ENCODING,
    [HB_KEY_AT('c', 'o', 'd')] = HB_KEY_CODERANGE,
    [HB_KEY_AT('f', 'l', 'a')] = HB_KEY_FLAGS,
    [HB_KEY_AT('s', 'u', 'p')] = HB_KEY_SUPERCLASS,
    [HB_KEY_AT('n', 'o', 'd')] = HB_KEY_NODE_TYPE,
    [HB_KEY_AT('c', 'a', 'l')] = HB_KEY_CALLED_ID,
    [HB_KEY_AT('m', 'i', 'd')] = HB_KEY_MID,
    [HB_KEY_AT('e', 'd', 'g')] = HB_KEY_EDGE_NAME,
    [HB_KEY_AT('p', 'a', 'r')] = HB_KEY_PARENT_ID,
};

/* Type names as words padded with zero bytes: none is longer than eight. */
#define HB_SCAN_TYPES(X)                                                                                        \
    X(ARRAY, 'A', 'R', 'R', 'A', 'Y', 0, 0, 0) X(BIGNUM, 'B', 'I', 'G', 'N', 'U', 'M', 0, 0)                    \
    X(CLASS, 'C', 'L', 'A', 'S', 'S', 0, 0, 0) X(COMPLEX, 'C', 'O', 'M', 'P', 'L', 'E', 'X', 0)                 \
    X(DATA, 'D', 'A', 'T', 'A', 0, 0, 0, 0) X(FALSE, 'F', 'A', 'L', 'S', 'E', 0, 0, 0)                          \
    X(FILE, 'F', 'I', 'L', 'E', 0, 0, 0, 0) X(FIXNUM, 'F', 'I', 'X', 'N', 'U', 'M', 0, 0)                       \
    X(FLOAT, 'F', 'L', 'O', 'A', 'T', 0, 0, 0) X(HASH, 'H', 'A', 'S', 'H', 0, 0, 0, 0)                          \
    X(ICLASS, 'I', 'C', 'L', 'A', 'S', 'S', 0, 0) X(IMEMO, 'I', 'M', 'E', 'M', 'O', 0, 0, 0)                    \
    X(MATCH, 'M', 'A', 'T', 'C', 'H', 0, 0, 0) X(MODULE, 'M', 'O', 'D', 'U', 'L', 'E', 0, 0)                    \
    X(MOVED, 'M', 'O', 'V', 'E', 'D', 0, 0, 0) X(NIL, 'N', 'I', 'L', 0, 0, 0, 0, 0)                             \
    X(NODE, 'N', 'O', 'D', 'E', 0, 0, 0, 0) X(NONE, 'N', 'O', 'N', 'E', 0, 0, 0, 0)                             \
    X(OBJECT, 'O', 'B', 'J', 'E', 'C', 'T', 0, 0) X(RATIONAL, 'R', 'A', 'T', 'I', 'O', 'N', 'A', 'L')           \
    X(REGEXP, 'R', 'E', 'G', 'E', 'X', 'P', 0, 0) X(ROOT, 'R', 'O', 'O', 'T', 0, 0, 0, 0)                       \
    X(SHAPE, 'S', 'H', 'A', 'P', 'E', 0, 0, 0) X(STRING, 'S', 'T', 'R', 'I', 'N', 'G', 0, 0)                    \
    X(STRUCT, 'S', 'T', 'R', 'U', 'C', 'T', 0, 0) X(SYMBOL, 'S', 'Y', 'M', 'B', 'O', 'L', 0, 0)                 \
    X(TRUE, 'T', 'R', 'U', 'E', 0, 0, 0, 0) X(UNDEF, 'U', 'N', 'D', 'E', 'F', 0, 0, 0)                          \
    X(UNKNOWN, 'U', 'N', 'K', 'N', 'O', 'W', 'N', 0) X(ZOMBIE, 'Z', 'O', 'M', 'B', 'I', 'E', 0, 0)

#define HB_TYPE_SLOT(word) ((uint64_t)(word) * UINT64_C(0x2cbd96edbe84dac1) >> 58)

static const uint64_t hb_scan_type_words[HB_N_TYPES] = {
#define HB_SCAN_TYPE(name, ...) [HB_TYPE_##name] = HB_SCAN_WORD(__VA_ARGS__),
    HB_SCAN_TYPES(HB_SCAN_TYPE)
#undef HB_SCAN_TYPE
};

static const uint8_t hb_scan_types[64] = {
#define HB_SCAN_TYPE(name, ...) [HB_TYPE_SLOT(HB_SCAN_WORD(__VA_ARGS__))] = HB_TYPE_##name,
    HB_SCAN_TYPES(HB_SCAN_TYPE)
#undef HB_SCAN_TYPE
};

/* The type of a name that was cut to a word: an empty slot holds the first type, whose word then differs. */
HB_SCAN_INLINE hb_type hb_scan_type(uint64_t word)
{
    unsigned type = hb_scan_types[HB_TYPE_SLOT(word)];
    return hb_scan_type_words[type] == word ? (hb_type)type : HB_TYPE_UNKNOWN;
}

#endif
