/* The scanner for x86-64 with AVX2 and BMI: blocks of 32 bytes in a vector.
 *
 * Addresses are decoded as Langdale and Muła describe
 * (http://0x80.pl/notesen/2022-01-17-validating-hex-parse.html): all 16 bytes are classified, the digits moved to the
 * end of the vector by a shuffle whose indices depend on how many there are, neighbours joined by a multiply-add. */
#if defined(__x86_64__)

#include <immintrin.h>

#include "pipeline/scan_tables.h"

#define BLOCK ((size_t)32)

typedef __m256i block;

HB_SCAN_INLINE block load(const char *text)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)text);
}

HB_SCAN_INLINE uint64_t match(block b, char c)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, _mm256_set1_epi8(c)));
}

/* The mask of the bytes [ \ ] { | }. */
HB_SCAN_INLINE uint64_t match_brackets(block b)
{
    __m256i x = _mm256_sub_epi8(_mm256_or_si256(b, _mm256_set1_epi8(0x20)), _mm256_set1_epi8(0x7b));
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(x, _mm256_set1_epi8(2)), x));
}

/* Moves the first n bytes of a vector to its end and clears the others, when loaded from ramp + n. */
static const int8_t ramp[32] = {
    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
};

/* The number of leading hexadecimal digits, 16 at most; *value is the number they write. */
HB_SCAN_INLINE unsigned hex(const char *text, uint64_t *value)
{
    __m128i c = _mm_loadu_si128((const __m128i *)(const void *)text);
    __m128i digit = _mm_sub_epi8(c, _mm_set1_epi8('0'));
    __m128i letter = _mm_sub_epi8(_mm_or_si128(c, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
    __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
    unsigned n = (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(_mm_or_si128(is_digit, is_letter)));
    __m128i nibbles = _mm_add_epi8(_mm_and_si128(c, _mm_set1_epi8(15)), _mm_and_si128(is_letter, _mm_set1_epi8(9)));
    __m128i end = _mm_shuffle_epi8(nibbles, _mm_loadu_si128((const __m128i *)(const void *)(ramp + n)));
    __m128i bytes = _mm_maddubs_epi16(end, _mm_set1_epi16(0x0110));
    *value = __builtin_bswap64((uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(bytes, bytes)));
    return n;
}

#include "pipeline/scan_template.h"

const hb_scanner *hb_scanner_avx2(void)
{
    static const hb_scanner scanner = { "avx2", scan_line, find_newline };
    return &scanner;
}

#endif
