# frozen_string_literal: true

require_relative 'support'

# Real processes with planted leaks (tests/leaks/leaky.rb): what several have alike is one finding of the fleet.
class TestFindings < E2E::Test
  LEAKY = File.join(E2E::REPO, 'tests/leaks/leaky.rb')
  NOISE = 16_384 # bytes that survive in any program: the file of the dump before with its buffer
  # Folder, leak, entries that it gains between two dumps.
  PROCESSES = [['web-1', 'cache', 1000], ['web-2', 'cache', 600], ['web-1', 'closures', 800]].freeze

  def self.folder
    E2E.shared('findings') do |dir|
      PROCESSES.each do |host, leak, n|
        FileUtils.mkdir_p(File.join(dir, host))
        run = E2E.execute([RbConfig.ruby, LEAKY, leak, File.join(dir, host, leak), n.to_s])
        raise run.to_s unless run.status == 0
      end
    end
  end

  # The dumps of all processes.
  def self.paths
    PROCESSES.flat_map { |host, leak, _| (0..2).map { |i| File.join(folder, host, "#{leak}.#{i}.json") } }
  end

  def report(*args, **options)
    run = heapbatch_json(*args, **options)
    assert_status 0, run
    run.json
  end

  def large(findings)
    findings.select { |f| f['memsize'] >= NOISE }
  end

  def test_one_leak_of_two_processes_and_another
    fleet = report(*self.class.paths)['fleet']
    assert_equal [3, 2], fleet.values_at('processes', 'hosts')
    cache, closures, *others = large(fleet['findings']).sort_by { |f| -f['series'] }
    assert_empty others

    assert_equal [2, 2, 'constant_or_ivar'], cache.values_at('series', 'hosts', 'held_by')
    assert_equal(%w[web-1/cache web-2/cache], cache['names'].map { |name| name.delete_prefix("#{self.class.folder}/") })
    assert_match(/\AHASH Hash.*, #{Regexp.escape(LEAKY)}:\d+\z/, cache['holder'])
    assert_match(/\AROOT vm -> .*CLASS Registry -> .*HASH Hash\z/, cache['path'])
    assert_match(/\A#{Regexp.escape(LEAKY)}:\d+\z/, cache['site'])
    assert_in_delta 3 * (1000 + 600), cache['objects'], 100

    assert_equal [1, 1], closures.values_at('series', 'hosts')
    assert_match(/MODULE Hooks/, closures['path'])
    refute_equal cache['fingerprint'], closures['fingerprint']
  end

  # Each figure of a finding is what the suspects of its processes add up to.
  def test_sums
    all = report(*self.class.paths)
    suspects = all['series'].flat_map { |s| s['suspects'] }
    findings = all['fleet']['findings']
    %w[objects memsize].each { |key| assert_equal suspects.sum { |s| s[key] }, findings.sum { |f| f[key] }, key }
    findings.each do |f|
      assert_equal f['series'], f['names'].uniq.size
      assert_empty f['names'] - all['series'].map { |s| s['name'] }
      assert_match(/\A\h{16}\z/, f['fingerprint'])
      assert_includes suspects.map { |s| s['text'] }, f['text']
    end
  end

  # A fingerprint is that of the leak, not of the fleet that it was found in.
  def test_alone_it_has_the_same_fingerprint
    together = large(report(*self.class.paths)['fleet']['findings']).map { |f| f['fingerprint'] }
    alone = self.class.paths.each_slice(3).flat_map do |paths|
      large(report(*paths)['fleet']['findings']).map { |f| f['fingerprint'] }
    end
    assert_equal together.sort, alone.uniq.sort
  end

  def test_ranks_and_order_of_arguments
    want = report(*self.class.paths)
    got = report(*self.class.paths.reverse, ranks: 2)
    assert_nil E2E.difference(want, got)
  end

  def test_text
    run = heapbatch(*self.class.paths)
    assert_status 0, run
    lines = run.out.dup.force_encoding('UTF-8').lines.map(&:chomp)
    assert_match(/\AFleet: 3 processes on 2 hosts, \d+ findings\z/, lines.first)
    table = lines.take_while { |line| !line.empty? }
    table.each { |line| assert_operator line.size, :<=, 100, line }
    assert(table.any? { |line| line.match?(/2 of 3 .*constant_or_ivar\z/) })
    assert(table.any? { |line| line.match?(/\A {5}\h{16}  ROOT vm -> .*Registry -> /) })
  end
end
