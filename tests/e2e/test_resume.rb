# frozen_string_literal: true

require 'English'
require 'fileutils'
require_relative 'support'

# --out and --resume: whatever a run dies of, the next ones end with the report of one that was left alone.
class TestResume < E2E::Test
  SEED = Integer(ENV.fetch('SEED', 1815))
  MOMENTS = Integer(ENV.fetch('HB_TEST_MOMENTS', 12))

  COPIES = 6
  N = E2E::SERIES.size * COPIES

  # 30 series of three dumps.
  def dumps
    folder = E2E.shared('resume') do |dir|
      E2E::SERIES.sort.each do |name|
        COPIES.times { |i| E2E.series_paths(name).each_with_index { |path, k| FileUtils.cp(path, "#{dir}/#{name}-#{i}.#{k}.json.gz") } }
      end
    end
    Dir["#{folder}/*.json.gz"].sort
  end

  # The report of all by one process: JSON and text.
  def wanted
    @wanted ||= begin
      folder = E2E.shared('resume-wanted') do |dir|
        run = heapbatch('--json', "#{dir}/json", *dumps, validate: false, out: "#{dir}/text")
        assert_status 0, run
      end
      %w[json text].map { |name| File.read("#{folder}/#{name}") }
    end
  end

  def in_out(&block)
    Dir.mktmpdir('hb-out') { |dir| block.call(File.join(dir, 'out')) }
  end

  def run_of(out, *options, ranks: nil, **rest)
    heapbatch_json('--out', out, *options, *dumps, ranks: ranks, spread: false, validate: false, timeout: 120, **rest)
  end

  def assert_wanted(run, out, what)
    assert_equal 0, run.status, "#{what}\n#{run}"
    assert wanted[0] == run.json_text,
           "#{what}: #{E2E.difference(JSON.parse(wanted[0]), run.json) || 'same values, other bytes'}"
    assert wanted[0].b == File.binread(File.join(out, 'fleet.json')), "#{what}: fleet.json"
    assert wanted[1].b == File.binread(File.join(out, 'fleet.txt')), "#{what}: fleet.txt"
    assert_empty Dir[File.join(out, '*.tmp')], what
  end

  def done(out)
    File.file?("#{out}/journal") ? File.readlines("#{out}/journal").count { |line| line.include?(' done ') } : 0
  end

  # Starts a run and hands over the process id of mpirun, which is waited for afterwards. mpirun may lock itself up when its ranks are
  # killed (PMIx_server_finalize waits for a lock that nobody gives back; Open MPI 4.1.4, PMIx 4.2.2): then it is killed as well.
  def started(out, ranks, *options)
    command = ['mpirun', '--oversubscribe', '-n', ranks.to_s, E2E::PROGRAM, '--quiet', '--out', out, *options, *dumps]
    pid = Process.spawn(E2E::MPI_ENV, *command, out: File::NULL, err: File::NULL, pgroup: true)
    yield pid
    return if E2E.wait(pid, 6)

    Process.kill('KILL', pid)
    Process.wait(pid)
  ensure
    sweep_up(out)
  end

  # No rank of a run may be left when the next one starts.
  def sweep_up(out)
    ranks_of(out).each { |pid| Process.kill('KILL', pid) rescue Errno::ESRCH }
    limit = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 20
    sleep 0.005 while ranks_of(out).any? && Process.clock_gettime(Process::CLOCK_MONOTONIC) < limit
    assert_empty ranks_of(out)
  end

  def ranks_of(out)
    Dir['/proc/[0-9]*/cmdline'].filter_map do |file|
      words = File.binread(file).split("\0") rescue next
      file[/\d+/].to_i if words[0]&.end_with?('heapbatch') && words.include?(out)
    end
  end

  KILLS = {
    usr1: ->(pid, _ranks) { Process.kill('USR1', pid) },
    mpirun: ->(pid, _ranks) { Process.kill('KILL', pid) },
    rank: ->(_pid, ranks) { Process.kill('KILL', ranks.sample(random: Random.new(SEED))) if ranks.any? },
    all: ->(_pid, ranks) { ranks.each { |rank| Process.kill('KILL', rank) } }
  }.freeze

  def kill(how, pid, out)
    KILLS.fetch(how).call(pid, ranks_of(out))
  rescue Errno::ESRCH
    nil # it has ended by itself
  end

  def test_uninterrupted
    [nil, 1, 2, 4, 16].each do |ranks|
      in_out do |out|
        assert_wanted run_of(out, ranks: ranks), out, "#{ranks || 'no'} ranks"
        assert_equal N, done(out)
      end
    end
  end

  # Those of a series are what it has alone, also when something is wrong with it.
  def test_files_of_a_series
    in_out do |out|
      first = dumps.first(3)
      text = File.binread(first[1])
      cut = File.join(@dir, 'cut.0.json.gz')
      File.binwrite(cut, text[0, text.size / 2])
      assert_status 3, heapbatch('--out', out, '--quiet', *dumps.first(6), cut, validate: false)
      [[first, 0], [[cut], 3]].each do |paths, status|
        alone = heapbatch_json(*paths, validate: false)
        assert_status status, alone
        file = Dir["#{out}/*.json"].find { |name| File.binread(name) == alone.json_text.b }
        assert file, alone.json['series'][0]['name']
        assert_equal alone.out.b, File.binread(file.sub(/json\z/, 'txt'))
      end
    end
  end

  # At random moments, once, and once more while it resumes.
  def test_killed
    wanted
    random = Random.new(SEED)
    MOMENTS.times do |i|
      ranks = [2, 4][i % 2]
      how = [KILLS.keys[i % KILLS.size], KILLS.keys.sample(random: random)]
      what = "SEED=#{SEED}, moment #{i}: #{ranks} ranks, #{how.join(', then ')}"
      in_out do |out|
        started(out, ranks) { |pid| sleep random.rand(0.05..0.7); kill(how[0], pid, out) }
        started(out, ranks, '--resume') { |pid| sleep random.rand(0.05..0.5); kill(how[1], pid, out) }
        assert_wanted run_of(out, '--resume', ranks: ranks), out, what
      end
    end
  end

  # A signal ends a run in order: with status 75, and nothing has to be found out from what is left.
  def test_signals
    %w[USR1 TERM].each do |signal|
      in_out do |out|
        command = [E2E::PROGRAM, '--quiet', '--out', out, *dumps]
        pid = Process.spawn(*command, err: "#{out}.err")
        sleep 0.002 until done(out) > 2
        Process.kill(signal, pid)
        Process.wait(pid)
        assert_equal 75, $CHILD_STATUS.exitstatus, signal
        assert_match(/stopped by a signal; what is done is in .*--resume goes on/, File.read("#{out}.err"))
        assert_operator done(out), :<, N
        assert_wanted run_of(out, '--resume'), out, signal
      end
    end
  end

  # Files may get no larger than a report: no space is left for it.
  def test_full_disk
    skip_if_files_are_mapped
    in_out do |out|
      run = run_of(out, prefix: ['bash', '-c', 'trap "" XFSZ; ulimit -f 8; exec "$@"', 'bash'])
      assert_status 4, run
      assert_match(%r{/\h{16}\.json: cannot write the JSON report: File too large}, run.err)
      assert_empty Dir["#{out}/*.tmp"]
      assert_wanted run_of(out, '--resume', ranks: 2), out, 'after a full disk'
    end
  end

  def test_a_directory_is_for_one_run_at_a_time
    in_out do |out|
      run_of(out)
      File.open("#{out}/lock") do |lock|
        lock.flock(File::LOCK_EX)
        run = run_of(out, '--resume')
        assert_status 1, run
        assert_match(/another run is at work there: process \d+ on \S+/, run.err)
      end
      assert_wanted run_of(out, '--resume'), out, 'with a lock that nobody holds'
    end
  end

  def test_an_earlier_run_is_not_overwritten
    in_out do |out|
      run_of(out)
      run = run_of(out)
      assert_status 1, run
      assert_includes run.err, 'has the journal of an earlier run; --resume goes on with that'
    end
  end

  # What is not as it was is done again, and said.
  def test_damage_is_found
    in_out do |out|
      run_of(out)
      cut = File.readlines("#{out}/journal").last[/ done (\h+)/, 1]
      reports = Dir["#{out}/*.report"].sort.reject { |name| name.include?(cut) }
      File.binwrite(reports[0], File.binread(reports[0]).tap { |bytes| bytes.setbyte(100, bytes.getbyte(100) ^ 1) })
      File.truncate(reports[1], 50)
      File.unlink(reports[2])
      File.write("#{out}/journal", File.read("#{out}/journal")[0..-5])
      run = run_of(out, '--resume', ranks: 2)
      assert_equal 3, run.err.scan(/series \S+ cannot be used: /).size, run.err
      assert_includes run.err, '1 line was cut off when a run died'
      assert_wanted run, out, 'after damage'
    end
  end

  # A file that has changed, or another question, is another series.
  def test_what_has_changed_is_done_again
    in_out do |out|
      own = E2E.series_paths('ruby33').map { |path| File.join(@dir, File.basename(path)).tap { |to| FileUtils.cp(path, to) } }
      others = E2E.series_paths('ruby27')
      go = ->(*options) { heapbatch_json('--out', out, *options, *own, *others, validate: false) }
      want = go.call.json_text
      assert_equal 2, done(out)
      File.utime(Time.now, File.mtime(own[0]) + 5, own[0])
      assert want == go.call('--resume').json_text, 'one is newer'
      assert_equal 3, done(out)
      assert_status 0, go.call('--resume', '--top', 3)
      assert_equal 5, done(out)
    end
  end

  # Two runs died over the first series: it is named, and the others are done.
  def test_quarantine
    in_out do |out|
      dump = E2E.series_paths('ruby33')
      assert_status 0, heapbatch('--out', out, '--quiet', *dump, validate: false)
      lines = File.readlines("#{out}/journal")
      File.write("#{out}/journal", lines.values_at(0, 1, 0, 1).join)
      run = heapbatch_json('--out', out, '--resume', *dump, *E2E.series_paths('ruby31'), validate: false)
      assert_status 4, run
      assert_match(/series \S*ruby33 is left out: 2 runs died at work on it; try it alone, without --resume/, run.err)
      assert_equal [0, 3], run.json['series'].map { |s| s['dumps'].size }.sort
    end
  end

  # What runs left that died is removed, and nothing else.
  def test_leftovers
    in_out do |out|
      dump = E2E.series_paths('ruby27')
      assert_status 0, heapbatch('--out', out, '--quiet', *dump, validate: false)
      id = '0123456789abcdef'
      ours = %W[#{id}.report.12.0.tmp #{id}.json.12.1.tmp #{id}.txt.3.0.tmp fleet.json.12.0.tmp fleet.txt.12.0.tmp]
      others = %W[fleet.tmpl fleet.json.12.0.tmp.kept #{id}.json.12.0.tmp.kept #{id}.csv.12.0.tmp 1.json.2.3.tmp mine.tmp]
      (ours + others).each { |name| File.write(File.join(out, name), 'x') }
      assert_status 0, heapbatch('--out', out, '--resume', '--quiet', *dump, validate: false)
      assert_equal others.sort, (ours + others).select { |name| File.exist?(File.join(out, name)) }.sort
    end
  end

  def test_for_the_owner_only
    run = heapbatch('--out', out = "#{@dir}/own", '--quiet', *E2E.series_paths('ruby41'))
    assert_status 0, run
    modes = [out, *Dir["#{out}/*"]].map { |path| [File.basename(path), File.stat(path).mode.to_s(8)[-3..]] }
    assert_equal [%w[own 700]], modes.reject { |_, mode| mode == '600' }
    assert_operator modes.size, :>, 6
  end

  # What somebody else has put there: neither followed nor waited for.
  def test_no_links_and_pipes
    %w[journal lock].product([->(path) { File.symlink("#{@dir}/victim", path) }, ->(path) { File.mkfifo(path) }]).each_with_index do |(name, make), i|
      out = "#{@dir}/out#{i}"
      Dir.mkdir(out)
      make.call("#{out}/#{name}")
      run = heapbatch('--out', out, '--resume', '--quiet', *E2E.series_paths('ruby41'))
      assert_status 4, run
      assert_match(/#{Regexp.escape(out)}.*(cannot be|no lock)/, run.err)
      refute File.exist?("#{@dir}/victim")
    end
  end

  def test_usage
    run = heapbatch('--resume', dumps[0])
    assert_status 1, run
    assert_includes run.err, '--resume goes on in the directory of --out'
    run = heapbatch('--out', '/proc/nowhere', dumps[0])
    assert_status 4, run
    assert_includes run.err, '/proc/nowhere: cannot be made'
  end
end
