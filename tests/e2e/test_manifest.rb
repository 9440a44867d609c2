# frozen_string_literal: true

require 'fileutils'
require_relative 'support'

# Which dumps are a series and when they were taken; and a sweep that several jobs share.
class TestManifest < E2E::Test
  HOUR = 3600

  # ruby31 and ruby33, whose names say nothing: 3 dumps each, in an order that only a manifest can tell.
  def copies
    %w[ruby31 ruby33].to_h do |name|
      [name, E2E.series_paths(name).each_with_index.map { |path, i| copy(path, "#{name}-#{%w[x a m][i]}.json.gz") }]
    end
  end

  def copy(path, name)
    File.join(@dir, name).tap { |to| FileUtils.cp(path, to) }
  end

  def manifest(lines)
    put('manifest', lines.map { |line| "#{Array(line).join("\t")}\n" }.join)
  end

  def run_of(*args, status: 0, **options)
    run = heapbatch_json(*args, spread: false, **options)
    assert_status status, run
    run
  end

  def times_of(series)
    series['dumps'].map { |dump| dump.values_at('taken_at', 'time_source') }
  end

  # Two series, mixed, the latest dump first.
  def timed_manifest
    rows = copies.flat_map { |name, paths| paths.each_with_index.map { |path, i| [path, "#{name} of ours", 1_709_806_500 + i * HOUR] } }
    manifest(rows.reverse)
  end

  def test_series_and_times
    run = run_of('--manifest', timed_manifest)
    names = run.json['series'].map { |s| s['name'] }
    assert_equal ['ruby31 of ours', 'ruby33 of ours'], names
    run.json['series'].each do |series|
      assert_equal %w[x a m], series['dumps'].map { |dump| dump['path'][/-(.)\.json/, 1] }
      assert_equal %w[10 11 12].map { |hour| ["2024-03-07T#{hour}:15:00Z", 'manifest'] }, times_of(series)
      memsizes = series['dumps'].map { |dump| dump['memsize'] }
      slopes = [[0, 1], [1, 2], [0, 2]].map { |a, b| (memsizes[b] - memsizes[a]).fdiv(b - a) }
      assert_in_delta slopes.sort[1], series['growth']['rate'], 1
      assert_nil series['growth']['rate_low']
    end
    assert_includes run.out, 'taken over 2 h (by manifest): '
    assert_match(/^     rate     \+[\d.]+ kB an hour$/, run.out)
    plain = E2E.series_paths('ruby31').map { |path| E2E.loaded(path) }
    assert_equal Oracle.report([plain])['series'][0]['retained'], run.json['series'][0]['retained']
  end

  def test_any_ranks
    file = timed_manifest
    want = run_of('--manifest', file)
    [1, 2, 4].each do |ranks|
      run = run_of('--manifest', file, ranks: ranks)
      assert want.json_text == run.json_text, "#{ranks} ranks: #{E2E.difference(want.json, run.json)}"
      assert_equal want.out, run.out
    end
  end

  def test_times_of_names_sidecars_and_files
    paths = E2E.series_paths('ruby31')
    named = paths.each_with_index.map { |path, i| copy(path, "web-2024-03-07T1#{i}:15:00+01:00.json.gz") }
    beside = paths.each_with_index.map { |path, i| copy(path, "beside.#{i}.json.gz") }
    beside.each_with_index { |path, i| File.write("#{path}.time", "2024-03-07 1#{i}:15:00 +0100\n") }
    written = paths.each_with_index.map { |path, i| copy(path, "written.#{i}.json.gz") }
    written.each_with_index { |path, i| File.utime(0, 1_709_802_900 + i * HOUR, path) }
    series = run_of(*named, *beside, *written).json['series'].to_h { |s| [File.basename(s['name']), s] }
    { 'web' => 'name', 'beside' => 'sidecar', 'written' => 'mtime' }.each do |name, source|
      assert_equal [0, 1, 2].map { |i| ["2024-03-07T#{format('%02d', 9 + i)}:15:00Z", source] }, times_of(series[name]), name
    end
    assert_equal 1, series.values.map { |s| s['growth'] }.uniq.size
  end

  # Nothing tells the time: copies made within a moment.
  def test_no_times
    paths = E2E.series_paths('ruby31').each_with_index.map { |path, i| copy(path, "heap.#{i}.json.gz") }
    paths.each { |path| File.utime(0, 1_709_802_900, path) }
    run = run_of(*paths)
    assert_equal [[nil, nil]] * 3, times_of(run.json['series'][0])
    assert_equal [nil] * 3, run.json['series'][0]['growth'].values
    refute_match(/an hour/, run.out.lines.reject { |line| line.include?('confidence') }.join)
  end

  # Names say one series, the addresses say two processes.
  def test_two_processes_under_one_name
    paths = [*E2E.series_paths('ruby31'), *E2E.series_paths('ruby33')].each_with_index.map { |path, i| copy(path, "web.#{i}.json.gz") }
    run = run_of(*paths, ranks: 2)
    assert_equal(%w[web web#2], run.json['series'].map { |s| File.basename(s['name']) })
    assert_equal([3, 3], run.json['series'].map { |s| s['dumps'].size })
    assert_match(/web\.3\.json\.gz is of another process than .*web\.2\.json\.gz/, run.err)
    assert_equal 1, run_of('--series', 'one', *paths).json['series'].size
  end

  def test_usage
    file = timed_manifest
    dump = E2E.series_paths('ruby31')[0]
    { ['--manifest', file, dump] => /name no others/, ['--manifest', file, '--series', 'each'] => /leave --series out/,
      ['--manifest', "#{@dir}/none"] => /none/, ['--manifest', put('empty', "# nothing\n")] => /dump/,
      ['--manifest', put('bad', "a.json\tweb\tyesterday\n")] => /bad:1/,
      ['--part', '0/2', '--history', "#{@dir}/h.db", dump] => /--merge/,
      ['--part', '4/4', dump] => %r{K/N}, ['--part', '1', dump] => %r{K/N}, ['--merge', dump] => /--out/,
      ['--merge', '--part', '0/2', '--out', "#{@dir}/x", dump] => /leave --part out/ }.each do |args, words|
      [nil, 2].each do |ranks|
        run = heapbatch(*args, ranks: ranks)
        assert_status 1, run
        assert_match words, run.err
      end
    end
  end

  # --- jobs that share a sweep ---

  PARTS = 4

  def all_dumps
    E2E::SERIES.sort.flat_map { |name| E2E.series_paths(name) }
  end

  def run_parts(out, which = 0...PARTS)
    FileUtils.mkdir_p(out)
    which.each { |k| run_of('--part', "#{k}/#{PARTS}", '--out', "#{out}/part-#{k}", '--resume', *all_dumps) }
  end

  def test_parts_make_the_whole
    want = run_of(*all_dumps)
    out = File.join(@dir, 'a [strange] name*')
    run_parts(out)
    [nil, 2].each do |ranks|
      run = run_of('--merge', '--out', out, *all_dumps, ranks: ranks)
      assert_equal want.json_text, run.json_text
      assert_equal want.json_text, File.read("#{out}/fleet.json")
      assert_equal want.out.b, File.binread("#{out}/fleet.txt")
    end
    FileUtils.rm_rf(Dir["#{@dir}/*/part-*"]) # what was merged is DIR's own
    assert_equal want.json_text, run_of('--merge', '--out', out, *all_dumps).json_text
  end

  def test_a_part_is_missing
    want = run_of(*all_dumps)
    out = File.join(@dir, 'out')
    run_parts(out, [0, 2, 3])
    File.write("#{out}/part-1", 'no folder')
    run = run_of('--merge', '--out', out, *all_dumps, status: 3)
    lost = [1, 5].filter_map { |i| want.json['series'][i] }.map { |s| s['name'] }
    assert_equal(lost, run.json['problems'].map { |p| p['path'] })
    lost.each { |name| assert_match(/series #{Regexp.escape(name)} is missing/, run.err) }
    whole = run_of('--resume', '--out', out, *all_dumps)
    assert_equal want.json_text, whole.json_text
  end

  # A report in a part that is not what its journal tells of is not merged.
  def test_a_damaged_part
    out = File.join(@dir, 'out')
    run_parts(out)
    file = Dir["#{out}/part-2/*.report"].first
    File.write(file, 'x', mode: 'a')
    run = run_of('--merge', '--out', out, *all_dumps, status: 3)
    assert_equal 1, run.json['problems'].size
    assert_match(/is not the file that the journal tells of/, run.err)
  end

  def test_more_parts_than_series
    run = run_of('--part', '6/7', *E2E.series_paths('ruby31'), ranks: 2)
    assert_empty run.json['series']
  end
end
