# frozen_string_literal: true

# The job scripts of slurm/ under a Slurm that is started for it (cluster.rb): ruby tests/slurm/run.rb [-n /pattern/]

require 'minitest'
require 'minitest/autorun'
require 'shellwords'
require_relative 'cluster'

if (why = Cluster.missing)
  puts "slurm: SKIPPED, there is no Slurm to start: #{why}"
  $stdout.flush
  exit!(0)
end

class TestSlurm < Minitest::Test
  SCRIPTS = File.join(E2E::REPO, 'slurm')
  COPIES = 12
  USR1_PENDING = 1 << (Signal.list['USR1'] - 1)

  class << self
    def cluster
      @cluster ||= Cluster.new.tap { |cluster| Minitest.after_run { cluster.stop } }.start
    end

    # 60 series of three dumps, in a folder with a blank in its name: long enough to be stopped halfway.
    def dumps
      @dumps ||= begin
        dir = "#{cluster.dir}/the dumps/2024-03-07"
        FileUtils.mkdir_p(dir)
        E2E::SERIES.product((0...COPIES).to_a) do |name, i|
          E2E.series_paths(name).each_with_index { |path, k| FileUtils.cp(path, "#{dir}/#{name}-#{i}.#{k}.json.gz") }
        end
        Dir["#{dir}/*"].sort
      end
    end

    # What one process without Slurm says of all.
    def wanted
      @wanted ||= E2E.heapbatch_json(*dumps, '--quiet', validate: false, timeout: 120).json_text.b
    end
  end

  def cluster
    self.class.cluster
  end

  def dumps
    self.class.dumps
  end

  def setup
    flunk "#{E2E::PROGRAM} is not there: build it first, or name it in HEAPBATCH" unless File.executable?(E2E::PROGRAM)
    self.class.wanted
    @dir = Dir.mktmpdir('of the test ', cluster.dir)
    @out = "#{@dir}/the reports"
  end

  def submit(*words, env: {})
    own = { 'HEAPBATCH' => E2E::PROGRAM, 'HEAPBATCH_OUT' => @out, 'OMPI_MCA_rmaps_base_oversubscribe' => '1' }
    out, err, status = cluster.command(*words, env: own.merge(env), chdir: @dir)
    assert_equal 0, status, "#{words.first(4).join(' ')}\n#{out}#{err}"
    out.split.map { |id| id[/\d+/] }
  end

  def manifest(paths = dumps)
    "#{@dir}/the manifest".tap { |file| File.write(file, paths.map { |path| "#{path}\n" }.join) }
  end

  # What the jobs have written.
  def output
    Dir["#{@dir}/**/slurm-*.out"].sort.map { |file| "#{File.basename(file)}:\n#{File.read(file)}" }.join
  end

  # The job's exit status, when it has ended.
  def status_of(id, seconds = 90)
    state = nil
    Cluster.poll("the end of job #{id}: #{state}\n#{cluster.logs}", seconds) do
      (state = cluster.job(id))['JobState'].to_s =~ /\A(COMPLETED|FAILED|TIMEOUT|CANCELLED|NODE_FAIL|BOOT_FAIL|OUT_OF_MEMORY)/
    end
    assert_match(/\A(COMPLETED|FAILED)/, state['JobState'], output)
    state['ExitCode'][/\d+/].to_i
  end

  def assert_wanted(out = @out)
    assert_equal self.class.wanted, File.binread("#{out}/fleet.json"), output
  end

  def done(out)
    File.file?("#{out}/journal") ? File.readlines("#{out}/journal").count { |line| line.include?(' done ') } : 0
  end

  # heapbatch itself, not what launches it: the processes of this test.
  def ranks(out)
    Dir['/proc/[0-9]*/cmdline'].filter_map do |file|
      words = File.binread(file).split("\0") rescue next
      file[/\d+/].to_i if words[0] == E2E::PROGRAM && words.include?(out)
    end
  end

  def usr1_pending?(pid)
    File.read("/proc/#{pid}/status")[/^ShdPnd:\s*(\h+)/, 1].to_i(16).anybits?(USR1_PENDING)
  end

  # Holds a run that is halfway, until all its ranks have got the USR1 that the block has sent; then it goes on and finds
  # it. Neither how long Slurm takes nor how fast the run is matters.
  def stop_halfway(out, n_ranks, after: 2, wait: 60)
    Cluster.poll("a run that is halfway\n#{output}", 60) { done(out) > after && ranks(out).size == n_ranks }
    held = ranks(out)
    held.each { |pid| Process.kill('STOP', pid) }
    assert_operator done(out), :<, dumps.size / 3, 'it was too fast'
    yield
    Cluster.poll("USR1 at all ranks\n#{output}", wait) { held.all? { |pid| usr1_pending?(pid) } }
  ensure
    held&.each { |pid| Process.kill('CONT', pid) rescue Errno::ESRCH }
  end

  def usr1(id)
    cluster.command('scancel', '--batch', '--signal=USR1', id)
  end

  def assert_stopped_once(id)
    assert_equal 0, status_of(id), output
    assert_equal '1', cluster.job(id)['Restarts']
    assert_match(/USR1: stopping.*stopped; queued again \(restart 1 of/m, output)
    assert_wanted
  end

  def test_one_node
    id, = submit('sbatch', '--parsable', '--ntasks=2', "#{SCRIPTS}/one-node.sbatch", *dumps)
    stop_halfway(@out, 2) { usr1(id) }
    assert_stopped_once(id)
  end

  %w[srun mpirun].each do |launch|
    define_method("test_multi_node_#{launch}") do
      id, = submit('sbatch', '--parsable', "#{SCRIPTS}/multi-node.sbatch", env: { 'HEAPBATCH_LAUNCH' => launch, 'HEAPBATCH_MANIFEST' => manifest })
      stop_halfway(@out, 2) { usr1(id) }
      assert_equal '2', cluster.job(id)['NumNodes']
      assert_stopped_once(id)
    end
  end

  # Series that are too large for a rank's part of its node's memory, and not for its node's, are for a node each.
  def test_nodes_side_by_side
    id, = submit('sbatch', '--parsable', '--ntasks-per-node=2', "#{SCRIPTS}/multi-node.sbatch", '--memory', '4M', '--log', 'info',
                 env: { 'HEAPBATCH_MANIFEST' => manifest, 'OMPI_MCA_mpi_yield_when_idle' => '1',
                        'OMPI_MCA_btl' => 'tcp,self' }) # shared memory mixes up two nodes of one machine
    assert_equal 0, status_of(id), output
    assert_match(/12 series are for a rank each, 48 for a node each, 0 for all ranks together/, output)
    assert_wanted
  end

  # A rank that dies takes the others along; started again, the job goes on.
  def test_a_rank_dies
    id, = submit('sbatch', '--parsable', '--ntasks=2', "#{SCRIPTS}/one-node.sbatch", *dumps)
    _, victim = Cluster.poll("a run that is halfway\n#{output}", 60) { done(@out) > 2 && ranks(@out).then { |both| both if both.size == 2 } }
    Process.kill('KILL', victim)
    assert_equal 0, status_of(id), output
    assert_match(/a rank has died \(status 1\d\d\): start 2 of at most 4/, output)
    assert_equal '0', cluster.job(id)['Restarts']
    assert_wanted
  end

  # Left alone, of a script that is not where it was submitted from: the report of a run without Slurm, and its status.
  def test_left_alone
    copy = "#{@dir}/the scripts"
    FileUtils.cp_r(SCRIPTS, copy)
    id, = submit('sbatch', '--parsable', '--ntasks=2', "#{copy}/one-node.sbatch", *dumps)
    limits, = submit('sbatch', '--parsable', '--ntasks=1', "#{copy}/one-node.sbatch", '--fail-on', 'objects=1', *dumps.first(3),
                     env: { 'HEAPBATCH_OUT' => "#{@out}.limits" })
    assert_equal 0, status_of(id), output
    assert_wanted
    assert_equal 2, status_of(limits), output
  end

  # Slurm itself sends the signal, by the script's own #SBATCH --signal: a minute is less than its 180 seconds.
  def test_time_limit
    id, = submit('sbatch', '--parsable', '--ntasks=2', '--time=1', "#{SCRIPTS}/one-node.sbatch", *dumps)
    stop_halfway(@out, 2) { nil }
    assert_equal 0, status_of(id), output
    assert_operator cluster.job(id)['Restarts'].to_i, :>=, 1
    assert_wanted
  end

  def test_restarts_are_limited
    id, = submit('sbatch', '--parsable', '--ntasks=1', "#{SCRIPTS}/one-node.sbatch", *dumps, env: { 'HEAPBATCH_RESTARTS' => '0' })
    stop_halfway(@out, 1) { usr1(id) }
    assert_equal 75, status_of(id), output
    assert_includes output, 'stopped; submit it again to go on'
    id, = submit('sbatch', '--parsable', '--ntasks=1', "#{SCRIPTS}/one-node.sbatch", *dumps)
    assert_equal 0, status_of(id), output
    assert_wanted
  end

  # Task 1 cannot write; task 0 is stopped and queued again, which the merge waits for. Done once more, nothing is missing.
  def test_array
    FileUtils.mkdir_p(@out)
    File.write("#{@out}/part-1", 'in the way')
    array, merge = submit("#{SCRIPTS}/submit-array.sh", manifest, env: { 'HEAPBATCH_TASKS' => '3' })
    task = Cluster.poll('task 0', 30) { cluster.command('squeue', '-h', '-t', 'R', '-o', '%A %K', '-j', array)[0][/^(\d+) 0$/, 1] }
    stop_halfway("#{@out}/part-0", 1) { usr1(task) }
    assert_equal 3, status_of(merge), output
    assert_equal '1', cluster.job(task)['Restarts'], output
    missing = JSON.parse(File.read("#{@out}/fleet.json"))['problems'].to_s
    names = dumps.map { |path| path[/.*(?=[.]\d[.]json)/] }.uniq
    lost, kept = names.partition { |name| missing.match?(/#{Regexp.escape(name)}\b(?!-)/) }
    assert_equal [20, 40], [lost.size, kept.size], missing

    File.unlink("#{@out}/part-1")
    env = { 'HEAPBATCH_TASKS' => '3', 'HEAPBATCH_MANIFEST' => manifest }
    again, = submit('sbatch', '--parsable', '--array=1', "#{SCRIPTS}/array.sbatch", env: env)
    merge, = submit('sbatch', '--parsable', "--dependency=afterok:#{again}", "#{SCRIPTS}/merge.sbatch", env: env)
    assert_equal 0, status_of(merge), output
    assert_wanted
  end

  def test_nightly
    env = { 'HEAPBATCH_DUMPS' => File.dirname(dumps[0], 2), 'HEAPBATCH_REPORTS' => "#{@dir}/the nights", 'HEAPBATCH_NIGHT' => '2024-03-07' }
    env['HEAPBATCH_HISTORY'] = history = "#{@dir}/the history.db"
    [{}, { 'HEAPBATCH_TASKS' => '2', 'HEAPBATCH_REPORTS' => "#{@dir}/shared" }].each do |more|
      ids = submit("#{SCRIPTS}/nightly.sh", env: env.merge(more))
      assert_equal 0, status_of(ids.last), output
      sweeps = E2E.execute([E2E::PROGRAM, 'history', history, '--sweeps', '--json'])
      assert_equal 1, JSON.parse(sweeps.out)['sweeps'].size, sweeps.to_s   # of the same files: the same sweep
      assert_wanted File.join(env.merge(more)['HEAPBATCH_REPORTS'], '2024-03-07')
    end
    _, err, status = cluster.command("#{SCRIPTS}/nightly.sh", env: env.merge('HEAPBATCH_NIGHT' => 'never'))
    assert_equal [1, true], [status, err.include?('there are no dumps of this night')]
  end
end
