# frozen_string_literal: true

require 'fileutils'

require_relative 'support'

# Many series in one run: small ones side by side, a rank each, large ones by all ranks.
class TestSweep < E2E::Test
  DUMPS = E2E::SERIES.sort.to_h { |name| [name, E2E.series_paths(name)] }.freeze

  # `copies` of each real series, and one that has far more work than the others.
  def fleet(dir, copies)
    DUMPS.each do |name, paths|
      copies.times { |i| paths.each_with_index { |path, k| FileUtils.cp(path, File.join(dir, "#{name}-#{i}.#{k}.json.gz")) } }
    end
    Dir[File.join(dir, '*.json.gz')].sort
  end

  def in_fleet(copies: 4)
    Dir.mktmpdir('hb-sweep') { |dir| yield fleet(dir, copies), dir }
  end

  def run_of(paths, ranks, *options, status: 0)
    run = heapbatch_json(*options, *paths, ranks: ranks, spread: false, timeout: 120)
    assert_status status, run
    run
  end

  def assert_same_answer(want, run, what)
    assert want.json_text == run.json_text, "#{what}: #{E2E.difference(want.json, run.json) || 'other bytes'}"
    assert_equal want.out, run.out, "#{what}: text"
  end

  def test_any_ranks_give_the_same_bytes
    in_fleet(copies: 12) do |paths|
      want = run_of(paths, nil)
      assert_equal [60, 180], want.json['fleet'].values_at('series', 'dumps')
      [1, 2, 4, 16].each { |ranks| assert_same_answer want, run_of(paths, ranks), "#{ranks} ranks" }
    end
  end

  def test_over_tcp
    in_fleet(copies: 2) do |paths|
      want = run_of(paths, nil)
      run = heapbatch_json(*paths, ranks: 3, spread: false, env: { 'OMPI_MCA_btl' => 'tcp,self' }, timeout: 120)
      assert_status 0, run
      assert_same_answer want, run, 'over TCP'
    end
  end

  # Every series was done once, whoever did it.
  def test_every_series_has_its_timings
    in_fleet(copies: 2) do |paths, dir|
      file = File.join(dir, 'timings')
      want = run_of(paths, 3, '--timings', file).json['series'].map { |s| s['name'] }
      rows = JSON.parse(File.read(file))['stages'].select { |row| row['stage'] == 'shard' }
      assert_equal want.sort, rows.map { |row| row['series'] }.sort
    end
  end

  def test_one_that_is_larger_than_all_others_together
    in_fleet(copies: 1) do |paths, dir|
      text = Oracle.read_text(DUMPS['ruby33'].last)
      big = File.join(dir, 'big.json')
      File.binwrite(big, text + ("{\"address\":\"0x1\", \"type\":\"NONE\"}\n" * 2_000_000))
      want = run_of([*paths, big], nil)
      [2, 4].each { |ranks| assert_same_answer want, run_of([*paths, big], ranks), "#{ranks} ranks" }
    end
  end

  def test_bad_dumps_take_nothing_else_down
    in_fleet(copies: 2) do |paths, dir|
      whole = File.binread(paths[1])
      File.binwrite(paths[1], whole[0, whole.size / 2])
      File.binwrite(File.join(dir, 'none.0.json'), "no dump\n" * 10)
      all = Dir[File.join(dir, '*.json*')].sort
      want = run_of(all, nil, status: 3)
      [2, 5].each do |ranks|
        run = run_of(all, ranks, status: 3)
        assert_same_answer want, run, "#{ranks} ranks"
        assert_includes run.err, 'none.0.json'
        assert_includes run.err, paths[1]
      end
    end
  end

  # What cannot fit is not tried, is named with what it needs, and the rest is analysed.
  def test_a_series_that_needs_more_memory_than_there_is
    in_fleet(copies: 1) do |paths, dir|
      big = File.join(dir, 'big.json')
      File.open(big, 'wb') { |f| f.truncate(1 << 40) }
      [nil, 2].each do |ranks|
        run = run_of([*paths, big], ranks, status: 4)
        assert_match(/series \S*big needs \d+ MB of memory at least, there are \d+ MB/, run.err)
        series = run.json['series']
        assert_equal [File.join(dir, 'big')], series.select { |s| s['dumps'].empty? }.map { |s| s['name'] }
        assert_equal DUMPS.size, series.count { |s| s['retained'] }
      end
    end
  end

  def test_a_budget_that_is_too_small
    run = heapbatch('--memory', '10k', *DUMPS['ruby33'], ranks: 2, spread: false)
    assert_status 4, run
    assert_match(/needs \d+ MB of memory at least, there are 0 MB/, run.err)
  end
end
