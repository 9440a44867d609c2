# frozen_string_literal: true

# What the end-to-end tests share: running heapbatch alone or under mpirun with a time limit, comparing documents,
# packing dumps.

require 'fileutils'
require 'json'
require 'minitest'
require 'rbconfig'
require 'stringio'
require 'tempfile'
require 'tmpdir'
require 'zlib'
require_relative '../oracle/oracle'

module E2E
  REPO = File.expand_path('../..', __dir__)
  DATA = File.join(REPO, 'tests/data')
  PROGRAM = File.expand_path(ENV['HEAPBATCH'] || File.join(REPO, 'build/heapbatch'))
  TIMEOUT = (ENV['HB_TEST_TIMEOUT'] || '60').to_i # seconds a run may take before it counts as hung
  SERIES = %w[ruby27 ruby31 ruby31-untraced ruby33 ruby41].freeze
  MPI_ENV = {
    'OMPI_ALLOW_RUN_AS_ROOT' => '1', 'OMPI_ALLOW_RUN_AS_ROOT_CONFIRM' => '1', 'OMPI_MCA_mpi_yield_when_idle' => '1',
    'OMPI_MCA_pml' => 'ob1', # no search for a network: 0.2 s a run
    'OMP_WAIT_POLICY' => 'passive' # many processes, few cores: threads that wait leave them to others
  }.freeze

  Run = Struct.new(:command, :status, :out, :err, :json_text) do
    def json
      @json ||= JSON.parse(json_text)
    end

    # For the message of a failed assertion.
    def to_s
      "#{command.join(' ')}\nexit #{status}\nstderr: #{err[-1500..] || err}"
    end
  end

  class Hang < StandardError; end

  module_function

  # The three dumps of a series in tests/data, oldest first.
  def series_paths(name)
    (0..2).map { |i| File.join(DATA, "#{name}.#{i}.json.gz") }
  end

  SHARED = Dir.mktmpdir('hb-shared')
  OWNER = Process.pid
  at_exit { FileUtils.rm_rf(SHARED) if Process.pid == OWNER }

  # A folder for what several tests need, filled by the block once, in whichever process comes first (processes.rb).
  def shared(name)
    dir = File.join(SHARED, name)
    File.open("#{dir}.made", File::RDWR | File::CREAT) do |made|
      made.flock(File::LOCK_EX)
      return dir if made.size.positive?

      FileUtils.mkdir_p(dir)
      yield dir
      made.write('yes')
    end
    dir
  end

  # A dump of tests/data (or any other), parsed once for all tests of a process.
  def loaded(path)
    (@loaded ||= {})[path] ||= Oracle.load(path)
  end

  # Runs a command; its streams go through files, so that no pipe can fill up. Raises Hang at the time limit.
  # Each run has a TMPDIR of its own: an mpirun that ends removes Open MPI's folder there, which another one that starts
  # may be about to use.
  # out: a path that stands for standard output, or :close. timeout: in seconds; HB_TEST_TIMEOUT may allow more, as a sanitizer needs.
  # A run that mpirun did not survive because of its own relay of standard input (RELAY_CRASH) is done again.
  def execute(command, stdin: File::NULL, **options)
    3.times do
      run = execute_once(command, stdin: stdin, **options)
      return run unless stdin != File::NULL && run.status == 'signal 11' && run.err.include?(RELAY_CRASH)

      warn "mpirun crashed in #{RELAY_CRASH}: once more"
    end
    raise "mpirun crashed three times: #{command.join(' ')}"
  end

  # Open MPI 4.1.4, orte/mca/iof/hnp/iof_hnp_read.c: mpirun reads the end of its standard input, the pipe to rank 0 being
  # full, and once more when the pipe has room again; if the pipe was emptied and closed in between, it follows a null
  # pointer. A program of one read loop under mpirun on a busy machine showed it in 2 of 1200 runs.
  RELAY_CRASH = 'orte_iof_hnp_read_local_handler'

  def execute_once(command, env: {}, chdir: Dir.pwd, stdin: File::NULL, out: nil, timeout: TIMEOUT)
    Dir.mktmpdir('hb-run') do |dir|
      streams = { in: stdin, err: File.join(dir, 'err'), out: out || File.join(dir, 'out') }
      pid = Process.spawn(MPI_ENV.merge('TMPDIR' => dir).merge(env), *command, **streams, chdir: chdir, pgroup: true)
      timeout = [timeout, ENV['HB_TEST_TIMEOUT'].to_i].max
      status = wait(pid, timeout) || stop(pid)
      err = File.binread(File.join(dir, 'err'))
      raise Hang, "no end after #{timeout} s: #{command.join(' ')}\nstderr: #{err[-1500..] || err}" unless status

      seen = out ? '' : File.binread(File.join(dir, 'out'))
      Run.new(command, status.exitstatus || "signal #{status.termsig}", seen, err.force_encoding('UTF-8').scrub)
    end
  end

  def wait(pid, seconds)
    limit = now + seconds
    pause = 0.005
    while now < limit
      _, status = Process.wait2(pid, Process::WNOHANG)
      return status if status

      sleep(pause)
      pause = [pause * 1.5, 0.1].min
    end
  end

  # Ends what we started: mpirun passes SIGTERM on to its ranks.
  def stop(pid)
    Process.kill('TERM', -pid)
    return if wait(pid, 5)

    Process.kill('KILL', -pid)
    Process.wait(pid)
    nil
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  # heapbatch ARGS; under mpirun when ranks is given, and then with the graph spread over all of them unless told otherwise.
  # prefix: words before the program, such as setpriv's. Every answer is validated unless told otherwise.
  def heapbatch(*args, ranks: nil, prefix: [], program: PROGRAM, validate: true, spread: true, **options)
    launch = ranks ? ['mpirun', '--oversubscribe', '-n', ranks.to_s] : []
    flags = [*('--validate' if validate), *('--spread' if ranks && spread)]
    execute([*prefix, *launch, program, *flags, *args.map(&:to_s)], **options)
  end

  # The same with --json FILE; the run's json_text is the file's content, nil when there is none.
  def heapbatch_json(*args, **options)
    Dir.mktmpdir('hb-json') do |dir|
      file = File.join(dir, 'report.json')
      run = heapbatch('--json', file, *args, **options)
      run.json_text = File.file?(file) ? File.binread(file).force_encoding('UTF-8') : nil
      run
    end
  end

  def gzip(text)
    Zlib.gzip(text, level: 6)
  end

  # As gzip -c a b and pigz write it: several members, cut anywhere.
  def multi_member(text, size: 1_000_003)
    pieces(text, size).map { |piece| gzip(piece) }.join.b
  end

  # Blocked gzip (SAM/BAM format specification, section 4.1): members of at most 64 KiB with their size in an
  # extra field, and an empty member at the end.
  def bgzf(text)
    (pieces(text, 65_280) + ['']).map { |piece| bgzf_member(piece) }.join.b
  end

  def bgzf_member(piece)
    deflater = Zlib::Deflate.new(6, -Zlib::MAX_WBITS)
    body = deflater.deflate(piece, Zlib::FINISH)
    header = [0x1f, 0x8b, 8, 4, 0, 0, 0xff, 6, 0x42, 0x43, 2, body.bytesize + 25].pack('C4VC2vC2v2')
    header + body + [Zlib.crc32(piece), piece.bytesize].pack('V2')
  end

  def pieces(text, size)
    (0...text.bytesize).step(size).map { |at| text.byteslice(at, size) }
  end

  # The first place where two JSON values differ, or nil: "series[0].trust.same: expected 3, got 4".
  def difference(expected, actual, at = '$')
    case expected
    when Hash
      return "#{at}: expected an object, got #{brief(actual)}" unless actual.is_a?(Hash)

      missing = expected.keys - actual.keys
      return "#{at}: no key #{missing.first.inspect}" unless missing.empty?

      extra = actual.keys - expected.keys
      return "#{at}: unexpected key #{extra.first.inspect}" unless extra.empty?

      expected.each { |key, value| (d = difference(value, actual[key], "#{at}.#{key}")) && (return d) }
      nil
    when Array
      return "#{at}: expected an array, got #{brief(actual)}" unless actual.is_a?(Array)

      [expected.size, actual.size].min.times do |i|
        (d = difference(expected[i], actual[i], "#{at}[#{i}]")) && (return d)
      end
      "#{at}: expected #{expected.size} elements, got #{actual.size}" unless expected.size == actual.size
    else
      "#{at}: expected #{brief(expected)}, got #{brief(actual)}" unless expected == actual
    end
  end

  def brief(value)
    text = value.inspect
    text.size > 200 ? "#{text[0, 200]}…" : text
  end

  # Brings the program's document and the oracle's to the same form: without what only one of them has.
  def comparable(document)
    copy = Marshal.load(Marshal.dump(document))
    %w[generator problems].each { |key| copy.delete(key) }
    %w[objects memsize preloaded processes hosts findings].each { |key| (copy['fleet'] || {}).delete(key) }
    (copy['series'] || []).each do |series|
      %w[symptoms growth suspects].each { |key| series.delete(key) }
      %w[retained reachability].each { |key| series[key] = series[key] }
      unlabel(series['dominators'])
      (series['dumps'] || []).each do |dump|
        %w[taken_at time_source left_out].each { |key| dump.delete(key) }
        (dump['invalid'] || []).each { |line| line.delete('reason') }
      end
    end
    copy
  end

  # Labels of dominators are text for people.
  def unlabel(dominators)
    %w[top big_drops].each do |list|
      ((dominators || {})[list] || []).each { |row| row['label'] = nil if row.key?('label') }
    end
  end

  # The program lists the first few invalid lines, the oracle all.
  def cut_invalid(expected, actual)
    pairs = (expected['series'] || []).zip(actual['series'] || [])
    pairs.each do |e, a|
      (e['dumps'] || []).zip((a || {})['dumps'] || []).each do |ed, ad|
        shown = (ad || {})['invalid']
        ed['invalid'] = ed['invalid'].first(shown.size) if shown.is_a?(Array) && !shown.empty?
      end
    end
  end

  module Assertions
    # Under a sanitizer memory is malloc's, and more than the program itself takes.
    def skip_if_sanitized
      skip 'the program runs under a sanitizer' if File.binread(PROGRAM).match?(/__[at]san_init|valgrind/)
    end

    # What ThreadSanitizer keeps in files of its own, and maps, has to have room: a limit for the size of files is one for these too.
    def skip_if_files_are_mapped
      skip 'the program is built with ThreadSanitizer' if File.binread(PROGRAM).include?('__tsan_init')
    end

    # Objects strewn over a dump, the same in every run.
    def some(dump, n)
      all = dump.by_address.keys.sort
      (0...n).map { |i| all[i * all.size / n] }
    end

    def hex(address)
      Oracle.hex(address)
    end

    # Answers to --path and --referrers.
    def queries(args, paths, **options)
      run = heapbatch_json(*args, *paths, **options)
      assert_status 0, run
      run.json['series'][0]['queries']
    end

    def heapbatch(*args, **options)
      E2E.heapbatch(*args, **options)
    rescue Hang => e
      flunk e.message
    end

    def heapbatch_json(*args, **options)
      E2E.heapbatch_json(*args, **options)
    rescue Hang => e
      flunk e.message
    end

    def assert_status(expected, run)
      assert_equal expected, run.status, run.to_s
    end

    def assert_same_report(expected, run, hint = nil)
      assert run.json_text, "no JSON was written\n#{run}"
      want = E2E.comparable(expected)
      got = E2E.comparable(run.json)
      E2E.cut_invalid(want, got)
      where = E2E.difference(want, got)
      assert_nil where, [hint, run.command.join(' ')].compact.join("\n")
    end

    # The program's answer for one series equals the oracle's.
    def assert_oracle(paths, *args, identity: 'strict', top: 20, dumps: nil, hint: nil, **options)
      run = heapbatch_json('--series', 'one', '--identity', identity, '--top', top, *args, *paths, **options)
      assert_status 0, run
      strings = args.include?('--show-values') ? :values : args.include?('--strings')
      assert_same_report expected(paths, dumps, identity: identity, top: top, strings: strings), run, hint
      run
    end

    # The oracle's report, which a test may need for several runs.
    def expected(paths, dumps, **options)
      of = dumps ? dumps.map(&:object_id) : paths.map { |path| [path, File.binread(path)] }
      (@expected ||= {})[[of, options]] ||= Oracle.report([dumps || paths.map { |path| Oracle.load(path) }], **options)
    end
  end

  class Test < Minitest::Test
    include Assertions
    parallelize_me!

    def setup
      flunk "#{PROGRAM} is not there: build it first, or name it in HEAPBATCH" unless File.executable?(PROGRAM)
      @dir = Dir.mktmpdir('hb-e2e')
    end

    def teardown
      FileUtils.rm_rf(@dir) if @dir
    end

    # Writes a file into the test's own folder.
    def put(name, bytes)
      path = File.join(@dir, name)
      File.binwrite(path, bytes)
      path
    end
  end
end
