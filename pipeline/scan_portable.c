/* The scanner for any machine: blocks of eight bytes in a 64-bit word.
 *
 * Bytes are compared all at once in the word ("SWAR": Lamport, "Multiple byte processing with full-word
 * instructions", 1975, doi:10.1145/360933.360994). Each comparison sets the top bit of its byte and is exact: no
 * carry runs from one byte into the next, since only seven bits are ever added. A multiplication gathers the eight
 * top bits into a mask, lowest byte first. */
#include "pipeline/scan_tables.h"

#define BLOCK ((size_t)8)

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define TOPS EACH(0x80)

typedef uint64_t block;

HB_SCAN_INLINE block load(const char *text)
{
    return hb_scan_word(text);
}

HB_SCAN_INLINE uint64_t gather(uint64_t tops)
{
    return (tops >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

/* The mask of the bytes of b that equal c. */
HB_SCAN_INLINE uint64_t match(block b, char c)
{
    uint64_t x = b ^ EACH((unsigned char)c);
    return gather(~(((x & ~TOPS) + ~TOPS) | x) & TOPS);
}

/* The mask of the bytes [ \ ] { | }. */
HB_SCAN_INLINE uint64_t match_brackets(block b)
{
    uint64_t x = (b | EACH(0x20)) ^ EACH(0x78); /* { | } become 3 to 5 */
    uint64_t at_least_3 = (x & ~TOPS) + EACH(0x80 - 3), at_least_6 = (x & ~TOPS) + EACH(0x80 - 6);
    return gather(at_least_3 & ~at_least_6 & ~x & TOPS);
}

/* The top bits of the bytes that are no hexadecimal digits; *nibbles gets the digits' values. */
HB_SCAN_INLINE uint64_t not_hex(uint64_t w, uint64_t *nibbles)
{
    uint64_t digit = w ^ EACH(0x30);           /* 0 to 9 for a digit */
    uint64_t letter = (w | EACH(0x20)) ^ EACH(0x60); /* 1 to 6 for a letter */
    uint64_t no_digit = ((digit & ~TOPS) + EACH(0x80 - 10)) | digit;
    uint64_t no_letter = ((letter & ~TOPS) + EACH(0x80 - 7)) | ~((letter & ~TOPS) + EACH(0x80 - 1)) | letter;
    *nibbles = (w & EACH(0x0f)) + 9 * (w >> 6 & EACH(1));
    return no_digit & no_letter & TOPS;
}

/* Eight values of four bits, the first the most significant, as one number. */
HB_SCAN_INLINE uint64_t join_nibbles(uint64_t x)
{
    x = (x & UINT64_C(0x000f000f000f000f)) << 4 | (x >> 8 & UINT64_C(0x000f000f000f000f));
    x = (x & UINT64_C(0x000000ff000000ff)) << 8 | (x >> 16 & UINT64_C(0x000000ff000000ff));
    return (x & 0xffff) << 16 | (x >> 32 & 0xffff);
}

/* Up to eight leading hexadecimal digits: returns how many, *value is the number they write. */
HB_SCAN_INLINE unsigned hex_word(const char *text, uint64_t *value)
{
    uint64_t nibbles, stop = not_hex(hb_scan_word(text), &nibbles);
    unsigned n = stop == 0 ? 8 : (unsigned)__builtin_ctzll(stop) >> 3;
    *value = n == 0 ? 0 : join_nibbles(nibbles << (64 - 8 * n));
    return n;
}

/* The number of leading hexadecimal digits, 16 at most; *value is the number they write. */
HB_SCAN_INLINE unsigned hex(const char *text, uint64_t *value)
{
    unsigned n = hex_word(text, value);
    if (n < 8) return n;
    uint64_t low;
    unsigned more = hex_word(text + 8, &low);
    *value = *value << (4 * more) | low;
    return n + more;
}

#include "pipeline/scan_template.h"

const hb_scanner *hb_scanner_portable(void)
{
    static const hb_scanner scanner = { "portable", scan_line, find_newline };
    return &scanner;
}
