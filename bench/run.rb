#!/usr/bin/env ruby
# frozen_string_literal: true

# Measures heapbatch against `igzip -dc` on the series that bench/make_dumps.sh made, and prints a table.
#
# Method: in every round each series is read by each configuration once, in turn, so that what else the machine does
# hits all of them alike. The first round is preceded by one that reads the files into the page cache and is
# not counted. A ratio is the median of the rounds' own ratios (heapbatch over igzip in the same round), which
# drifts less than a ratio of medians. Memory is the sum over ranks of each rank's peak resident set, as
# /usr/bin/time reports it, and the largest of all runs; pages shared between ranks are counted for each.
#
# Exit status: 0 all well, 1 a run failed, two runs of one series gave different JSON, or there is nothing to
# measure, 2 a bound was exceeded and --strict was given.

require 'digest'
require 'json'
require 'optparse'
require 'timeout'
require 'tmpdir'

ROOT = File.expand_path('..', __dir__)
MEMORY_PER_OBJECT = 80
MEMORY_PER_RANK = 64 * 1024 * 1024
LIST_FACTOR = 2.0
# A series with a list, and the one without that it is compared with.
LIST_SERIES = { 'small-list' => 'small', 'small-shuffled' => 'small', 'list1m' => 'main' }.freeze
QUICK = %w[small small-list small-shuffled].freeze
ALL = %w[small small-list small-shuffled main list1m].freeze

OMPI = { 'OMPI_ALLOW_RUN_AS_ROOT' => '1', 'OMPI_ALLOW_RUN_AS_ROOT_CONFIRM' => '1' }.freeze
CROWDED = OMPI.merge('OMPI_MCA_mpi_yield_when_idle' => '1').freeze

# launcher: what stands before the program and its options.
Config = Struct.new(:name, :ranks, :threads, :launcher, :env)
BASELINE = Config.new('igzip -dc', 0, 1, [], {})
CONFIGS = [
  Config.new('1 rank, 2 threads', 1, 2, [], OMPI),
  Config.new('2 ranks, 1 thread', 2, 1, %w[mpirun -n 2], OMPI),
  Config.new('16 ranks on 2 cores', 16, 1, %w[mpirun --oversubscribe -n 16], CROWDED)
].freeze

Series = Struct.new(:name, :files, :objects)
Run = Struct.new(:seconds, :bytes, :digest)

class RunFailed < StandardError; end

# Runs one command after the other and measures each; what it leaves goes to a scratch directory.
class Bench
  def initialize(options, scratch)
    @options = options
    @peaks = File.join(scratch, 'peaks')
    @json = File.join(scratch, 'report.json')
    @log = File.join(scratch, 'log')
  end

  def measure(config, series)
    [@peaks, @json].each { |path| File.delete(path) if File.exist?(path) }
    what = "#{series.name}, #{config.name}"
    seconds = wall(config.env, command(config, series), what)
    return Run.new(seconds, 0, nil) if config.equal?(BASELINE)

    Run.new(seconds, peak_bytes(config), digest(what))
  end

  private

  def command(config, series)
    return ['igzip', '-dc', *series.files] if config.equal?(BASELINE)

    time = ['/usr/bin/time', '-f', '%M', '-a', '-o', @peaks]
    [*config.launcher, *time, *program(config), *series.files]
  end

  def program(config)
    return @options[:stand_in].split if @options[:stand_in]

    [@options[:program], '--quiet', '--series', 'one', '--threads', config.threads.to_s, '--json', @json]
  end

  def wall(env, command, what)
    start = now
    pid = spawn(env, *command, in: '/dev/null', out: '/dev/null', err: [@log, 'w'], pgroup: true)
    status = wait(pid)
    took = now - start
    return took if status&.success?

    why = status ? status.to_s.sub(/\Apid \d+ /, '') : "stopped after #{@options[:timeout]} s"
    raise RunFailed, "#{what}: #{why}\n  #{command.join(' ')}\n#{File.read(@log).lines.last(20).join}"
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

  def digest(what)
    return nil if @options[:stand_in]
    raise RunFailed, "#{what}: no JSON was written" unless File.size?(@json)

    Digest::SHA256.file(@json).hexdigest
  end

  # One line of KiB for every rank.
  def peak_bytes(config)
    lines = File.readlines(@peaks).grep(/\A\d+\Z/)
    raise RunFailed, "#{config.name}: memory of #{lines.size} ranks, not #{config.ranks}" if lines.size != config.ranks

    lines.sum(&:to_i) * 1024
  end
