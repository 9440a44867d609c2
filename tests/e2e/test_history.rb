# frozen_string_literal: true

require 'open3'
require_relative 'support'

# Last night's sweep and tonight's of real processes (tests/leaks/leaky.rb), in one history: one leak stays and grows, one is
# mended, one is new.
class TestHistory < E2E::Test
  LEAKY = File.join(E2E::REPO, 'tests/leaks/leaky.rb')
  NOISE = 16_384
  # Night, leak, entries that it gains between two dumps.
  NIGHTS = { 'last' => { 'cache' => 600, 'closures' => 800 }, 'tonight' => { 'cache' => 1000, 'queue' => 900 } }.freeze
  HOLDERS = { 'cache' => 'Registry', 'closures' => 'Hooks', 'queue' => 'queue' }.freeze

  def self.folder
    E2E.shared('history') do |dir|
      NIGHTS.each do |night, leaks|
        FileUtils.mkdir_p(File.join(dir, night))
        leaks.each do |leak, n|
          run = E2E.execute([RbConfig.ruby, LEAKY, leak, File.join(dir, night, leak), n.to_s])
          raise run.to_s unless run.status.zero?
        end
      end
    end
  end

  # { night => its dumps }
  def self.nights
    NIGHTS.to_h { |night, leaks| [night, leaks.keys.flat_map { |leak| (0..2).map { |i| File.join(folder, night, "#{leak}.#{i}.json") } }] }
  end

  def database
    File.join(@dir, 'leaks.db')
  end

  def sweep(night, *args, status: 0, **options)
    run = heapbatch_json('--history', database, *args, *self.class.nights[night], **options)
    assert_status status, run
    run
  end

  # The one large finding that names the holder of a leak; what is gone has its bytes in the trend.
  def finding(run, leak)
    found = run.json['fleet']['findings'].select do |f|
      f['path'].include?(HOLDERS[leak]) && [f['memsize'], (f['trend_memsize'] || 0).abs].max >= NOISE
    end
    assert_equal 1, found.size, "#{leak}: #{found}"
    found.first
  end

  def show(*args, status: 0)
    out, err, ended = Open3.capture3(E2E::PROGRAM, 'history', *args)
    assert_equal status, ended.exitstatus, err
    [out, err]
  end

  def test_two_nights
    first = sweep('last')
    assert_equal([nil], first.json['fleet']['findings'].map { |f| f['state'] }.uniq)
    run = sweep('tonight')
    old = finding(first, 'cache')
    known, fixed, fresh = %w[cache closures queue].map { |leak| finding(run, leak) }
    assert_equal [old['fingerprint'], 'known', 1], known.values_at('fingerprint', 'state', 'sweeps')
    assert_equal known['memsize'] - old['memsize'], known['trend_memsize']
    assert_match(/\A\d{4}-\d\d-\d\dT[\d:.]+Z\z/, known['since'])
    assert_equal ['gone', 0, 0, []], fixed.values_at('state', 'memsize', 'series', 'names')
    assert_equal(-finding(first, 'closures')['memsize'], fixed['trend_memsize'])
    assert_equal ['new', nil, 0], fresh.values_at('state', 'since', 'sweeps')
    assert_equal 'gone', run.json['fleet']['findings'].last['state']

    # The same sweep again, with any number of ranks, is the same sweep.
    [1, 2, 4].each { |ranks| assert_equal run.json_text, sweep('tonight', ranks: ranks, spread: false).json_text }
    sweeps = JSON.parse(show(database, '--sweeps', '--json').first)['sweeps']
    assert_equal 2, sweeps.size
    assert_match(/ GONE$/, run.out)
    assert_shown(known, fixed, fresh)
  end

  def assert_shown(*findings)
    listed = JSON.parse(show(database, '--json').first)['findings'].to_h { |f| [f['fingerprint'], f['state']] }
    findings.each { |f| assert_equal f['state'], listed[f['fingerprint']] }
    course = JSON.parse(show(database, findings.first['fingerprint'], '--json').first)['course']
    assert_equal(%w[new known], course.map { |row| row['state'] })
    show(database).first.lines.each { |line| assert_operator line.chomp.size, :<=, 100, line }
  end

  def test_gates
    sweep('last', '--fail-on', 'new') # there is nothing to compare with
    run = sweep('tonight')
    fresh = run.json['fleet']['findings'].select { |f| f['state'] == 'new' }.map { |f| f['fingerprint'] }
    sweep('tonight', '--fail-on', 'new', status: 2)
    allow = put('allow', "# known to us\n#{fresh.join(" # why\n")}\n\n")
    sweep('tonight', '--fail-on', 'new', '--allow', allow)
    bad = sweep('tonight', '--fail-on', 'new', '--allow', put('bad', "# x\nnothing\n"), status: 1)
    assert_match(/line 2/, bad.err)
    sweep('tonight', '--fail-on', 'new', '--allow', File.join(@dir, 'none'), status: 4)
    alone = heapbatch('--fail-on', 'new', *self.class.nights['last'])
    assert_status 1, alone
    assert_match(/--history/, alone.err)
  end

  # By times of a manifest; what does not grow by them, or has none, is no reason to fail.
  def test_gate_of_growth
    paths = self.class.nights['last'].grep(/cache/)
    rows = paths.each_with_index.map { |path, i| "#{path}\tcache\t#{1_709_806_500 + (i * 3600)}\n" }
    timed = ['--manifest', put('manifest', rows.join)]
    run = heapbatch_json('--fail-on', 'growth', *timed)
    assert_status 2, run
    growing = run.json['fleet']['findings'].select { |f| f['rate']&.positive? }.map { |f| f['fingerprint'] }
    growing.each { |print| assert_match(/finding #{print} grows/, run.err) }
    assert_status 0, heapbatch('--fail-on', 'growth', '--allow', put('allow', growing.join("\n")), *timed)
    FileUtils.touch(paths)
    untimed = heapbatch('--fail-on', 'growth', *paths)
    assert_status 0, untimed
    assert_match(/no dump has a time/, untimed.err)
  end

  def refused(words, **options)
    assert_match words, sweep('last', status: 4, **options).err
    assert_match words, show(database, status: 4).last if options.empty?
  end

  def test_files_that_are_no_history
    File.write(database, "no database\n" * 1000)
    refused(/no history/)
    assert_equal "no database\n" * 1000, File.read(database)
    File.delete(database)
    system('sqlite3', database, 'CREATE TABLE mine (a)', exception: true)
    refused(/no history/)
    File.delete(database)
    sweep('last')
    system('sqlite3', database, 'PRAGMA user_version = 9', exception: true)
    refused(/newer/)
  end

  def test_locked
    sweep('last')
    Open3.popen2('sqlite3', database) do |input, output|
      input.puts 'BEGIN EXCLUSIVE; SELECT 1;'
      assert_equal "1\n", output.gets
      assert_match(/locked/, sweep('tonight', status: 4).err)
      input.puts 'ROLLBACK;'
    end
    sweep('tonight')
  end

  def test_folder_that_cannot_be_written
    prefix = %w[setpriv --reuid=65534 --regid=65534 --clear-groups]
    skip 'there is no setpriv' unless system(*prefix, 'true', err: File::NULL)

    sweep('last')
    FileUtils.chmod(0o555, @dir)
    program = File.join(self.class.folder, 'heapbatch')
    FileUtils.cp(E2E::PROGRAM, program)
    FileUtils.chmod(0o755, [E2E::SHARED, self.class.folder, program])
    dump = self.class.nights['last'].first
    FileUtils.chmod(0o755, File.dirname(dump))
    FileUtils.chmod(0o644, [dump, database])
    run = heapbatch('--history', database, dump, prefix: prefix, program: program, env: { 'TMPDIR' => '/tmp' })
    assert_status 4, run
    assert_match(/history cannot be used/, run.err)
  end

  # Several ranks answer once.
  def test_under_mpirun
    alone = E2E.execute([E2E::PROGRAM, 'history', '--help'])
    several = heapbatch('history', '--help', ranks: 3, validate: false, spread: false)
    assert_status 0, several
    assert_equal alone.out, several.out
    assert_status 1, heapbatch('history', '--wrong', ranks: 2, validate: false, spread: false)
  end

  def test_usage
    show('--help')
    [[], ['a', '--wrong'], ['a', 'b'], ['a', '--sweeps', '--findings'], ['']].each { |args| show(*args, status: 1) }
    show(File.join(@dir, 'none'), status: 4)
    sweep('last')
    show(database, 'f' * 16, status: 1)
  end
end
