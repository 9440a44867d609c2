# frozen_string_literal: true

require 'digest'
require 'json'
require 'timeout'

class RunFailed < StandardError; end

# How a program is started. kind: :heapbatch, :igzip, or :nothing, an MPI program that only starts and stops.
# launcher: what stands before the program.
Config = Struct.new(:name, :kind, :ranks, :threads, :launcher, :env)

module Configs
  ROOT_MAY = { 'OMPI_ALLOW_RUN_AS_ROOT' => '1', 'OMPI_ALLOW_RUN_AS_ROOT_CONFIRM' => '1' }.freeze
  # What a heapbatch that no launcher started sets for itself before MPI_Init (stay_alone in base/comm.c).
  ALONE = { 'OMPI_MCA_ess_singleton_isolated' => '1', 'OMPI_MCA_orte_create_session_dirs' => '0',
            'OMPI_MCA_pml' => 'ob1', 'OMPI_MCA_btl' => 'self' }.freeze

  def self.heapbatch(name, ranks, threads, *launcher)
    Config.new(name, :heapbatch, ranks, threads, launcher, ROOT_MAY)
  end

  IGZIP = Config.new('igzip -dc', :igzip, 1, 1, [], {})
  NOTHING = Config.new('MPI alone', :nothing, 1, 1, [], ROOT_MAY)
  NOTHING_ALONE = Config.new('MPI alone, set like heapbatch', :nothing, 1, 1, [], ROOT_MAY.merge(ALONE))
  SERIAL = heapbatch('1 rank, 1 thread', 1, 1)
  THREADS = heapbatch('1 rank, 2 threads', 1, 2)
  RANKS = heapbatch('2 ranks', 2, 1, 'mpirun', '-n', '2')
  CROWD = heapbatch('16 ranks on 2 cores', 16, 1, 'mpirun', '--oversubscribe', '-n', '16')
end

# One run of every round.
Job = Struct.new(:config, :files)

# seconds: wall time. bytes: the ranks' peak resident sets, added up. faults: their page faults. digests: of the JSON of
# each repetition. stages: seconds by name, in the order of the work; empty for other programs.
Run = Struct.new(:seconds, :bytes, :faults, :digests, :stages)

# Runs one command after the other and measures each; what it leaves goes to a scratch directory.
class Runner
  # What takes less is run several times, and the run with the median time stands for all: a blink measures the machine.
  SHORT_SECONDS = 0.2
  REPETITIONS = 5

  def initialize(options, scratch)
    @options = options
    @peaks, @json, @timings, @log = %w[peaks report.json timings.json log].map { |name| File.join(scratch, name) }
  end

  def measure(job)
    runs = [once(job)]
    runs << once(job) while runs.first.seconds < SHORT_SECONDS && runs.size < REPETITIONS
    middle = runs.min_by(runs.size / 2 + 1, &:seconds).last
    middle.digests = runs.flat_map(&:digests).uniq
    middle
  end

  private

  def once(job)
    [@peaks, @json, @timings].each { |path| File.delete(path) if File.exist?(path) }
    what = "#{job.files.label}, #{job.config.name}"
    seconds = wall(job.config.env, command(job), what)
    bytes, faults = usage(job.config, what)
    return Run.new(seconds, bytes, faults, [], {}) unless job.config.kind == :heapbatch && !@options[:stand_in]

    check_report(job.files, what)
    Run.new(seconds, bytes, faults, [Digest::SHA256.file(@json).hexdigest], stages(seconds))
  end

  def command(job)
    time = ['/usr/bin/time', '-f', '%M %R', '-a', '-o', @peaks]
    [*job.config.launcher, *time, *program(job.config), *(job.config.kind == :nothing ? [] : job.files.paths)]
  end

  def program(config)
    return %w[igzip -dc] if config.kind == :igzip
    return [@options[:nothing]] if config.kind == :nothing
    return @options[:stand_in].split if @options[:stand_in]

    [@options[:program], '--quiet', '--series', 'one', '--threads', config.threads.to_s, '--json', @json,
     '--timings', @timings]
  end

  def wall(env, command, what)
    start = now
    pid = spawn(env, *command, in: File::NULL, out: File::NULL, err: [@log, 'w'], pgroup: true)
    status = wait(pid)
    took = now - start
    return took if status&.success?

    why = status ? status.to_s.sub(/\Apid \d+ /, '') : "stopped after #{@options[:timeout]} s"
    raise RunFailed, "#{what}: #{why}\n  #{command.join(' ')}\n#{traces}"
  end

  # What the run said, and what GNU time said of each rank that ended.
  def traces
    [@log, @peaks].select { |path| File.exist?(path) }.map { |path| File.read(path).lines.last(20).join }.join
  end

  # nil after the time limit. Whatever ends the wait, Ctrl-C included, no rank is left running.
  def wait(pid)
    status = nil
    Timeout.timeout(@options[:timeout]) { status = Process.wait2(pid).last }
  rescue Timeout::Error
    nil
  ensure
    stop(pid) unless status
  end

  # mpirun takes its ranks along on SIGTERM; after SIGKILL they would live on.
  def stop(pid)
    Process.kill(:TERM, -pid)
    Timeout.timeout(10) { Process.wait(pid) }
  rescue Timeout::Error
    Process.kill(:KILL, -pid)
    Process.wait(pid)
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end

  # For every rank a line: KiB, page faults.
  def usage(config, what)
    lines = File.readlines(@peaks).grep(/\A\d+ \d+\Z/).map { |line| line.split.map(&:to_i) }
    raise RunFailed, "#{what}: memory of #{lines.size} ranks, not #{config.ranks}" if lines.size != config.ranks

    [lines.sum(&:first) * 1024, lines.sum(&:last)]
  end

  # The dumps' maker counted the objects with a program of its own.
  def check_report(files, what)
    report = JSON.parse(File.read(@json))
    counted = report['series'].flat_map { |series| series['dumps'].map { |dump| dump['objects'] } }
    return if files.objects.nil? || counted == files.objects

    raise RunFailed, "#{what}: the report has #{counted.join(', ')} objects, the dumps #{files.objects.join(', ')}"
  rescue Errno::ENOENT, JSON::ParserError, NoMethodError
    raise RunFailed, "#{what}: no report was written"
  end

  # Stages of one name, such as the reading of each dump, are added up. After the last stage the report is written; what
  # lies outside the program's own clock is the start and the end of MPI and of mpirun.
  def stages(seconds)
    timings = JSON.parse(File.read(@timings))
    sums = Hash.new(0.0)
    timings['stages'].each { |row| sums[row['stage']] += row['wall_s'] }
    sums['report'] = timings['wall_s'] - sums.values.sum
    sums['start and end'] = seconds - timings['wall_s']
    sums.default = nil
    sums
  rescue Errno::ENOENT, JSON::ParserError
    raise RunFailed, 'no --timings were written'
  end
end
