# frozen_string_literal: true

require 'json'
require_relative 'support'

# Workers that one parent forked have what it had loaded in common: in the totals of the fleet that counts once.
class TestSiblings < E2E::Test
  SCRIPT = File.join(E2E::REPO, 'tests/leaks/siblings.rb')
  WORKERS = 4

  # Dumps of the workers of two parents, on two hosts.
  def self.paths
    folder = E2E.shared('siblings') do |dir|
      %w[web-1 web-2].each do |host|
        FileUtils.mkdir_p(File.join(dir, host))
        run = E2E.execute([RbConfig.ruby, SCRIPT, File.join(dir, host), WORKERS.to_s])
        raise run.to_s unless run.status == 0
      end
    end
    Dir["#{folder}/*/*.json"].sort
  end

  # Every object of the dumps, by all that makes it the same, with the dumps that have it.
  def holders(paths)
    paths.each_with_object(Hash.new { |all, key| all[key] = [] }) do |path, all|
      File.foreach(path) do |line|
        object = JSON.parse(line.scrub)
        next if object['address'].nil? || %w[ROOT SHAPE NONE].include?(object['type'])

        all[[File.dirname(path), *object.values_at('address', 'type', 'class', 'file', 'line', 'generation', 'memsize')]] << path
      end
    end
  end

  def sums(keys)
    [keys.size, keys.sum { |key| key.last.to_i }]
  end

  # What fleet says of objects and bytes: all, and of these preloaded.
  def told(run)
    fleet = run.json['fleet']
    [fleet.values_at('objects', 'memsize'), fleet['preloaded'].values_at('objects', 'memsize')]
  end

  def assert_within(part, expected, actual)
    expected.flatten.zip(actual.flatten) { |e, a| assert_in_delta e, a, e * part, "#{expected} #{actual}" }
  end

  def report(*args, **options)
    run = heapbatch_json(*args, **options)
    assert_status 0, run
    run
  end

  def test_forked_workers
    run = report(*self.class.paths, spread: false)
    all = holders(self.class.paths.grep(/\.1\.json/))
    shared = all.select { |_, paths| paths.size > 1 }
    assert_operator shared.size, :>, all.size / 2
    assert_within 0.02, [sums(all.keys), sums(shared.keys)], told(run)
    assert_equal [2 * WORKERS, true], run.json['fleet']['preloaded'].values_at('series', 'estimated')
    assert_match(/about [\d.]+ MB were loaded before 8 of them were forked/, run.out)
  end

  def test_any_ranks_and_threads
    want = report(*self.class.paths)
    [[nil, 3], [2, 1], [4, 2]].each do |ranks, threads|
      [true, false].each do |spread|
        run = report('--threads', threads, *self.class.paths, ranks: ranks, spread: spread)
        assert want.json_text == run.json_text, "#{ranks} ranks: #{E2E.difference(want.json, run.json)}"
      end
    end
  end

  def test_by_parts_and_resumed
    want = report(*self.class.paths)
    out = File.join(@dir, 'out')
    FileUtils.mkdir_p(out)
    2.times { |k| report('--part', "#{k}/2", '--out', "#{out}/part-#{k}", *self.class.paths) }
    assert_equal want.json_text, report('--merge', '--out', out, *self.class.paths).json_text
    assert_equal want.json_text, report('--resume', '--out', out, *self.class.paths).json_text
  end

  # Small heaps are exact: 60 objects that all three have, three that two have, and one that has another size in each.
  def test_exact_when_small
    lines = (1..60).map { |i| line(i, 40 + i) }
    paths = [0, 1, 2].map do |k|
      own = (1..5 * k).map { |i| line(1000 * (k + 1) + i, 100) }
      two = k == 2 ? [] : (200..202).map { |i| line(i, 64) }
      put("worker-#{k}.json", (lines + two + own + [line(500, 1000 + k)]).join)
    end
    run = report('--series', 'each', *paths)
    once = (1..60).sum { |i| 40 + i } + (3 * 64)
    assert_equal [[60 + 3 + 15 + 3, once + 1500 + 3003], [63, once]], told(run)
    assert_equal [3, false], run.json['fleet']['preloaded'].values_at('series', 'estimated')
  end

  # The same dumps under the names of two hosts are two processes.
  def test_hosts_share_nothing
    text = (1..30).map { |i| line(i, 40) }.join
    paths = %w[a b].map do |host|
      FileUtils.mkdir_p(File.join(@dir, host))
      put("#{host}/heap.json", text)
    end
    run = report(*paths)
    assert_equal [[60, 2400], [0, 0]], told(run)
  end

  def line(place, memsize)
    format(%({"address":"0x%x", "type":"STRING", "memsize":%d}\n), 0x7f00_0000_0000 + (place * 40), memsize)
  end
end
