# frozen_string_literal: true

require_relative 'support'
require_relative '../capture/serving'

# heapbatch-capture on real processes: through real rbtrace and real gdb, interrupted, killed, and where it has to refuse.
class TestCapture < E2E::Test
  CAPTURE = File.join(E2E::REPO, 'capture/heapbatch-capture')

  def setup
    super
    @servers = []
    @out = File.join(@dir, 'out')
  end

  def teardown
    @servers.each(&:stop)
    super
  end

  def serve(*words)
    Serving.new(*words).tap { |server| @servers << server }
  end

  def capture(*args, **options)
    E2E.execute([CAPTURE, '--out', @out, *args.map(&:to_s)], **options)
  end

  def dumps
    Dir[File.join(@out, '*.json*')].grep_v(/meta|tmp\z/).sort
  end

  # Every file that has its final name is whole; there is no other.
  def assert_whole_files
    dumps.each do |path|
      text = path.end_with?('.gz') ? Zlib::GzipReader.open(path, &:read) : File.read(path)
      assert text.end_with?("}\n"), path
      text.each_line.first(3).each { |line| JSON.parse(line) }
    end
    Dir[File.join(@out, '*.meta.json')].each { |path| JSON.parse(File.read(path)) }
  end

  def assert_nothing_left(server)
    server.wait_for('the child to end') { server.children.empty? }
    assert server.undisturbed?, File.read("/proc/#{server.pid}/status")
    assert_equal 'ok', server.ask
    assert_empty Dir[File.join(@out, '*.tmp')]
  end

  def assert_leak_named
    run = heapbatch_json(*Dir[File.join(@out, '*.json*')]) # the sidecars too
    assert_status 0, run
    series = run.json['series']
    assert_equal 1, series.size
    assert_equal dumps, series[0]['dumps'].map { |dump| dump['path'] }
    suspect = series[0]['suspects'][0]
    assert_equal ['HASH', 'constant_or_ivar'], [suspect['holder']['type'], suspect['held_by']], suspect
    assert_operator suspect['share_permille'], :>, 800
    assert(series[0]['dumps'].all? { |dump| dump['time_source'] == 'name' })
    suspect
  end

  def check_three(server, via, *args)
    run = nil
    server.under_load(clients: 2) { run = capture('--pid', server.pid, '--at', '0,1s,2s', *args) }
    assert_status 0, run
    assert_equal 0, server.lost, "of #{server.requests.size} requests"
    assert_operator server.requests.size, :>, 50
    assert_equal 3, dumps.size, run.to_s
    assert_equal dumps, run.out.lines.map(&:chomp)
    assert_whole_files
    assert_nothing_left(server)
    metas = dumps.map { |path| JSON.parse(File.read(path.sub(/[.]json([.]gz)?\z/, '.meta.json'))) }
    metas.each_with_index { |meta, i| check_meta(meta, server, via, dumps[i]) }
    assert_equal metas.map { |meta| meta['taken_at'] }.sort.uniq, metas.map { |meta| meta['taken_at'] }
    metas
  end

  def check_meta(meta, server, via, path)
    assert_equal File.basename(path), meta['dump']
    assert_equal [server.pid, via, Socket.gethostname], meta.values_at('pid', 'via', 'host')
    assert_equal File.read("/proc/#{server.pid}/cmdline").split("\0").join(' '), meta['command']
    assert_equal meta['gc_count'], meta['gc_stat']['count']
    assert_includes path, meta['taken_at'].tr('-:', '').sub(/[.]\d+/, '')
    %w[rss_bytes pss_bytes].each { |key| assert_operator meta[key], :>, 1_000_000, key }
    assert_equal 3, meta['load_average'].size
    assert_match(/\A\d+[.]\d+[.]\d+\z/, meta['ruby_version'])
    refute_includes meta.to_s, ENV.fetch('PATH')
  end

  def test_through_rbtrace
    server = serve(:threads, 'rbtrace')
    check_three(server, 'rbtrace', '--gzip')
    assert_leak_named
  end

  def test_through_gdb_traced
    server = serve(:threads)
    metas = check_three(server, 'gdb', '--trace-allocations', '--gzip')
    assert(metas.all? { |meta| meta['allocations_traced'] })
    assert_equal 'no', server.ask('traced')
    assert_match(%r{tests/capture/server.rb\z}, assert_leak_named['sites'][0]['file'])
  end

  def test_puma
    server = serve(:puma, 'rbtrace')
    check_three(server, 'rbtrace')
    assert(dumps.all? { |path| File.basename(path).start_with?("puma.#{server.pid}.") })
    assert_leak_named
  end

  # Through rbtrace its sleep would end, and the process with it. --full has empty slots.
  def test_a_main_thread_that_sleeps
    server = serve(:threads, 'rbtrace', 'sleeper')
    run = capture('--pid', server.pid, '--every', '1', '--count', '1', '--full')
    assert_status 0, run
    assert_includes run.err, 'its main thread sleeps'
    assert_equal 'gdb', JSON.parse(File.read(dumps[0].sub('.json', '.meta.json')))['via']
    assert_includes File.read(dumps[0]), '"type":"NONE"'
    assert_nothing_left(server)
  end

  def test_several_processes_one_of_which_ends
    servers = [serve(:threads), serve(:threads)]
    pids = servers.map(&:pid)
    run = nil
    thread = Thread.new { run = capture('--pid', pids.join(','), '--at', '0,6', '--gzip') }
    servers[0].wait_for('the first two') { dumps.size == 2 }
    servers[1].stop
    thread.join
    assert_status 3, run
    assert_includes run.err, "#{pids[1]}: the process has ended"
    assert_equal [2, 1], pids.map { |pid| dumps.grep(/[.]#{pid}[.]/).size }
    assert_whole_files
    assert_nothing_left(servers[0])
  end

  def test_interrupted_between_dumps
    %w[INT TERM KILL].each do |signal|
      server = serve(:threads)
      read, write = IO.pipe
      pid = Process.spawn(CAPTURE, '--out', @out, '--pid', server.pid.to_s, '--at', '0,1h', '--trace-allocations', out: write, err: File::NULL)
      read.gets # the first dump is there
      assert_equal 'yes', server.ask('traced')
      Process.kill(signal, pid)
      status = E2E.wait(pid, 20)
      assert_equal 75, status&.exitstatus, signal unless signal == 'KILL'
      server.wait_for("tracing to end (#{signal})") { server.ask('traced') == 'no' && Dir["/tmp/heapbatch-capture.#{pid}.*"].empty? }
      assert_nothing_left(server)
      assert_whole_files
    end
  end

  # Where all its processes are killed at once nobody is left to stop tracing: --stop-tracing does.
  def test_stop_tracing
    server = serve(:threads)
    read, write = IO.pipe
    pid = Process.spawn(CAPTURE, '--out', @out, '--pid', server.pid.to_s, '--at', '0,1h', '--trace-allocations', out: write, err: File::NULL,
                        pgroup: true)
    read.gets
    Process.kill('KILL', -pid)
    Process.wait(pid)
    assert_equal 'yes', server.ask('traced')
    assert_status 0, E2E.execute([CAPTURE, '--pid', server.pid.to_s, '--stop-tracing'])
    assert_equal 'no', server.ask('traced')
    assert_whole_files
    FileUtils.rm_rf(Dir["/tmp/heapbatch-capture.#{pid}.*"])
  end

  # What the child wrote does not fit: no file is left, the process goes on. Mounting needs root.
  def test_full_disk
    skip 'needs root to mount a small disk' unless Process.uid.zero? && system('unshare', '-m', 'true', err: File::NULL)
    server = serve(:threads)
    FileUtils.mkdir_p(@out)
    script = 'mount -t tmpfs -o size=200k none "$1" || exit 99; shift; PATH=$1:$PATH; shift; "$@"; status=$?; ls -A "${@: -1}"; exit $status'
    File.write(File.join(@dir, 'df'), "#!/bin/bash\necho 1000000000\n", perm: 0o755)
    run = E2E.execute(['unshare', '-m', 'bash', '-c', script, 'bash', @out, @dir, CAPTURE, '--pid', server.pid.to_s, '--at', '0', '--out', @out])
    skip 'no small disk can be mounted' if run.status == 99
    assert_status 3, run
    assert_match(/cat failed; is the disk full|child could not dump/, run.err)
    assert_empty run.out
    assert_nothing_left(server)
  end

  # At random moments, also while the child writes and while gdb is attached; the process that was started, or all.
  def test_killed
    seed = (ENV['SEED'] || Random.new_seed % 1_000_000).to_i
    dice = Random.new(seed)
    server = serve(:threads, 'ballast=300000')
    killed = []
    %w[KILL KILL KILL KILL TERM INT].each_with_index do |signal, i|
      pid = Process.spawn(CAPTURE, '--out', @out, '--pid', server.pid.to_s, '--every', '1', '--count', '9', out: File::NULL, err: File::NULL,
                          pgroup: true)
      killed << pid
      sleep(dice.rand(0.3..2.5))
      Process.kill(signal, i.even? ? pid : -pid)
      status = E2E.wait(pid, 20)
      assert_equal 75, status.exitstatus, "SEED=#{seed}" unless signal == 'KILL'
      server.wait_for("gdb and the child to end (SEED=#{seed})") { server.undisturbed? }
      assert_equal 'ok', server.ask, "SEED=#{seed}"
      assert_whole_files
    end
  ensure
    FileUtils.rm_rf(killed.flat_map { |pid| Dir["/tmp/heapbatch-capture.#{pid}.*"] })
  end

  # Tools that say that there is too little: of disk, and of memory.
  SHORT_DF = "#!/bin/bash\necho 100000\n"
  SHORT_AWK = <<~'BASH'
    #!/bin/bash
    [[ $* != *MemAvailable* ]] || { echo 100000; exit; }
    PATH=${PATH#*:} exec awk "$@"
  BASH

  def test_too_little_memory_and_disk
    server = serve(:threads)
    { 'df' => [SHORT_DF, 'disk below'], 'awk' => [SHORT_AWK, 'memory for'] }.each do |tool, (script, what)|
      bin = File.join(@dir, tool)
      FileUtils.mkdir_p(bin)
      File.write(File.join(bin, tool), script, perm: 0o755)
      run = capture('--pid', server.pid, '--at', '0', '--trace-allocations', env: { 'PATH' => "#{bin}:#{ENV.fetch('PATH')}" })
      assert_status 4, run
      assert_match(/#{what}.* MB are needed and 1 MB are free; .*--(gzip|trace)/, run.err)
      assert_empty dumps
      assert_equal 'no', server.ask('traced')
      assert_nothing_left(server)
    end
  end

  def test_processes_that_cannot_be_captured
    sleeper = Process.spawn('sleep', '60')
    { '4194303' => 'no such process', sleeper.to_s => 'not a Ruby process' }.each do |pid, why|
      run = capture('--pid', pid, '--at', '0')
      assert_status 3, run
      assert_includes run.err, why
    end
    run = capture('--match', 'no such command line [0-9]', '--at', '0')
    assert_status 3, run
    server = serve(:threads)
    assert_status 3, capture('--pid', server.pid, '--at', '0', '--via', 'rbtrace')
    Process.kill('STOP', server.pid)
    run = capture('--pid', server.pid, '--at', '0')
    Process.kill('CONT', server.pid)
    assert_status 3, run
    assert_includes run.err, 'kill -CONT'
  ensure
    Process.kill('KILL', sleeper)
    Process.wait(sleeper)
  end

  def test_usage
    [[], %w[--pid 1], %w[--pid 1 --at 0 --out], %w[--pid x --at 0], %w[--pid 1 --at 5,5], %w[--pid 1 --at 1d], %w[--pid 1 --every 1m],
     %w[--pid 1 --every 0 --count 2], %w[--pid 1 --every 1 --count 0], %w[--pid 1 --match x --at 0], %w[--match ( --at 0],
     %w[--pid 1 --at 0 --every 1m --count 2], %w[--pid 1 --at 0 --via ssh], %w[--pid 1 --at 0 more], %w[--at 0]].each do |args|
      run = capture(*args)
      assert_status 1, run
      assert_includes run.err, '--help', args.join(' ')
      assert_empty run.out
    end
    run = E2E.execute([CAPTURE, '--help'])
    assert_status 0, run
    assert_operator run.out.lines.map { |line| line.chomp.size }.max, :<=, 80
  end

  # A read whose time is over within a line keeps the front of it, blanks too; once such a line was lost, and the dump with it.
  def test_answers_that_come_in_pieces
    script = <<~'BASH'
      cd "$1"; declare -A say_fd heard; stopped="" front=""
      . ./messages.sh; . ./asking.sh
      is_alive() { true; }
      mkfifo "$2"; exec {fd}<>"$2"; say_fd[1]=$fd; number=7
      { for piece in '6 late' $'\n7' ' ' 'forked 12 {' $'}\n'; do printf %s "$piece" >&"$fd"; sleep 0.25; done; } &
      next_answer 1 60000 && echo "[$answer]"
    BASH
    run = E2E.execute(['bash', '-c', script, 'bash', File.join(E2E::REPO, 'capture'), File.join(@dir, 'say')])
    assert_equal "[forked 12 {}]\n", run.out, run.err
  end

  # Installed, it finds its files.
  def test_installed
    E2E.execute(['make', '-s', '-C', E2E::REPO, 'install-capture', "DESTDIR=#{@dir}/root", 'PREFIX=/opt/hb'])
    run = E2E.execute([File.join(@dir, 'root/opt/hb/bin/heapbatch-capture'), '--match', 'no such command line [0-9]', '--at', '0', '--out', @out])
    assert_status 3, run
  end
end