end

# All runs, and the figures drawn from them.
class Results
  def initialize(all_series, configs)
    @all_series = all_series
    @configs = configs
    @runs = Hash.new { |all, key| all[key] = [] }
  end

  def add(series, config, run)
    @runs[[series.name, config.name]] << run
  end

  def seconds(name, config)
    @runs.fetch([name, config.name]).map(&:seconds)
  end

  def ratio(name, config, other_name, other)
    pairs = seconds(name, config).zip(seconds(other_name, other))
    median(pairs.map { |mine, theirs| mine / theirs })
  end

  def peak(name, config)
    @runs.fetch([name, config.name]).map(&:bytes).max
  end

  def digests(name)
    @configs.flat_map { |config| @runs.fetch([name, config.name]).map(&:digest) }.uniq
  end

  def median(values)
    sorted = values.sort
    half = sorted.size / 2
    sorted.size.odd? ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  end

  def self.budget(series, config)
    MEMORY_PER_OBJECT * series.objects + MEMORY_PER_RANK * config.ranks
  end
end

# The tables, in Markdown, so that they can be pasted into bench/README.md.
class Tables
  def initialize(results, all_series, configs)
    @results = results
    @all_series = all_series
    @configs = configs
    @exceeded = []
  end

  attr_reader :exceeded

  def print_all(rounds)
    puts "#{rounds} rounds; #{machine}", ''
    times
    puts
    memory
    puts
    lists
  end

  private

  def machine
    cpu = File.read('/proc/cpuinfo')[/^model name\s*: (.*)/, 1]
    load = File.read('/proc/loadavg').split.first(3).join(' ')
    "#{`nproc`.strip} CPUs (#{cpu}), load at the end #{load}, #{Time.now.strftime('%F')}, #{commit}"
  end

  def commit
    described = `git -C '#{ROOT}' describe --always --dirty 2>/dev/null`.strip
    described.empty? ? 'no commit' : "commit #{described}"
  end

  def table(heads, rows)
    puts "| #{heads.join(' | ')} |", "|#{'---|' * heads.size}"
    rows.each { |row| puts "| #{row.join(' | ')} |" }
  end

  def times
    rows = @all_series.flat_map do |series|
      [BASELINE, *@configs].map do |config|
        all = @results.seconds(series.name, config)
        ratio = @results.ratio(series.name, config, series.name, BASELINE)
        [series.name, config.name, *[@results.median(all), all.min, all.max, ratio].map { |v| format('%.2f', v) }]
      end
    end
    table(['series', 'configuration', 'median s', 'min s', 'max s', 'ratio to igzip'], rows)
  end

  def memory
    rows = @all_series.product(@configs).map do |series, config|
      peak = @results.peak(series.name, config)
      budget = Results.budget(series, config)
      [series.name, config.name, series.objects, peak / 1_000_000, format('%.1f', peak.fdiv(series.objects)),
       verdict(peak.fdiv(budget), 1.0, "memory of #{series.name}, #{config.name}")]
    end
    table(['series', 'configuration', 'objects of the last dump', 'peak MB, all ranks', 'bytes an object',
           'of the budget (80 B an object + 64 MiB a rank)'], rows)
  end

  def lists
    names = @all_series.map(&:name)
    pairs = LIST_SERIES.select { |list, plain| names.include?(list) && names.include?(plain) }
    rows = pairs.to_a.product(@configs).map do |(list, plain), config|
      factor = @results.ratio(list, config, plain, config)
      [list, plain, config.name, verdict(factor, LIST_FACTOR, "time of #{list}, #{config.name}")]
    end
    table(['with a list', 'without', 'configuration', "factor (at most #{LIST_FACTOR})"], rows) if rows.any?
  end

  def verdict(value, bound, what)
    shown = format('%.2f', value)
    return shown if value <= bound

    @exceeded << "#{what}: #{shown}, at most #{bound}"
    "**#{shown}, exceeded**"
  end
