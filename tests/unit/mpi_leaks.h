/* Open MPI's own leaks, kept from LeakSanitizer's report without options on the command line. Its libraries have no frame
 * pointers, so stacks must be unwound the slow way to be recognised. */
#ifndef HB_TESTS_UNIT_MPI_LEAKS_H
#define HB_TESTS_UNIT_MPI_LEAKS_H

#ifdef __SANITIZE_ADDRESS__
const char *__lsan_default_suppressions(void);
const char *__asan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libmpi\nleak:libopen-rte\nleak:libopen-pal\nleak:libpmix\nleak:libhwloc\nleak:libevent\n"
           "leak:mca_\nleak:libfabric\nleak:libucp\nleak:libucs\nleak:libpsm\n";
}

const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0:print_suppressions=0";
}
#endif

#endif
