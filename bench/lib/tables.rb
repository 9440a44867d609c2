# frozen_string_literal: true

# The tables, in Markdown, so that they can be pasted into bench/README.md.
class Tables
  include Configs

  ROOT = File.expand_path('../..', __dir__)
  SCALING = 1.7

  attr_reader :not_met

  def initialize(results)
    @results = results
    @not_met = []
  end

  def print_all(heading, measured, dumps)
    puts "#{heading}; #{machine}", ''
    rows(measured)
    puts
    runs
    [dumps.one, dumps.series].each { |files| stages(files) }
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

  def two(value)
    format('%.2f', value)
  end

  # measured: [row, ratios] each.
  def rows(measured)
    table(['what', 'configuration', 'ratio of', 'median', 'min', 'max', 'rounds', 'asked', 'verdict'],
          measured.map { |row, ratios| [row.what, row.config, row.ratio_of, *figures(row, ratios)] })
  end

  def figures(row, ratios)
    if ratios.empty?
      why = row.missing ? "not measured (make them with `#{row.missing}`)" : 'not measured'
      return ['', '', '', 0, row.asked, why]
    end
    [two(median(ratios)), two(ratios.min), two(ratios.max), ratios.size, row.asked, verdict(row, median(ratios))]
  end

  def verdict(row, ratio)
    return 'met' if row.met?(ratio)

    @not_met << "#{row.what}, #{row.config}: #{two(ratio)}, #{row.asked}"
    '**not met**'
  end

  # Time is of all objects that were read, memory of the last dump's.
  def runs
    table(['files', 'configuration', 'median s', 'min s', 'max s', '/ igzip', 'ns an object', 'peak MB, all ranks',
           'bytes an object of the last dump', 'of the budget', 'page faults, all ranks'],
          @results.jobs.group_by(&:files).values.flatten.map { |job| run_row(job) })
  end

  def run_row(job)
    seconds = @results.seconds(job)
    bytes = @results.by_round(job, &:bytes).max
    faults = median(@results.by_round(job, &:faults)).round
    ns, per_object, budget = job.config.kind == :heapbatch ? by_object(job, median(seconds), bytes) : ['', '', '']
    [job.files.label, job.config.name, format('%.3f', median(seconds)), format('%.3f', seconds.min),
     format('%.3f', seconds.max), to_igzip(job), ns, format('%.0f', bytes / 1e6), per_object, budget, faults]
  end

  def to_igzip(job)
    ratios = @results.by_round(job, Job.new(IGZIP, job.files)) { |run, igzip| run.seconds / igzip.seconds }
    ratios.empty? ? '' : two(median(ratios))
  end

  def by_object(job, seconds, bytes)
    return ['', '', ''] unless job.files.objects

    [format('%.0f', seconds * 1e9 / job.files.all_objects), format('%.1f', bytes.fdiv(job.files.last_objects)),
     two(bytes.fdiv(Rows.budget(job.files, job.config.ranks)))]
  end

  # How much faster each stage is on two than on one; less than what is asked of the whole is bold.
  def stages(files)
    serial, ranks, threads = [SERIAL, RANKS, THREADS].map { |config| Job.new(config, files) }
    names = @results.by_round(serial) { |run| run.stages.keys }.flatten.uniq
    return if names.empty?

    puts
    rows = names.map do |name|
      [files.label, name, took(serial, name), *faster(serial, ranks, name), *faster(serial, threads, name)]
    end
    table(['files', 'stage', "#{SERIAL.name}, s", "#{RANKS.name}, s", 'speed-up, 2 ranks', "#{THREADS.name}, s",
           'speed-up, 2 threads'], rows)
  end

  def took(job, stage)
    times = @results.by_round(job) { |run| run.stages[stage] }
    times.empty? ? '' : format('%.3f', median(times))
  end

  def faster(serial, job, stage)
    ratios = @results.by_round(serial, job) do |one, two|
      one.stages[stage] / two.stages[stage] if two.stages[stage]&.positive?
    end
    return [took(job, stage), ''] if ratios.empty?

    ratio = median(ratios)
    [took(job, stage), ratio < SCALING ? "**#{two(ratio)}**" : two(ratio)]
  end
end
