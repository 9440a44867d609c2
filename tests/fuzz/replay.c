/* Runs a fuzz target on files, without libFuzzer: replay FILE... */
#include "tests/fuzz/fuzz.h"

/* To the exact size, so that a sanitizer sees one byte over. */
static uint8_t *read_file(const char *path, size_t *n)
{
    FILE *in = fopen(path, "rb");
    if (in == NULL || fseek(in, 0, SEEK_END) != 0) return NULL;
    const long size = ftell(in);
    rewind(in);
    uint8_t *bytes = malloc(size > 0 ? (size_t)size : 1);
    *n = bytes != NULL && size > 0 ? fread(bytes, 1, (size_t)size, in) : 0;
    fclose(in);
    return bytes;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t n = 0;
        uint8_t *bytes = read_file(argv[i], &n);
        if (bytes == NULL) {
            perror(argv[i]);
            return 1;
        }
        LLVMFuzzerTestOneInput(bytes, n);
        free(bytes);
    }
    return 0;
}
