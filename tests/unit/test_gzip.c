/* The gzip reader on what it should take, with both engines: whatever is sound is delivered whole, in all portions; what
 * is no gzip file is refused at once, a bomb at its limits, and want of memory is told. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/unit/gzip_files.h"

#define SEED 20240611u

static void test_single(void)
{
    static const size_t sizes[] = { 0, 1, 100, 32768, 65536, 70000, 200000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bytes text = make_text(sizes[i]), file = { 0 };
        append_member(&file, text.at, text.n, (int)(i * 3 % 10), 0);
        expect(&file, &text);
        release(&text);
        release(&file);
    }
}

/* ISA-L's look-ahead fills at 64 KiB: members that end a few bytes past it, with bytes of the trailer loaded. */
static void test_end_at_lookahead(void)
{
    bytes text = make_text(65600);
    for (size_t n = 65530; n < 65570; n++) {
        bytes file = { 0 }, want = { text.at, n, 0 };
        append_member(&file, text.at, n, 6, 0);
        for (size_t k = 0; k < n_engines * 3; k++) {
            result r = read_all(engines[k % n_engines], whole(&file, ALL), portions[3 + k / n_engines]);
            CU_ASSERT_EQUAL(r.status, HB_OK);
            CU_ASSERT(r.out.n == n && is_prefix(&r.out, &want));
            release(&r.out);
        }
        release(&file);
    }
    release(&text);
}

static void test_levels(void)
{
    bytes text = make_text(90000);
    for (int level = 0; level <= 9; level += 3) {
        bytes file = { 0 };
        append_member(&file, text.at, text.n, level, 0);
        expect(&file, &text);
        release(&file);
    }
    release(&text);
}

/* Runs: matches that overlap themselves and are cut by the end of the output buffer. */
static void test_runs(void)
{
    bytes text = { 0 }, file = { 0 };
    while (text.n < 150000) {
        uint32_t r = random_u32();
        for (uint32_t i = 0; i < r % 700; i++) append(&text, &(uint8_t){ (uint8_t)(r >> 16) }, 1);
        append_word(&text, r, 3);
    }
    append_member(&file, text.at, text.n, 9, 0);
    expect(&file, &text);
    release(&text);
    release(&file);
}

static void test_members(void)
{
    bytes text = make_text(50000), file = { 0 };
    append_member(&file, NULL, 0, 6, 0);
    append_member(&file, text.at, 20000, 6, 8);
    append_member(&file, NULL, 0, 0, 2);
    append_member(&file, NULL, 0, 6, 0);
    append_member(&file, text.at + 20000, 30000, 0, 0);
    append_member(&file, NULL, 0, 6, 0);
    expect(&file, &text);
    release(&text);
    release(&file);
}

static void test_bgzf(void)
{
    bytes text = make_text(400000), file = { 0 };
    for (size_t at = 0; at < text.n; at += 100) append_member(&file, text.at + at, 100, 6, 4);
    append_member(&file, NULL, 0, 6, 4);
    for (size_t i = 0; i < n_engines * 2; i++) {
        result r = read_all(engines[i / 2], whole(&file, i % 2 ? ALL : 17), 65536);
        CU_ASSERT_EQUAL(r.status, HB_OK);
        CU_ASSERT(r.out.n == text.n && is_prefix(&r.out, &text));
        release(&r.out);
    }
    release(&text);
    release(&file);
}

static void test_header_fields(void)
{
    bytes text = make_text(300);
    for (unsigned flags = 0; flags < 32; flags++) {
        bytes file = { 0 };
        append_member(&file, text.at, text.n, 6, (uint8_t)flags);
        expect(&file, &text);
        release(&file);
    }
    release(&text);
}

static void test_no_gzip(void)
{
    bytes none = { 0 }, file = { 0 };
    append(&file, "", 0);
    file.at = malloc(1);
    expect_damage(&file, &none, 0, "empty");
    append(&file, "{\"type\":\"ROOT\"}\n", 16);
    expect_damage(&file, &none, 0, "no gzip file");
    file.n = 1;
    expect_damage(&file, &none, 0, "no gzip file");
    memset(file.at, 0, 10);
    file.n = 10;
    expect_damage(&file, &none, 0, "no gzip file");
    release(&file);
}

static uint64_t count_out(const hb_inflater *engine, const bytes *file, size_t cap, hb_status *status, hb_error *err)
{
    feed f = whole(file, ALL);
    hb_gzip *gzip;
    uint64_t total = 0;
    size_t n = 0;
    uint8_t *buffer = malloc(cap);
    hb_error_clear(err);
    if (buffer == NULL || hb_gzip_open(engine, read_feed, &f, "x.gz", &limits, &gzip, err) != HB_OK) abort();
    do {
        *status = hb_gzip_read(gzip, buffer, cap, &n, err);
        total += n;
    } while (*status == HB_OK && n != 0);
    hb_gzip_close(gzip);
    free(buffer);
    return total;
}

static void test_bomb(void)
{
    size_t mib64 = (size_t)64 << 20, sizes[] = { mib64, mib64 + 1, 100 * ALL };
    uint8_t *zeros = calloc(sizes[2], 1);
    for (size_t i = 0; i < 3; i++) {
        bytes file = { 0 };
        append_member(&file, zeros, sizes[i], 6, 0);
        for (size_t k = 0; k < n_engines * 3; k++) {
            hb_status status;
            hb_error err;
            size_t cap = (size_t[]){ 65536, 1000003, 200 * ALL }[k % 3];
            uint64_t n = count_out(engines[k / 3], &file, cap, &status, &err);
            CU_ASSERT_EQUAL(status, i == 0 ? HB_OK : HB_ERR_DATA);
            CU_ASSERT_EQUAL(n, i == 0 ? mib64 : mib64 + 1);
            if (i != 0) CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "bomb"));
            if (i != 0) CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "200 times its size"));
        }
        release(&file);
    }
    free(zeros);
}

