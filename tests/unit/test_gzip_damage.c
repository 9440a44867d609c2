/* The gzip reader on streams that go wrong, with both engines: changed bits, cuts, what trails, a source that fails. What
 * is delivered must be a prefix of the truth wherever the CRC has not been reached, and the error tells where. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gzip_files.h"

#define SEED 2742725718u

static void test_header_damage(void)
{
    bytes text = make_text(300), file = { 0 }, none = { 0 };
    append_member(&file, text.at, text.n, 6, 2);
    file.at[11] ^= 0x40;
    expect_damage(&file, &none, 10, "header");
    file.at[11] ^= 0x40;
    file.at[3] = 0x22;
    expect_damage(&file, &none, 3, "reserved");
    file.at[2] = 7;
    expect_damage(&file, &none, 2, "method");
    file.at[1] = 0x8c;
    expect_damage(&file, &none, 0, "no gzip file");
    release(&text);
    release(&file);
}

/* A cut at the end of the first of two members leaves a valid file; at 0, an empty one; elsewhere, damage. */
static void check_cut(const bytes *file, const bytes *text, size_t boundary, size_t n, const hb_inflater *engine)
{
    static const size_t few[] = { 1, 5, ALL };
    for (int k = 0; k < 9; k++) {
        uint8_t *copy = malloc(n + 1);
        if (copy == NULL) abort();
        memcpy(copy, file->at, n);
        result r = read_all(engine, (feed){ .at = copy, .left = n, .step = few[k % 3] }, few[k / 3]);
        CU_ASSERT_EQUAL(r.status, n == boundary ? HB_OK : HB_ERR_DATA);
        if (n != boundary) CU_ASSERT_PTR_NOT_NULL(strstr(r.err.message, n == 0 ? "empty" : "cut off"));
        if (n != boundary) CU_ASSERT_EQUAL(r.err.byte, n);
        CU_ASSERT_EQUAL(r.consumed, n);
        CU_ASSERT(is_prefix(&r.out, text));
        if (n >= boundary) CU_ASSERT(r.out.n >= 250);
        release(&r.out);
        free(copy);
    }
}

static void test_every_cut(void)
{
    bytes text = make_text(500), file = { 0 };
    append_member(&file, text.at, 250, 6, 0x1e);
    size_t boundary = file.n;
    append_member(&file, text.at + 250, 250, 9, 4);
    for (size_t n = 0; n < file.n; n++)
        for (size_t e = 0; e < n_engines; e++) check_cut(&file, &text, boundary, n, engines[e]);
    release(&text);
    release(&file);
}

