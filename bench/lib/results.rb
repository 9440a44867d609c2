# frozen_string_literal: true

# The median of numbers, in any order.
def median(values)
  sorted = values.sort
  half = sorted.size / 2
  sorted.size.odd? ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2.0
end

# All runs, by round.
class Results
  def initialize
    @rounds = []
  end

  def begin_round
    @rounds << {}
  end

  def add(job, run)
    @rounds.last[job] = run
  end

  # What the block makes of each round that has all these jobs: so both sides of a ratio are of one round. It is given
  # the runs, in the order of the jobs. nil is left out.
  def by_round(*jobs)
    rounds = @rounds.select { |round| jobs.all? { |job| round.key?(job) } }
    rounds.map { |round| yield(*round.values_at(*jobs)) }.compact
  end

  def seconds(job)
    by_round(job, &:seconds)
  end

  def jobs
    @rounds.flat_map(&:keys).uniq.sort_by { |job| [job.files.label, job.config.name] }
  end

  # A report must not depend on ranks, threads, or chance: a benchmark of wrong answers is worth nothing.
  def check_answers
    jobs.group_by(&:files).each do |files, same|
      digests = same.flat_map { |job| by_round(job, &:digests) }.flatten.uniq
      raise RunFailed, "#{files.label}: the configurations gave different JSON" if digests.size > 1
    end
  end
end
