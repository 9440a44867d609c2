/* What the fuzz targets share. Each is one file with one LLVMFuzzerTestOneInput
 * (https://llvm.org/docs/LibFuzzer.html), and is built twice: with libFuzzer, which looks for inputs (`make fuzz`), and with replay.c,
 * which runs those of tests/fuzz/corpus again (`make fuzz-replay`). */
#ifndef HB_TESTS_FUZZ_H
#define HB_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Ends the program, in a way that libFuzzer and the shell take for a fault. */
#define DEMAND(holds)                                                                  \
    do {                                                                               \
        if (!(holds)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
            abort();                                                                   \
        }                                                                              \
    } while (0)

#endif
