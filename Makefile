# heapbatch: `make help` lists what there is.

CC       = mpicc
CSTD     = -std=c11 -D_GNU_SOURCE
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
OPT      = -O3 -g
SAN      =
CPPFLAGS = -I. $(if $(filter 0,$(ISAL)),-DHB_NO_ISAL)
STRICT   =
CFLAGS   = $(CSTD) $(WARN) $(STRICT) $(OPT) $(SAN) -fopenmp
LDFLAGS  = $(SAN) -fopenmp
LDLIBS   = $(if $(filter 0,$(ISAL)),,-lisal) -lz -ljansson -lsqlite3 -lm
ISAL     = 1
B        = build

# make V=1 shows the commands.
Q        = $(if $(V),,@)
SAY      = @$(if $(V),:,echo)
PARALLEL = -j$(shell nproc)

FOLDERS  = base pipeline partition graph index reduce report history fleet
LIB_SRC  = $(sort $(wildcard $(addsuffix /*.c,$(FOLDERS))))
LIB_OBJ  = $(LIB_SRC:%.c=$(B)/%.o)
UNIT_SRC = $(sort $(wildcard tests/unit/test_*.c))
UNIT     = $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%)
FAULTY   = $(B)/tests/faulty
FAULTS   = hb_bfs_run hb_dominators_find_idoms hb_dominators_sum hb_fill_path
FAILING  = $(B)/tests/failing
FAILS    = fstat stat lstat access lseek opendir mkdir fsync fdatasync rename flock ftruncate fchmod fopen fdopen fflush \
           fclose read pread write pwrite open fcntl mmap madvise
FUZZ_SRC = $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ     = $(FUZZ_SRC:tests/fuzz/fuzz_%.c=%)
REPLAY   = $(FUZZ:%=$(B)/tests/replay_%)
CUTS     = $(B)/tests/cuts
CLANG    = clang
CLANG_WARN = -Wno-sign-conversion -Wno-sign-compare
BENCH_OBJ = $(patsubst %,$(B)/bench/%.o,graph_bench graph_check graph_table reference_search reference_dominators)
SCAN_OBJ = $(B)/bench/scan_bench.o $(B)/bench/scan_simdjson.o
GZIP_UNIT = $(B)/tests/test_gzip $(B)/tests/test_gzip_damage $(B)/tests/test_source
PREFIX   = /usr/local
DESTDIR  =

# What mpirun needs as root and on few cores; all tests and the demo run with it.
export OMPI_ALLOW_RUN_AS_ROOT = 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = 1
MPIRUN   = mpirun --oversubscribe

.PHONY: all help deps deps-build deps-test deps-slurm deps-clang deps-lint deps-bench demo check check-slurm slurm unit e2e faults cuts bombs fuzz fuzz-replay no-isal asan ubsan tsan cover valgrind layers headers lint bench bench-quick bench-test bench-graph install install-capture install-manual uninstall check-capture clean
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/heapbatch  ## build the program (build/heapbatch)

help:  ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14 | sed 's/^/  make /'

# --- the program ---

$(B)/heapbatch: $(B)/heapbatch.o $(B)/libheapbatch.a
	$(SAY) "  link $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libheapbatch.a: $(LIB_OBJ)
	@rm -f $@
	$(SAY) "  pack $@"
	$(Q)$(AR) rcs $@ $^

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) "  compile $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The one file that is compiled for more than the base instruction set; it is called where the machine can.
ifeq ($(shell uname -m),x86_64)
$(B)/pipeline/scan_avx2.o: CFLAGS += -mavx2 -mbmi -mbmi2 -mlzcnt -mpopcnt
endif

-include $(LIB_OBJ:.o=.d) $(B)/heapbatch.d $(UNIT_SRC:%.c=$(B)/%.d) $(B)/tests/faults/faulty.d $(B)/tests/faults/failing.d \
    $(FUZZ_SRC:%.c=$(B)/%.d) $(B)/tests/fuzz/replay.d $(B)/tests/hostile/cuts.d \
    $(BENCH_OBJ:.o=.d) $(SCAN_OBJ:.o=.d)

# --- what has to be installed ---

DEPS_BUILD = gcc libc6-dev openmpi-bin libopenmpi-dev libisal-dev zlib1g-dev libjansson-dev libxxhash-dev libsqlite3-dev
DEPS_TEST  = libcunit1-dev sqlite3 ruby ruby-minitest ruby-heapy ruby-rbtrace puma gdb mandoc
DEPS_SLURM = slurm-wlm munge
DEPS_CLANG = clang libomp-dev
DEPS_LINT  = clang-tidy libomp-dev cppcheck shellcheck
DEPS_BENCH = ruby isal time pigz g++ libsimdjson-dev

deps: deps-build deps-test  ## install what is missing, with apt-get

deps-build:
	@./install-deps.sh $(DEPS_BUILD)

deps-test:
	@./install-deps.sh $(DEPS_TEST)

# The packages start daemons where they may; the tests start their own.
deps-slurm:
	@./install-deps.sh $(DEPS_SLURM)

deps-clang: deps-build
	@./install-deps.sh $(DEPS_CLANG)

deps-lint: deps-build
	@./install-deps.sh $(DEPS_LINT)

deps-bench: deps-build
	@./install-deps.sh $(DEPS_BENCH)

# --- showing and checking ---

demo: deps-build  ## install, build, and analyse three real dumps with 16 ranks
	@$(MAKE) $(PARALLEL) --no-print-directory all
	$(MPIRUN) -n 16 $(B)/heapbatch tests/data/ruby31.0.json.gz tests/data/ruby31.1.json.gz tests/data/ruby31.2.json.gz

check: deps  ## install, build, and run all tests
	@$(MAKE) --no-print-directory layers headers
	@$(MAKE) $(PARALLEL) --no-print-directory STRICT=-Werror all unit-programs $(FAULTY) $(FAILING) $(REPLAY) $(CUTS) $(B)/bench/graph_bench
	@$(MAKE) -k --no-print-directory EVERY=400 CUT=13 FLIPS=1000 unit fuzz-replay cuts no-isal e2e faults slurm

$(B)/tests/%: $(B)/tests/unit/%.o $(B)/libheapbatch.a
	@mkdir -p $(@D)
	$(SAY) "  link $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcunit

.PHONY: unit-programs
unit-programs: $(UNIT)

unit: unit-programs  ## unit tests
	@MPIRUN="$(MPIRUN)" tests/unit/run.sh $(UNIT)

# The program with a fault in its answer, for --validate to find (tests/faults/faulty.c), and on a machine that fails
# (tests/faults/failing.c).
$(FAULTY): WRAPPED = $(FAULTS)
$(FAILING): WRAPPED = $(FAILS)
$(FAULTY) $(FAILING): $(B)/tests/%: $(B)/heapbatch.o $(B)/tests/faults/%.o $(B)/libheapbatch.a
	@mkdir -p $(@D)
	$(SAY) "  link $@"
	$(Q)$(CC) $(LDFLAGS) $(WRAPPED:%=-Wl,--wrap=%) -o $@ $^ $(LDLIBS)

e2e: all $(FAULTY)  ## end-to-end tests: real mpirun, real Ruby, oracle, heapy
	ruby -Itests/e2e tests/e2e/run.rb

faults: all $(FAILING)  ## allocations and system calls that fail, one by one (EVERY=n: a sample, SEED=)
	$(if $(EVERY),SEED=$(or $(SEED),1)) ruby tests/faults/run.rb $(if $(EVERY),--every $(EVERY))

$(CUTS): $(B)/tests/hostile/cuts.o $(B)/libheapbatch.a
	@mkdir -p $(@D)
	$(SAY) "  link $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

cuts: $(CUTS)  ## small dumps cut off at every byte (CUT=n: every n-th), and with wrong bits (FLIPS=n times)
	$(CUTS) $(or $(CUT),1) $(or $(FLIPS),20000) $(or $(SEED),1)

bombs: all deps-bench  ## files that want much memory: 1 GiB of zeros, a line of 2 GiB, ten million gzip members (2.2 GB of disk)
	ruby tests/hostile/bombs.rb

# Inputs that were found once are run again, without libFuzzer.
$(B)/tests/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(B)/libheapbatch.a
	@mkdir -p $(@D)
	$(SAY) "  link $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

fuzz-replay: $(REPLAY)  ## the inputs of tests/fuzz/corpus through the fuzz targets
	@for t in $(FUZZ); do $(B)/tests/replay_$$t tests/fuzz/corpus/$$t/* || exit 1; echo "fuzz: $$t: $$(ls tests/fuzz/corpus/$$t | wc -l) inputs"; done

$(B)/tests/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/libheapbatch.a
	@mkdir -p $(@D)
	$(SAY) "  link $@"
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

fuzz: deps-clang  ## look for inputs that break a target: T=scan SECONDS=60, SEED= (targets: tests/fuzz/fuzz_*.c)
	@test -n "$(T)" || { echo "make fuzz T=name SECONDS=n; names: $(FUZZ)" >&2; exit 1; }
	@OMPI_CC=$(CLANG) $(MAKE) $(PARALLEL) --no-print-directory B=build/fuzz OPT="-O2 -g" \
	    SAN="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer $(CLANG_WARN)" \
	    build/fuzz/tests/fuzz_$(T)
	@mkdir -p build/fuzz/found/$(T)
	cd build/fuzz/found && ASAN_OPTIONS=detect_leaks=0 ../tests/fuzz_$(T) -max_total_time=$(or $(SECONDS),60) -timeout=1 -print_final_stats=1 \
	    $(if $(SEED),-seed=$(SEED)) -dict=$(CURDIR)/tests/fuzz/dump.dict $(T) $(CURDIR)/tests/fuzz/corpus/$(T)

check-slurm: deps deps-slurm  ## the job scripts of slurm/ under a Slurm of the tests' own
	@$(MAKE) $(PARALLEL) --no-print-directory all
	ruby tests/slurm/run.rb

check-capture: deps  ## heapbatch-capture on servers under load: requests lost, longest pause (SECONDS=20 each)
	@$(MAKE) $(PARALLEL) --no-print-directory all
	ruby tests/capture/measure.rb $(if $(SECONDS),--seconds $(SECONDS))

# The same for check: where Slurm cannot be installed the tests say so and are left out.
slurm: all
	@./install-deps.sh $(DEPS_SLURM) || echo "slurm: $(DEPS_SLURM) could not be installed"
	ruby tests/slurm/run.rb

no-isal:  ## build without ISA-L, and test what reads gzip
	@$(MAKE) $(PARALLEL) --no-print-directory B=build/no-isal ISAL=0 STRICT=-Werror no-isal-tests

.PHONY: no-isal-tests
no-isal-tests: all $(GZIP_UNIT)
	@if ldd $(B)/heapbatch | grep isal; then echo "linked with ISA-L all the same" >&2; exit 1; fi
	@MPIRUN="$(MPIRUN)" tests/unit/run.sh $(GZIP_UNIT)
	HEAPBATCH=$(B)/heapbatch ruby -Itests/e2e tests/e2e/run.rb -n '/test_packed|Oracle.*strict|gzip/'

# What the tests run, in a build folder of its own.
.PHONY: programs
programs: all unit-programs $(FAULTY)

asan: deps  ## unit and a short set of end-to-end tests under AddressSanitizer and UndefinedBehaviorSanitizer (ALL=1: all of them)
	@$(MAKE) $(PARALLEL) --no-print-directory B=build/asan SAN="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" \
	    OPT="-O1 -g" programs
	@$(MAKE) --no-print-directory B=build/asan sanitized

# clang's, which minds more than gcc's: a null pointer to which nothing is added.
ubsan: deps deps-clang  ## the same under clang's UndefinedBehaviorSanitizer alone
	@OMPI_CC=$(CLANG) $(MAKE) $(PARALLEL) --no-print-directory B=build/ubsan SAN="-fsanitize=undefined -fno-sanitize-recover=all $(CLANG_WARN)" \
	    OPT="-O1 -g" programs
	@$(MAKE) --no-print-directory B=build/ubsan sanitized

# clang and libomp, whose tool archer tells ThreadSanitizer what OpenMP orders; it is found beside libomp.
THREADED = diff memory pump mpi_dominators mpi_exchange mpi_graph mpi_index mpi_paths mpi_team mpi_validate
tsan: deps deps-clang  ## what has threads, under ThreadSanitizer
	@OMPI_CC=$(CLANG) $(MAKE) $(PARALLEL) --no-print-directory B=build/tsan SAN="-fsanitize=thread $(CLANG_WARN)" OPT="-O1 -g" programs
	@$(MAKE) --no-print-directory B=build/tsan UNIT="$(THREADED:%=build/tsan/tests/test_%)" sanitized

# Open MPI leaks by design; lsan.supp names it and nothing of ours. ThreadSanitizer sees neither Open MPI's own
# synchronisation nor libomp's, which are not compiled for it: what they do with memory is ignored.
export ASAN_OPTIONS = detect_leaks=1:fast_unwind_on_malloc=0
export LSAN_OPTIONS = suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0
export TSAN_OPTIONS = ignore_noninstrumented_modules=1

# SHORT=1: two ranks, and a few of the end-to-end tests. ALL=1: all of these.
SANITIZED = $(if $(ALL),.,$(if $(SHORT),TestOracle.test_ruby33_strict|Metamorphic.test_4_threads|checksum|cut_off,ruby33|ruby41|random_0|forged|cut|checksum|directory|empty|Metamorphic.*threads))

.PHONY: sanitized
sanitized:
	@RANKS="$(if $(SHORT),2)" MPIRUN="$(MPIRUN)" tests/unit/run.sh $(UNIT)
	HEAPBATCH=$(B)/heapbatch HEAPBATCH_FAULTY=$(FAULTY) HB_TEST_TIMEOUT=$(if $(ALL),900,300) ruby -Itests/e2e tests/e2e/run.rb -n '/$(SANITIZED)/'

# The coverage of all tests. Counters of threads have to be atomic, and what is inlined is counted once.
COVER    = B=build/cover OPT="-O0 -g" SAN="--coverage -fprofile-update=atomic '-DHB_SCAN_INLINE=static inline'"
cover: deps  ## line and branch coverage of the unit and end-to-end tests and of faults, with the least that it has to be
	@./install-deps.sh gcovr
	@$(MAKE) $(PARALLEL) --no-print-directory $(COVER) all unit-programs build/cover/tests/faulty build/cover/tests/failing
	@find build/cover -name '*.gcda' -delete
	@RANKS="1 2" $(MAKE) --no-print-directory $(COVER) unit
	HEAPBATCH=build/cover/heapbatch HEAPBATCH_FAULTY=build/cover/tests/faulty HB_TEST_TIMEOUT=300 ruby -Itests/e2e tests/e2e/run.rb \
	    $(if $(E2E),-n '$(E2E)')
	HEAPBATCH=build/cover/heapbatch HEAPBATCH_FAILING=build/cover/tests/failing SEED=1 ruby tests/faults/run.rb --every 40 --ranks 1
	@ruby tests/cover.rb build/cover

VALGRINDED = cut_off|checksum|empty_file|TestOracle.test_random_0[01]
valgrind: deps  ## a short set of end-to-end tests under memcheck (ALL=1: all of them, VALGRINDED=PATTERN: others)
	@./install-deps.sh valgrind
	@$(MAKE) $(PARALLEL) --no-print-directory B=build/valgrind OPT="-O1 -g" SAN="-DHB_NO_ARENA" programs
	VALGRIND_PROGRAM=$(CURDIR)/build/valgrind/heapbatch VALGRIND_SUPPRESSIONS=$(CURDIR)/tests/valgrind.supp HEAPBATCH=tests/valgrind.sh \
	    HEAPBATCH_FAULTY=build/valgrind/tests/faulty HB_TEST_TIMEOUT=1800 ruby -Itests/e2e tests/e2e/run.rb -n '/$(if $(ALL),.,$(VALGRINDED))/'

layers:  ## check that includes go downhill, without cycles
	@./tests/layers.sh

headers:  ## check that each header compiles alone
	@for h in $(wildcard $(addsuffix /*.h,$(FOLDERS) bench)); do case $$h in pipeline/scan_*.h) continue;; esac; \
	    $(CC) -I. $(CSTD) -Wall -Wextra -fsyntax-only -x c $$h || exit 1; done; echo "headers: each compiles alone"

# clang-tidy on the program, cppcheck on all C; what is excused, and why, stands in .clang-tidy and at the place. known.h
# tells the analyzer what it cannot see in one file; the two that hold those functions are read without.
LINT     = $(LIB_SRC:%.c=$(B)/lint/%.ok) $(B)/lint/heapbatch.ok
KNOWN    = -include tests/lint/known.h
MPI_FLAGS = $(shell $(CC) --showme:compile)

lint: deps-lint  ## clang-tidy with the MPI checkers, cppcheck, and shellcheck on capture/ and completion/
	shellcheck -x -a capture/heapbatch-capture capture/attach.sh
	shellcheck completion/heapbatch.bash
	@$(MAKE) -k $(PARALLEL) --no-print-directory $(B)/lint/cppcheck.ok clang-tidy
	@echo "lint: $(words $(LINT)) files, no finding"

.PHONY: clang-tidy
clang-tidy: $(LINT)

$(B)/lint/base/comm.ok $(B)/lint/base/status.ok: KNOWN =
$(B)/lint/pipeline/scan_avx2.ok: CPPFLAGS += -mavx2 -mbmi -mbmi2 -mlzcnt -mpopcnt
$(B)/lint/%.ok: %.c $(wildcard $(addsuffix /*.h,$(FOLDERS))) .clang-tidy tests/lint/known.h
	@mkdir -p $(@D)
	$(SAY) "  clang-tidy $<"
	$(Q)clang-tidy --quiet $< -- $(KNOWN) $(CPPFLAGS) $(CSTD) -fopenmp $(MPI_FLAGS) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

# constStatement: cppcheck takes what the lists of pack_series.c and pack_dump.c are given for values that nobody uses.
$(B)/lint/cppcheck.ok: $(LIB_SRC) heapbatch.c $(wildcard $(addsuffix /*.h,$(FOLDERS))) $(wildcard tests/*/*.c bench/*.c)
	@mkdir -p $(@D)
	$(SAY) "  cppcheck"
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr -I. -D_GNU_SOURCE \
	    --suppress=constStatement:report/pack_series.c --suppress=constStatement:report/pack_dump.c $(FOLDERS) heapbatch.c tests bench
	@touch $@

bench: deps-bench  ## make real dumps of 5, 10, 15 million objects (once) and measure against igzip (ROUNDS=5)
	@$(MAKE) $(PARALLEL) --no-print-directory bench-programs
	bench/make_dumps.sh
	bench/run.rb $(if $(ROUNDS),--rounds $(ROUNDS))

bench-quick: deps-bench  ## the same on small dumps, about a minute
	@$(MAKE) $(PARALLEL) --no-print-directory bench-programs
	bench/make_dumps.sh small
	bench/run.rb --quick $(if $(ROUNDS),--rounds $(ROUNDS))

bench-test: deps-bench deps-test  ## tests of the benchmark: programs that go wrong have to be found out
	@$(MAKE) $(PARALLEL) --no-print-directory bench-programs
	ruby bench/test_run.rb

.PHONY: bench-programs
bench-programs: all $(B)/bench/scan_bench $(B)/bench/mpi_nothing

# The only C++: what the scanner is compared with. simdjson's On Demand chooses its kernel when it is compiled.
CXX      = g++
CXXFLAGS = -std=c++17 -Wall -Wextra $(STRICT) -O3 -g -DNDEBUG -march=native

$(B)/bench/%.o: bench/%.cc Makefile
	@mkdir -p $(@D)
	$(SAY) "  compile $<"
	$(Q)$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

$(B)/bench/scan_bench: $(SCAN_OBJ) $(B)/libheapbatch.a
	$(SAY) "  link $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lsimdjson -lstdc++

$(B)/bench/mpi_nothing: $(B)/bench/mpi_nothing.o
	$(SAY) "  link $@"
	$(Q)$(CC) -o $@ $^

$(B)/bench/graph_bench: $(BENCH_OBJ) $(B)/libheapbatch.a
	$(SAY) "  link $@"
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

bench-graph: $(B)/bench/graph_bench  ## measure search, paths, dominators against plain serial ones (DUMP=file ROUNDS=5)
	GRAPH_BENCH=$< bench/graph.sh $(if $(ROUNDS),--rounds $(ROUNDS)) $(DUMP)

CAPTURE = $(filter-out capture/heapbatch-capture,$(wildcard capture/*))
MAN     = $(wildcard man/*.1)
COMPLETION = $(PREFIX)/share/bash-completion/completions
INSTALLED = bin/heapbatch bin/heapbatch-capture $(CAPTURE:%=lib/heapbatch/%) $(MAN:man/%=share/man/man1/%)

install: all install-capture install-manual  ## install under PREFIX (/usr/local)
	install -D -m 755 $(B)/heapbatch $(DESTDIR)$(PREFIX)/bin/heapbatch

install-capture:
	install -D -m 755 capture/heapbatch-capture $(DESTDIR)$(PREFIX)/bin/heapbatch-capture
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/lib/heapbatch/capture $(CAPTURE)

# bash looks for a completion under the name of the program, therefore the link.
install-manual:
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(MAN)
	install -D -m 644 completion/heapbatch.bash $(DESTDIR)$(COMPLETION)/heapbatch
	ln -sf heapbatch $(DESTDIR)$(COMPLETION)/heapbatch-capture

uninstall:  ## remove what install installed
	rm -f $(INSTALLED:%=$(DESTDIR)$(PREFIX)/%) $(DESTDIR)$(COMPLETION)/heapbatch $(DESTDIR)$(COMPLETION)/heapbatch-capture
	@for d in lib/heapbatch/capture lib/heapbatch; do rmdir $(DESTDIR)$(PREFIX)/$$d 2>/dev/null || true; done

clean:  ## remove what was built
	rm -rf build
