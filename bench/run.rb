#!/usr/bin/env ruby
# frozen_string_literal: true

# Measures heapbatch against `igzip -dc` and against itself on the dumps that bench/make_dumps.sh made, and its scanner
# against simdjson, and prints for each requirement a line with the ratio, what is asked, and whether it is met.
#
#   bench/lib/dumps.rb    which files
#   bench/lib/runner.rb   how a program is run and measured
#   bench/lib/scan.rb     the scanner against simdjson
#   bench/lib/rows.rb     the requirements: which runs, which ratio, which bound
#   bench/lib/results.rb  the runs by round, and whether their answers agree
#   bench/lib/tables.rb   Markdown
#
# Method: in every round each run that a requirement needs is done once, so that what else the machine does hits all of
# them alike. Their order is another one in each round: a run is slower after a pause, or after a small program, than
# after one whose memory it gets. Ratios are taken within a round; the median of the rounds' ratios is held against the
# bound.
#
# Exit status: 0 all well, 1 a run failed, two runs of the same files gave different JSON, or there is nothing to
# measure, 2 a requirement was not met and --strict was given.

require 'optparse'
require 'tmpdir'

%w[dumps runner scan results rows tables].each { |name| require_relative "lib/#{name}" }

BUILD = File.expand_path('../build', __dir__)
FULL_ROUNDS = 5
QUICK_ROUNDS = 2

def parse_options
  options = { dir: ENV.fetch('HEAPBATCH_BENCH_DIR', '/var/tmp/heapbatch-bench'), timeout: 600, tighten: 1.0, only: //,
              program: File.join(BUILD, 'heapbatch'), nothing: File.join(BUILD, 'bench/mpi_nothing') }
  OptionParser.new do |o|
    o.on('--quick', 'small dumps, fewer rounds') { options[:quick] = true }
    o.on('--rounds N', Integer, "rounds (#{FULL_ROUNDS}, quick #{QUICK_ROUNDS})") { |v| options[:rounds] = v }
    o.on('--only REGEX', Regexp, 'only the requirements whose words match') { |v| options[:only] = v }
    o.on('--dir DIR', "where the series are (#{options[:dir]})") { |v| options[:dir] = v }
    o.on('--program FILE', 'the heapbatch to measure') { |v| options[:program] = File.expand_path(v) }
    o.on('--timeout SECONDS', Integer, 'of one run (600)') { |v| options[:timeout] = v }
    o.on('--strict', 'exit 2 when a requirement is not met') { options[:strict] = true }
    o.on('--stand-in COMMAND', 'measure this instead, given the files, to try the benchmark') do |v|
      options[:stand_in] = v
    end
    o.on('--tighten FACTOR', Float, 'bounds so many times as strict, for the same') { |v| options[:tighten] = v }
  end.parse!
  options[:rounds] ||= options[:quick] ? QUICK_ROUNDS : FULL_ROUNDS
  raise OptionParser::InvalidArgument, '--rounds must be 1 or more' unless options[:rounds].positive?

  options
end

# The scanner's requirement, which has no runs of ours.
def scan_row(dumps)
  Row.new(what: "scan, dump in memory, all fields (#{dumps.one_plain.label})", config: 'one core',
          ratio_of: 'simdjson / heapbatch', at: :least, bound: 2.5, jobs: [], missing: Scan.missing(dumps.one_plain))
end

def choose_rows(options, dumps)
  rows = [scan_row(dumps), *Rows.new(dumps, options[:nothing]).all]
  rows.select! { |row| "#{row.what} #{row.config} #{row.ratio_of}".match?(options[:only]) }
  raise RunFailed, 'no requirement matches --only' if rows.empty?
  raise RunFailed, "nothing to measure: run #{rows.first.missing}" if rows.all?(&:missing)

  rows.each { |row| row.bound *= row.at == :most ? 1 / options[:tighten] : options[:tighten] }
end

# On small dumps most of the time goes to 16 ranks and to lists: there they are in the first round alone.
def jobs_of(rows, dumps, options, round)
  jobs = rows.reject(&:missing).flat_map(&:jobs).uniq
  return jobs unless options[:quick] && round > 1

  jobs.reject { |job| job.config == Configs::CROWD || dumps.lists.include?(job.files) }
end

def run_all(rows, dumps, options, results)
  jobs_of(rows, dumps, options, 1).map(&:files).uniq.each(&:warm)
  Dir.mktmpdir('heapbatch-bench') do |scratch|
    runner = Runner.new(options, scratch)
    (1..options[:rounds]).each do |round|
      results.begin_round
      jobs_of(rows, dumps, options, round).shuffle(random: Random.new(round)).each do |job|
        run = runner.measure(job)
        warn format('round %d: %s, %s: %.3f s', round, job.files.label, job.config.name, run.seconds)
        results.add(job, run)
      end
    end
  end
end

def measure_rows(rows, dumps, options, results)
  rows.map do |row|
    next [row, []] if row.missing
    next [row, Scan.ratios(dumps.one_plain, options[:quick])] if row.jobs.empty?

    [row, row.ratios(results)]
  end
end

def main
  options = parse_options
  raise RunFailed, "#{options[:program]} is not built" unless options[:stand_in] || File.executable?(options[:program])

  dumps = Dumps.new(options[:dir], options[:quick])
  rows = choose_rows(options, dumps)
  results = Results.new
  run_all(rows, dumps, options, results)
  results.check_answers
  tables = Tables.new(results)
  tables.print_all("#{options[:rounds]} rounds", measure_rows(rows, dumps, options, results), dumps)
  tables.not_met.each { |line| warn "not met: #{line}" }
  exit 2 if options[:strict] && tables.not_met.any?
rescue RunFailed, OptionParser::ParseError => e
  warn "bench: #{e.message}"
  exit 1
end

main if $PROGRAM_NAME == __FILE__
