# frozen_string_literal: true

# A line of the table. ratio_of: in words. at: :most or :least. jobs: the runs that it needs in one round. value: makes
# the ratio of these runs, nil when they do not tell it. missing: what to run before it can be measured.
Row = Struct.new(:what, :config, :ratio_of, :at, :bound, :jobs, :value, :missing, keyword_init: true) do
  def asked
    "at #{at} #{format('%g', bound.round(3))}"
  end

  def met?(ratio)
    at == :most ? ratio <= bound : ratio >= bound
  end

  def ratios(results)
    results.by_round(*jobs) { |*runs| value.call(*runs) }
  end
end

# What is asked of heapbatch. Each method makes the rows of one requirement.
class Rows
  include Configs

  BYTES_AN_OBJECT = 80
  BYTES_A_RANK = 64_000_000
  TWO = [RANKS, THREADS].freeze

  def initialize(dumps, nothing_program)
    @dumps = dumps
    @nothing_program = nothing_program
  end

  def all
    [read, everything, series, plain, scaling, sizes, memory, start, crowd, lists].flatten
  end

  # The bytes that a run of these files by so many ranks may take.
  def self.budget(files, ranks)
    BYTES_AN_OBJECT * files.last_objects + BYTES_A_RANK * ranks
  end

  private

  def row(what, config, ratio_of, bound, jobs, at: :most, missing: nil, &value)
    commands = [missing, *jobs.map { |job| job.files.missing }].compact.uniq
    Row.new(what: what, config: config.name, ratio_of: ratio_of, at: at, bound: bound, jobs: jobs, value: value,
            missing: commands.empty? ? nil : commands.join(' && '))
  end

  # The first job's time over the second's.
  def time_row(what, config, ratio_of, bound, jobs, **rest)
    row(what, config, ratio_of, bound, jobs, **rest) { |one, other| one.seconds / other.seconds }
  end

  def read
    TWO.map do |config|
      jobs = [Job.new(config, @dumps.one), Job.new(IGZIP, @dumps.one)]
      what = "read, inflate, scan one dump (#{@dumps.one.label})"
      row(what, config, 'stage read / igzip', 1.5, jobs) { |run, igzip| run.stages['read']&./(igzip.seconds) }
    end
  end

  def everything
    TWO.map { |config| against_igzip("one dump (#{@dumps.one.label}), everything", config, @dumps.one, 3.0) }
  end

  def series
    what = "series of three (#{@dumps.series.label}), everything"
    TWO.map { |config| against_igzip(what, config, @dumps.series, 2.2) }
  end

  def against_igzip(what, config, files, bound)
    time_row(what, config, 'heapbatch / igzip', bound, [Job.new(config, files), Job.new(IGZIP, files)])
  end

  def plain
    TWO.map do |config|
      jobs = [@dumps.one_plain, @dumps.one].map { |files| Job.new(config, files) }
      time_row("one dump plain in the page cache (#{@dumps.one_plain.label})", config, 'plain / gzip', 1.0, jobs)
    end
  end

  def scaling
    [@dumps.one, @dumps.series].flat_map do |files|
      [faster('1 rank to 2 ranks', RANKS, files), faster('1 thread to 2 threads', THREADS, files)]
    end
  end

  def faster(what, config, files)
    jobs = [Job.new(SERIAL, files), Job.new(config, files)]
    time_row("#{what}, whole (#{files.label})", config, '1 / 2', 1.7, jobs, at: :least)
  end

  def sizes
    names = @dumps.sizes.map(&:label).join(', ')
    TWO.flat_map do |config|
      [spread("time an object, #{names}", config) { |run, objects| run.seconds / objects },
       spread("memory an object, #{names}", config) { |run, objects| run.bytes.fdiv(objects) }]
    end
  end

  # Of the most that one of the sizes takes for an object over the least.
  def spread(what, config)
    files = @dumps.sizes
    row(what, config, 'most / least', 1.15, files.map { |set| Job.new(config, set) }) do |*runs|
      each = runs.zip(files).map { |run, set| yield run, set.last_objects }
      each.max / each.min
    end
  end

  def memory
    files = @dumps.series
    [THREADS, RANKS, CROWD].map do |config|
      row("peak memory of all ranks (#{files.label})", config, 'peak / (80 B an object + 64 MB a rank)', 1.0,
          [Job.new(config, files)]) { |run| run.bytes.fdiv(Rows.budget(files, config.ranks)) }
    end
  end

  def start
    built = File.executable?(@nothing_program) ? nil : 'make bench-programs'
    [NOTHING_ALONE, NOTHING].map do |nothing|
      time_row(@dumps.tiny.label, THREADS, "heapbatch / #{nothing.name}", 2.0,
               [THREADS, nothing].map { |config| Job.new(config, @dumps.tiny) }, missing: built)
    end
  end

  def crowd
    jobs = [CROWD, RANKS].map { |config| Job.new(config, @dumps.series) }
    [time_row("16 ranks on 2 cores (#{@dumps.series.label})", CROWD, '16 ranks / 2 ranks', 1.3, jobs)]
  end

  def lists
    @dumps.lists.product([THREADS, RANKS, CROWD]).map do |list, config|
      time_row("with a list (#{list.label})", config, "#{list.label} / #{@dumps.series.label}", 2.0,
               [list, @dumps.series].map { |files| Job.new(config, files) })
    end
  end
end