end

def find_series(dir, name)
  manifest = JSON.parse(File.read(File.join(dir, name, 'series.json')))
  files = manifest['dumps'].map { |dump| File.join(dir, name, "#{dump['name']}.gz") }
  files.each { |file| raise RunFailed, "#{file} is missing: run bench/make_dumps.sh" unless File.file?(file) }
  Series.new(name, files, manifest['dumps'].last['objects'])
rescue Errno::ENOENT
  raise RunFailed, "no series #{name} in #{dir}: run bench/make_dumps.sh"
end

# By default what has been made, so that the small series alone can be measured.
def choose_series(options)
  dir = options[:dir]
  names = options[:series]
  names = (options[:quick] ? QUICK : ALL).select { |n| File.exist?(File.join(dir, n, 'series.json')) } if names.empty?
  raise RunFailed, "no series in #{dir}: run bench/make_dumps.sh" if names.empty?

  names.map { |name| find_series(dir, name) }
end

def choose_configs(options)
  chosen = options[:ranks].empty? ? CONFIGS : CONFIGS.select { |c| options[:ranks].include?(c.ranks) }
  raise RunFailed, "--ranks: one of #{CONFIGS.map(&:ranks).join(', ')}" if chosen.empty?

  chosen
end

def run_all(options, all_series, configs, results)
  Dir.mktmpdir('heapbatch-bench') do |scratch|
    bench = Bench.new(options, scratch)
    (0..options[:runs]).each do |round|
      all_series.product([BASELINE, *configs]).each do |series, config|
        next if round.zero? && !config.equal?(BASELINE)

        run = bench.measure(config, series)
        warn format('round %d: %s, %s: %.2f s', round, series.name, config.name, run.seconds)
        results.add(series, config, run) if round.positive?
      end
    end
  end
end

# The report must not depend on ranks or threads; a benchmark of wrong answers is worth nothing.
def check_answers(results, all_series)
  all_series.each do |series|
    digests = results.digests(series.name)
    raise RunFailed, "#{series.name}: the configurations gave different JSON" if digests.size > 1
  end
end

def parse_options
  options = { dir: ENV.fetch('HEAPBATCH_BENCH_DIR', '/var/tmp/heapbatch-bench'), runs: 5, series: [], ranks: [],
              program: File.join(ROOT, 'build/heapbatch'), timeout: 600 }
  OptionParser.new do |o|
    o.on('--dir DIR', "where the series are (#{options[:dir]})") { |v| options[:dir] = v }
    o.on('--runs N', Integer, 'rounds (5)') { |v| options[:runs] = v }
    o.on('--series NAME,...', Array, "of #{ALL.join(', ')}") { |v| options[:series] = v }
    o.on('--quick', 'the small series only') { options[:quick] = true }
    o.on('--ranks N,...', Array, 'only the configurations with so many ranks') { |v| options[:ranks] = v.map(&:to_i) }
    o.on('--program FILE', 'the heapbatch to measure') { |v| options[:program] = File.expand_path(v) }
    o.on('--stand-in COMMAND', 'measure this instead, given the files, to try the benchmark') do |v|
      options[:stand_in] = v
    end
    o.on('--timeout SECONDS', Integer, 'of one run (600)') { |v| options[:timeout] = v }
    o.on('--strict', 'exit 2 when a bound is exceeded') { options[:strict] = true }
  end.parse!
  raise OptionParser::InvalidArgument, '--runs must be 1 or more' unless options[:runs].positive?

  options
end

def main
  options = parse_options
  raise RunFailed, "#{options[:program]} is not built" unless options[:stand_in] || File.executable?(options[:program])

  all_series = choose_series(options)
  configs = choose_configs(options)
  results = Results.new(all_series, configs)
  run_all(options, all_series, configs, results)
  check_answers(results, all_series)
  tables = Tables.new(results, all_series, configs)
  tables.print_all(options[:runs])
  tables.exceeded.each { |line| warn "exceeded: #{line}" }
  exit 2 if options[:strict] && tables.exceeded.any?
rescue RunFailed, OptionParser::ParseError => e
  warn "bench: #{e.message}"
  exit 1
end

main if $PROGRAM_NAME == __FILE__