/* What a cut file delivers does not depend on the portions of the output, and both engines give the same. */
static void test_cut_is_complete(void)
{
    bytes text = make_text(150000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    file.n = file.n * 2 / 3;
    result r = read_all(&hb_inflater_zlib, whole(&file, ALL), ALL);
    CU_ASSERT(r.out.n > 90000 && is_prefix(&r.out, &text));
    CU_ASSERT_EQUAL(r.err.byte, file.n);
    for (size_t k = 0; k < N_PORTIONS * n_engines; k++) {
        result s = read_all(engines[k % n_engines], whole(&file, 1000), portions[k / n_engines]);
        CU_ASSERT_EQUAL(s.err.byte, file.n);
        CU_ASSERT(s.out.n + 3 >= r.out.n && is_prefix(&s.out, &text));
        release(&s.out);
    }
    release(&r.out);
    release(&text);
    release(&file);
}

static void test_trailer_damage(void)
{
    bytes text = make_text(70000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (size_t i = 1; i <= 8; i++) {
        file.at[file.n - i] ^= 0x10;
        expect_damage(&file, &text, i <= 4 ? file.n - 4 : file.n - 8, i <= 4 ? "length" : "CRC");
        file.at[file.n - i] ^= 0x10;
    }
    release(&text);
    release(&file);
}

/* Bits of MTIME, XFL and OS, and FTEXT, do not matter; any other is noticed or changes nothing. */
static void test_every_bit(void)
{
    bytes text = make_text(600), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (size_t bit = 0; bit < 8 * file.n * n_engines; bit++) {
        size_t at = bit / n_engines / 8;
        file.at[at] ^= (uint8_t)(1u << bit / n_engines % 8);
        for (size_t k = 0; k < 4; k++) {
            result r = read_all(engines[bit % n_engines], whole(&file, k % 2 ? 1 : ALL), k / 2 ? 7 : ALL);
            if (r.status == HB_OK) CU_ASSERT(r.out.n == text.n && is_prefix(&r.out, &text));
            if (at >= 4 && at < 10) CU_ASSERT_EQUAL(r.status, HB_OK);
            if (r.status != HB_OK) CU_ASSERT(r.status == HB_ERR_DATA && r.err.byte <= file.n);
            release(&r.out);
        }
        file.at[at] ^= (uint8_t)(1u << bit / n_engines % 8);
    }
    release(&text);
    release(&file);
}

static void test_noise(void)
{
    bytes text = make_text(100000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (int round = 0; round < 300; round++) {
        bytes bad = { 0 };
        append(&bad, file.at, file.n);
        for (uint32_t i = random_u32() % 4 + 1; i > 0; i--) bad.at[random_u32() % bad.n] ^= (uint8_t)random_u32();
        for (size_t k = 0; k < n_engines; k++) {
            result r = read_all(engines[k], whole(&bad, portions[3 + round % 4]), portions[3 + round / 4 % 4]);
            CU_ASSERT(r.status == HB_ERR_DATA || is_prefix(&r.out, &text));
            release(&r.out);
        }
        release(&bad);
    }
    release(&text);
    release(&file);
}

/* Blocks that end on a byte, then one of the reserved type: all that was decoded before it comes out. */
static void test_delivers_before_damage(void)
{
    for (size_t n = 100; n < 300000; n = n * 3 + 1) {
        bytes text = make_text(n), file = { 0 };
        append_header(&file, 0);
        append_deflate(&file, text.at, text.n, 6, Z_FULL_FLUSH);
        append(&file, "\7 and so on and so on", 21);
        expect_damage(&file, &text, HB_NO_BYTE, "DEFLATE");
        release(&text);
        release(&file);
    }
}

static void test_what_trails(void)
{
    bytes text = make_text(5000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    size_t end = file.n;
    append(&file, "garbage", 7);
    expect_damage(&file, &text, end, "bytes that are no gzip member follow");
    file.n = end;
    append(&file, (uint8_t[2000]){ 0 }, 2000);
    expect(&file, &text);
    append(&file, "\x1f\x8c", 2);
    expect_damage(&file, &text, end + 2000, "bytes that are no gzip member follow");
    file.n--;
    expect_damage(&file, &text, end + 2001, "cut off");
    file.n--;
    append_member(&file, text.at, 100, 6, 0);
    bytes twice = { 0 };
    append(&twice, text.at, text.n);
    append(&twice, text.at, 100);
    expect(&file, &twice);
    release(&twice);
    release(&text);
    release(&file);
}

static void test_source_fails(void)
{
    bytes text = make_text(9000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (size_t n = 0; n <= file.n; n += 41) {
        feed f = { .at = file.at, .left = n, .step = 100, .error = EIO };
        result r = read_all(engines[n % n_engines], f, 50);
        CU_ASSERT_EQUAL(r.status, HB_ERR_IO);
        CU_ASSERT_EQUAL(r.err.byte, n);
        CU_ASSERT_STRING_EQUAL(r.err.message, strerror(EIO));
        CU_ASSERT(is_prefix(&r.out, &text));
        release(&r.out);
    }
    feed f = whole(&file, 100);
    f.interrupts = 1;
    result r = read_all(engines[0], f, 50);
    CU_ASSERT(r.status == HB_OK && r.out.n == text.n && is_prefix(&r.out, &text));
    release(&r.out);
    release(&text);
    release(&file);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "header damage", test_header_damage }, { "every cut", test_every_cut },
        { "a cut file is read to the end", test_cut_is_complete }, { "trailer damage", test_trailer_damage },
        { "every bit", test_every_bit }, { "noise", test_noise },
        { "data before damage", test_delivers_before_damage }, { "what trails", test_what_trails },
        { "the source fails", test_source_fails }, CU_TEST_INFO_NULL
    };
    begin(SEED);
    return hb_suite_run("gzip damage", tests);
}
