# frozen_string_literal: true

# heapbatch on a machine that fails (failing.c): every allocation and every system call fails in turn, once and from then
# on, with one rank and with two.
#
#   ruby tests/faults/run.rb [--every N] [--ranks 1|2] [--fault NAME] [--job report|index]
#
# --every 7 tries each seventh place, from a seed that is printed (SEED), as `make check` does; every read fails once all the same, with
# one rank. Of each run is demanded:
#
# - It ends, by itself, with a status that docs/REPORT.md has; 0 only with the report of a machine that does not fail.
# - With another status standard error says why.
# - No file has a final name that is not whole, and no temporary file is left.
# - After a status of 4, --resume on a sound machine ends with the report of an undisturbed run.
#
# The other job is a question to an index that has to be made for it: the answer is right or there is none, what is left in the folder is an
# index or nothing, and the same question on a sound machine is answered.

require 'optparse'
require_relative '../e2e/support'
require_relative '../e2e/synthetic'

class Faults
  PROGRAM = File.expand_path(ENV['HEAPBATCH_FAILING'] || File.join(E2E::REPO, 'build/tests/failing'))
  KINDS = %w[memory EIO ENOSPC EACCES EMFILE EINTR short].freeze
  STATUSES = [0, 1, 3, 4].freeze
  TIMEOUT = 60

  Place = Struct.new(:fault, :number, :persistent, :ranks, :rank, :call) do
    def env(told)
      { 'HB_TEST_FAULT' => fault, 'HB_TEST_CALL' => call, 'HB_TEST_FAIL' => "#{number}#{'+' if persistent}", 'HB_TEST_RANK' => rank.to_s,
        'HB_TEST_TOLD' => told }
    end

    def to_s
      "#{fault} #{number}#{'+' if persistent}, rank #{rank} of #{ranks}"
    end
  end

  def initialize(options)
    @every = options[:every]
    @kinds = options[:fault] ? [options[:fault]] : KINDS
    @ranks = options[:ranks] ? [options[:ranks]] : [1, 2]
    @seed = (ENV['SEED'] || Random.new_seed % 100_000).to_i
    @random = Random.new(@seed)
    @dir = Dir.mktmpdir('hb-faults')
    @done = Hash.new(0)
    @statuses = Hash.new(0)
    @wrong = []
  end

  def run
    puts "faults: one place of #{@every}, SEED=#{@seed}"
    @dumps = make_dumps
    @wanted = sound("#{@dir}/wanted", 1)
    puts "faults: #{self.class.name.downcase}"
    places.each { |kind, persistent, ranks, rank| series(Place.new(kind, 0, persistent, ranks, rank), @every) }
    series(Place.new('EIO', 0, false, 1, 0, 'read'), 1) if @every > 1 && @ranks.include?(1) && @kinds.include?('EIO')
    report
  ensure
    FileUtils.rm_rf(@dir)
  end

  private

  # Two series, one of them packed: each way to read is gone.
  def make_dumps
    Synthetic.small_series.each_with_index.flat_map do |text, i|
      File.binwrite("#{@dir}/a.#{i}.json", text)
      File.binwrite("#{@dir}/b.#{i}.json.gz", Zlib.gzip(text))
      ["#{@dir}/a.#{i}.json", "#{@dir}/b.#{i}.json.gz"]
    end
  end

  def arguments(out)
    ['--quiet', '--threads', '1', '--show-values', '--out', out, '--json', "#{out}.json", *@dumps]
  end

  def launch(out, ranks, *more, **options)
    E2E.heapbatch(*more, *arguments(out), ranks: ranks > 1 ? ranks : nil, validate: false, **options)
  end

  # A call that is interrupted for ever is not among them: it is done again for ever.
  def places
    all = @kinds.product([false, true], @ranks.flat_map { |ranks| (0...ranks).map { |rank| [ranks, rank] } })
    all.reject { |kind, persistent, _| kind == 'EINTR' && persistent }.map(&:flatten)
  end

  # All that a sound machine's run leaves, by name.
  def sound(out, ranks, *more)
    run = launch(out, ranks, *more)
    raise "a sound machine's run failed: #{run}" unless run.status.zero?

    files(out).merge('--json' => File.binread("#{out}.json"))
  end

  # The reports of a folder; a journal and a lock are nobody's report.
  def files(out)
    Dir["#{out}/*"].reject { |file| %w[journal lock].include?(File.basename(file)) }.to_h { |file| [File.basename(file), File.binread(file)] }
  end

  def series(place, every)
    place.number = 1 + @random.rand(every)
    place.number += every while try(place)
  end

  # Whether the fault happened; false when the run has fewer calls.
  def try(place)
    out = "#{@dir}/out"
    told = "#{@dir}/told"
    FileUtils.rm_rf([out, "#{out}.json", told])
    run = launch(out, place.ranks, program: PROGRAM, env: place.env(told), timeout: TIMEOUT)
    said = File.exist?(told) ? File.read(told).split : []
    return false if said.include?('never')

    @done[[place.fault, place.ranks]] += 1
    @statuses[run.status] += 1
    check(place, run, out, said)
    true
  rescue E2E::Hang => e
    wrong(place, e.message)
    true
  end

  def check(place, run, out, said)
    what = "#{place}#{" (#{said.join(', ')})" unless said.empty?}"
    return wrong(what, run) unless STATUSES.include?(run.status)

    left = files(out)
    bad = left.reject { |name, bytes| whole?(name, bytes) }
    wrong(what, "not whole: #{bad.keys.join(', ')}\n#{run}") unless bad.empty?
    wrong(what, "left: #{left.keys.grep(/\.tmp\z/).join(', ')}\n#{run}") if left.keys.any? { |name| name.end_with?('.tmp') }
    return all_well(what, run, out, left) if run.status.zero?

    wrong(what, "nothing is said\n#{run}") unless run.err.match?(/heapbatch.*(error|warn)/)
    return unless run.status == 4

    again = sound(out, place.ranks, '--resume')
    wrong(what, "--resume gave another report\n#{run}") unless @wanted.all? { |name, bytes| name.end_with?('.report') || again[name] == bytes }
  rescue RuntimeError => e
    wrong(what, "#{e.message}\nafter #{run}")
  end

  # A report that is not the wanted one tells of what failed, to its end. Of .report files the journal has a checksum.
  def whole?(name, bytes)
    return true if @wanted[name] == bytes || name.end_with?('.tmp', '.report')
    return bytes.end_with?("\n") unless name.end_with?('.json')

    JSON.parse(bytes).key?('series')
  rescue JSON::ParserError
    false
  end

  def all_well(what, run, out, left)
    json = File.exist?("#{out}.json") ? File.binread("#{out}.json") : nil
    wrong(what, "status 0 with another report\n#{run}") if texts(left.merge('--json' => json)) != texts(@wanted)
  end

  # A series has another id when one of its files could not be examined for it.
  def texts(files)
    files.reject { |name, _| name.end_with?('.report') }.values.sort
  end

  def wrong(place, what)
    @wrong << "#{place}: #{what}"
    warn "faults: #{@wrong.last}"
  end

  def report
    @done.each { |(fault, ranks), n| puts format('  %-7s %d rank%s: %5d', fault, ranks, ranks == 1 ? ' ' : 's', n) }
    puts "  by status: #{@statuses.sort_by(&:to_s).map { |status, n| "#{status}: #{n}" }.join(', ')}"
    puts "faults: #{@done.values.sum} injected, #{@wrong.size} wrong"
    @wrong.empty? && @done.values.sum.positive?
  end
end

# Questions to an index.
class Questions < Faults
  private

  def make_dumps
    text = Synthetic.small_series.last
    File.binwrite("#{@dir}/a.json.gz", Zlib.gzip(text))
    @addresses = text.scan(/^\{"address":"(0x\h+)", *"type":"(?!SHAPE|NONE)/).flatten.each_slice(50).map(&:first)
    ["#{@dir}/a.json.gz"]
  end

  def launch(out, ranks, *more, **options)
    E2E.heapbatch('show', *('--spread' if ranks > 1), '--threads', '1', '--index', out, *more, *@dumps, *@addresses,
                  ranks: ranks > 1 ? ranks : nil, validate: false, spread: false, **options)
  end

  def sound(out, ranks, *more)
    run = launch(out, ranks, *more)
    raise "a sound machine's run failed: #{run}" unless run.status.zero?

    run.out
  end

  def check(place, run, out, said)
    what = "#{place}#{" (#{said.join(', ')})" unless said.empty?}"
    return wrong(what, run) unless STATUSES.include?(run.status)

    foreign = Dir.exist?(out) ? Dir.children(out).reject { |name| name.end_with?('.hbindex') } : []
    wrong(what, "left: #{foreign.join(', ')}\n#{run}") unless foreign.empty?
    wrong(what, "status 0 with another answer\n#{run}") if run.status.zero? && run.out != @wanted
    wrong(what, "nothing is said\n#{run}") unless run.status.zero? || run.err.match?(/heapbatch.*(error|warn)/)
    wrong(what, "asked again it gave another answer\n#{run}") if sound(out, 1) != @wanted
  rescue RuntimeError => e
    wrong(what, "#{e.message}\nafter #{run}")
  end
end

options = { every: 1 }
OptionParser.new do |o|
  o.on('--every N', Integer) { |n| options[:every] = n }
  o.on('--ranks N', Integer) { |n| options[:ranks] = n }
  o.on('--fault NAME', Faults::KINDS) { |name| options[:fault] = name }
  o.on('--job NAME', %w[report index]) { |name| options[:job] = name }
end.parse!
jobs = { nil => [Faults, Questions], 'report' => [Faults], 'index' => [Questions] }.fetch(options[:job])
abort "#{Faults::PROGRAM} is not there: make build/tests/failing" unless File.executable?(Faults::PROGRAM)
exit jobs.map { |job| job.new(options).run }.all?