/* With another ratio: looked at 64 MiB + 1 byte and then each 16 MiB. The file inflates to 114 times its size up to there, and then to more and
 * more, 165 times at its end. */
static void test_ratio(void)
{
    const size_t mib = (size_t)1 << 20, n = 100 * mib;
    uint8_t *zeros = calloc(n, 1);
    bytes noise = make_text(512 << 10), file = { 0 };
    append_member(&file, noise.at, noise.n, 0, 0);
    append_member(&file, zeros, n, 6, 0);
    static const struct { uint64_t ratio, stops; } cases[] = {
        { 50, 64 }, { 120, 80 }, { 150, 96 }, { 200, 0 }, { 100000, 0 }, { HB_NO_LIMIT, 0 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t k = 0; k < n_engines * 2; k++) {
            hb_status status;
            hb_error err;
            limits.ratio = cases[i].ratio;
            const uint64_t out = count_out(engines[k / 2], &file, k % 2 == 0 ? 1000003 : 200 * ALL, &status, &err);
            CU_ASSERT_EQUAL(status, cases[i].stops == 0 ? HB_OK : HB_ERR_DATA);
            CU_ASSERT_EQUAL(out, cases[i].stops == 0 ? noise.n + n : cases[i].stops * mib + 1);
            if (status != HB_OK) CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "--max ratio=N"));
        }
    limits = hb_limits_default;
    release(&file);
    release(&noise);
    free(zeros);
}

/* Exactly so many bytes come out, whatever the decoder and the portions, also where a member ends there. */
static void test_inflated(void)
{
    bytes text = make_text(9000), file = { 0 };
    append_member(&file, text.at, 4000, 6, 0);
    append_member(&file, text.at + 4000, 5000, 6, 0);
    static const size_t most[] = { 1, 2, 100, 3999, 4000, 4001, 8999, 9000, 9001 };
    for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
        limits.inflated = most[i];
        const bytes some = { text.at, most[i], 0 };
        if (most[i] < text.n) expect_damage(&file, &some, HB_NO_BYTE, "--max inflated=BYTES");
        else expect(&file, &text);
    }
    limits = hb_limits_default;
    release(&file);
    release(&text);
}

static void test_most_members(void)
{
    bytes text = make_text(900), file = { 0 };
    uint64_t begins[4];
    for (size_t i = 0; i < 3; i++) {
        begins[i] = file.n;
        append_member(&file, text.at + 300 * i, 300, 6, 8);
    }
    for (uint64_t most = 1; most <= 4; most++) {
        limits.members = most;
        const bytes some = { text.at, 300 * most, 0 };
        if (most < 3) expect_damage(&file, &some, begins[most], "--max members=N");
        else expect(&file, &text);
    }
    append(&file, "\0\0\0", 3);
    limits.members = 3;
    expect(&file, &text);
    append(&file, "more", 4);
    expect_damage(&file, &text, file.n - 4, "no gzip member");
    limits = hb_limits_default;
    release(&file);
    release(&text);
}

/* With 0, 1, 2... allocations allowed: HB_ERR_MEMORY until it succeeds, and nothing leaks. */
static void test_memory(void)
{
    bytes text = make_text(9000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (size_t e = 0; e < n_engines; e++) {
        uint64_t nth = 1;
        hb_status status;
        do {
            hb_memory_fail_at(nth, 1);
            result r = read_all(engines[e], whole(&file, ALL), 50);
            hb_memory_fail_at(0, 0);
            status = r.status;
            CU_ASSERT(status == HB_OK || (status == HB_ERR_MEMORY && r.err.code == HB_ERR_MEMORY));
            release(&r.out);
        } while (status != HB_OK && nth++ < 20);
        CU_ASSERT(nth > 3 && nth < 20);
    }
    release(&text);
    release(&file);
}

static void test_choice(void)
{
    CU_ASSERT_PTR_EQUAL(hb_inflater_named("zlib"), &hb_inflater_zlib);
    CU_ASSERT_PTR_NULL(hb_inflater_named("rot13"));
    setenv("HB_INFLATE", "zlib", 1);
    CU_ASSERT_PTR_EQUAL(hb_inflater_best(), &hb_inflater_zlib);
    setenv("HB_INFLATE", "rot13", 1);
    CU_ASSERT_PTR_EQUAL(hb_inflater_best(), engines[0]);
    unsetenv("HB_INFLATE");
    CU_ASSERT_PTR_EQUAL(hb_inflater_best(), engines[0]);
    for (size_t e = 0; e < n_engines; e++)
        CU_ASSERT_EQUAL(engines[e]->crc32(0, (const uint8_t *)"123456789", 9), 0xcbf43926u);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "one member", test_single }, { "end at the look-ahead", test_end_at_lookahead },
        { "compression levels", test_levels }, { "runs", test_runs },
        { "many members", test_members }, { "BGZF", test_bgzf }, { "header fields", test_header_fields },
        { "no gzip", test_no_gzip }, { "bomb", test_bomb }, { "ratio", test_ratio },
        { "inflated", test_inflated }, { "most members", test_most_members }, { "out of memory", test_memory },
        { "choice of engine", test_choice }, CU_TEST_INFO_NULL
    };
    begin(SEED);
    return hb_suite_run("gzip", tests);
}
