# frozen_string_literal: true

require 'pty'
require_relative 'support'
require_relative 'synthetic'

# Options, exit status, and what goes to which stream.
class TestCommandLine < E2E::Test
  S = Synthetic

  def series
    @series ||= S.small_series.each_with_index.map { |text, i| put("s.#{i}.json", text) }
  end

  # ---- wrong usage -------------------------------------------------------------------------------------------

  def assert_usage_error(*args, **options)
    run = heapbatch(*args, **options)
    assert_status 1, run
    refute_empty run.err, "no message for #{args.inspect}"
    assert_empty run.out, "standard output is for results: #{args.inspect}"
  end

  def test_no_dump_named
    assert_usage_error
    assert_usage_error '--quiet'
  end

  def test_wrong_options
    assert_usage_error '--no-such-option', series[0]
    assert_usage_error '-Z', series[0]
    assert_usage_error series[0], '--top'
  end

  def test_wrong_values
    %w[--top=-1 --top=many --top= --identity=loose --threads=0 --threads=x --memory=lots --log=loud
       --min-retained=x --fail-on=retained --fail-on=retained=x --fail-on=weight=3 --fail-on=objects=-1
       --series=( --series=nogroup].each { |option| assert_usage_error option, series[0] }
  end

  def test_wrong_usage_on_many_ranks
    assert_usage_error '--top', 'many', series[0], ranks: 3
  end

  # ---- help and version --------------------------------------------------------------------------------------

  def test_help
    run = heapbatch('--help')
    assert_status 0, run
    %w[--series --identity --top --json --min-retained --fail-on --threads --no-bind --chunk --quiet --progress
       --log --timings --version].each { |option| assert_includes run.out, option }
  end

  def test_version
    run = heapbatch('--version')
    assert_status 0, run
    assert_match(/\Aheapbatch \d+\.\d+\.\d+/, run.out)
  end

  # Lone processes shared one session directory of Open MPI's, and each removed it at its end: now and then another one
  # that was just starting died of it. Where there can be none, it must start all the same.
  def test_starts_without_a_session_directory
    run = heapbatch('--version', env: { 'TMPDIR' => put('no-folder', '') })
    assert_status 0, run
    assert_empty run.err
  end

  # It took all CPUs of the machine where taskset allowed one.
  def test_keeps_to_the_cpus_it_was_given
    cpu = File.read('/proc/self/status')[/^Cpus_allowed_list:\s*(\d+)/, 1]
    run = heapbatch('--log', 'info', series[0], prefix: ['taskset', '-c', cpu])
    assert_status 0, run
    assert_includes run.err, '1 rank, 1 on this node, 1 CPU and 1 thread each'
  end

  def test_help_on_many_ranks_comes_once
    run = heapbatch('--version', ranks: 3)
    assert_status 0, run
    assert_equal 1, run.out.scan('heapbatch').size
  end

  # ---- limits ------------------------------------------------------------------------------------------------

  def retained
    @retained ||= Oracle.report([series.map { |p| Oracle.load(p) }])['series'][0]['retained']
  end

  def assert_limit(status, limit)
    [nil, 2].each { |ranks| assert_status status, heapbatch('--series', 'one', '--fail-on', limit, *series, ranks: ranks) }
  end

  def test_limit_on_bytes
    assert_limit 2, 'retained=1'
    assert_limit 2, "retained=#{retained['memsize'] - 1}"
    assert_limit 0, "retained=#{retained['memsize']}"
    assert_limit 0, 'retained=1000000'
  end

  def test_limit_on_objects
    assert_limit 2, 'objects=0'
    assert_limit 2, "objects=#{retained['objects'] - 1}"
    assert_limit 0, "objects=#{retained['objects']}"
  end

  def test_limit_on_growth
    assert_limit 2, 'growth=1'
    assert_limit 0, 'growth=1000000'
  end

  # The report is there all the same.
  def test_limit_does_not_cost_the_report
    run = heapbatch_json('--series', 'one', '--fail-on', 'objects=1', *series)
    assert_status 2, run
    assert_same_report Oracle.report([series.map { |p| Oracle.load(p) }]), run
    assert_match(/objects/, run.err)
  end

  # ---- standard input and output -----------------------------------------------------------------------------

  def assert_stdin(path)
    expected = Oracle.report([[Oracle.load(path)]])
    expected['series'][0]['dumps'][0]['path'] = '-'
    [nil, 2].each do |ranks|
      run = heapbatch_json('-', stdin: path, ranks: ranks)
      assert_status 0, run
      expected['series'][0]['name'] = run.json['series'][0]['name']
      assert_same_report expected, run
    end
  end

  def test_standard_input
    assert_stdin series[2]
  end

  def test_standard_input_packed
    assert_stdin put('x.json.gz', E2E.gzip(S.small(more: 3000)))
  end

  def test_standard_input_from_a_pipe
    run = E2E.execute(['sh', '-c', 'zcat "$1" | "$0" --json - -', E2E::PROGRAM, File.join(E2E::DATA, 'ruby31.1.json.gz')])
    assert_status 0, run
    expected = E2E.loaded(File.join(E2E::DATA, 'ruby31.1.json.gz'))
    assert_equal expected.objects.size, JSON.parse(run.out)['series'][0]['dumps'][0]['objects']
  end

  def test_text_is_there_and_json_replaces_it
    text = heapbatch('--series', 'one', *series)
    assert_status 0, text
    assert_includes text.out, 'leak.rb'
    json = heapbatch('--series', 'one', '--json', '-', *series)
    assert_equal 1, JSON.parse(json.out)['schema']
  end

  def test_quiet_says_nothing
    run = heapbatch('--quiet', '--series', 'one', '--json', File.join(@dir, 'q.json'), *series)
    assert_status 0, run
    assert_empty run.err
  end

  FULL = '/dev/full'

  def test_full_disk
    skip "no #{FULL}" unless File.exist?(FULL)

    assert_status 4, heapbatch('--series', 'one', *series, out: FULL)
    assert_status 4, heapbatch('--series', 'one', '--json', '-', *series, out: FULL)
    assert_status 4, heapbatch('--series', 'one', '--json', FULL, *series)
    run = heapbatch('--series', 'one', '--json', FULL, *series, ranks: 3)
    assert_status 4, run
    refute_empty run.err
  end

  def test_report_that_cannot_be_written
    path = File.join(@dir, 'no/such/folder/report.json')
    run = heapbatch('--series', 'one', '--json', path, *series)
    assert_status 4, run
    assert_includes run.err, path
  end

  # What a link leads to is written, not the link.
  def test_report_to_a_link
    real = put('real.json', '{}')
    link = File.join(@dir, 'link.json')
    File.symlink(real, link)
    assert_status 0, heapbatch('--quiet', '--series', 'one', '--json', link, *series)
    assert File.symlink?(link)
    assert_equal 1, JSON.parse(File.read(real))['schema']
    out = File.join(@dir, 'out.json')
    assert_status 0, heapbatch('--quiet', '--series', 'one', '--json', '/proc/self/fd/1', *series, out: out)
    assert_equal File.read(real), File.read(out)
  end

  def test_report_keeps_the_mode_of_the_one_before
    path = put('private.json', '{}')
    File.chmod(0o600, path)
    assert_status 0, heapbatch('--quiet', '--series', 'one', '--json', path, *series)
    assert_equal 0o600, File.stat(path).mode & 0o777
    assert_equal 1, JSON.parse(File.read(path))['schema']
  end

  # A dump that comes slowly, line by line until progress is seen, on a terminal.
  def test_progress_rewrites_its_line
    reading = /\r\e\[Kreading -: \d+ MB, \d+\.\d M objects/
    lines = File.readlines(series[0])
    slow = File.join(@dir, 'slow.json')
    File.mkfifo(slow)
    shown = +''
    limit = E2E.now + E2E::TIMEOUT
    PTY.spawn(E2E::MPI_ENV, 'sh', '-c', "#{E2E::PROGRAM} --chunk 1000 --quiet --progress - < #{slow}") do |out, _, pid|
      feeder = Thread.new do
        File.open(slow, 'w') do |dump|
          lines.cycle do |line|
            break if shown.match?(reading) || E2E.now > limit

            dump.syswrite(line)
            sleep(0.01)
          end
        end
      end
      begin
        loop { shown << out.readpartial(4096) }
      rescue EOFError, Errno::EIO
        Process.wait(pid)
      end
      feeder.join
    end
    assert_match reading, shown
    assert shown.end_with?("\r\e[K"), shown.inspect
  end

  def test_top_limits_the_text_as_well
    rows = heapbatch('--series', 'one', '--top', 2, *E2E.series_paths('ruby31')).out.force_encoding('UTF-8')[/what +where\n(.*?)\n  …/m, 1]
    assert_equal 2, rows.lines.size
  end

  def test_closed_standard_output
    assert_status 4, heapbatch('--series', 'one', *series, out: :close)
  end

  # ---- secrets and control characters ------------------------------------------------------------------------

  def test_string_contents_are_not_printed
    run = heapbatch_json('--series', 'one', '--log', 'debug', *series)
    [run.out, run.err, run.json_text].each { |text| refute_includes text, 'TOPSECRET' }
  end

  # A line that lost its middle, from within a text to within another object's line.
  def test_string_contents_of_a_torn_line_are_not_printed
    torn = '{"address":"0x30", "type":"STRING", "file":"/app/liize":6, "value":"TOPSECRET", "encoding":"UTF-8"}'
    named = '{"address":"0x40", "type":"CLASS", "name":"Fo:6, "value":"TOPSECRET", "encoding":"UTF-8"}'
    [nil, 'portable'].each do |scanner|
      run = heapbatch_json(put('torn.json', S.dump(S.root('vm', [0x40]), S.object(S::BASE, 'STRING', memsize: 9), torn, named)),
                           env: scanner ? { 'HB_SCAN' => scanner } : {})
      [run.out, run.err, run.json_text].each { |text| refute_includes text, 'TOPSECRET' }
      assert_equal 2, run.json['series'][0]['dumps'][0]['invalid_lines']
    end
  end

  # However it is spelled.
  def test_no_output_over_a_dump
    path = put('d.json', File.read(series[0]))
    link = File.join(@dir, 'link.json')
    File.symlink(path, link)
    before = File.read(path)
    [path, File.join(@dir, '.', 'd.json'), File.join(@dir, '..', File.basename(@dir), 'd.json'), link].each do |spelled|
      assert_usage_error '--json', spelled, path
      assert_usage_error '--timings', spelled, path
      assert_usage_error '--json', path, spelled
    end
    both = put('a.json', '{}')
    assert_usage_error '--json', both, '--timings', File.join(@dir, '.', 'a.json'), path
    assert_equal before, File.read(path)
  end

  def test_nothing_in_a_dump_steers_the_terminal
    name = "Evil\u001b[31m\u0007\u202e"
    path = put('evil.json', S.dump(S.root("r\u009b", [S::BASE]), S.object(S::BASE, 'CLASS', klass: S::BASE, name: name, memsize: 9),
                                   S.object(S::BASE + 40, 'OBJECT', klass: S::BASE, file: "a\x7fb\u009b.rb", line: 1, memsize: 9),
                                   "junk \e[2J"))
    run = heapbatch_json(path)
    assert_status 0, run
    [run.out, run.err].each { |text| refute_match(/[\x00-\x08\x0b-\x1f\x7f]|\u009b|\u202e/, text.dup.force_encoding('UTF-8').scrub('?')) }
    assert_equal name, run.json['series'][0]['classes'].map { |c| c['class'] }.compact.first
  end
end
