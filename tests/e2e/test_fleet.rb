# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# Several series in one run.
class TestFleet < E2E::Test
  ALL = E2E::SERIES.sort.flat_map { |name| E2E.series_paths(name) }.freeze
  PATTERN = '([^/]*)[.]([0-9])[.]json'

  def expected(names, top: 20)
    report = Oracle.report(names.map { |n| E2E.series_paths(n).map { |p| E2E.loaded(p) } }, top: top)
    report['series'].zip(names) { |series, name| series['name'] = name }
    report
  end

  # The order of the series is the program's (natural order of the names); the content is not.
  def assert_fleet(want, run, names: true)
    assert_status 0, run
    sort = ->(all) { all.sort_by { |s| s['dumps'][0]['path'] } }
    want['series'] = sort.call(want['series'])
    got = run.json
    got['series'] = sort.call(got['series'])
    [want, got].each { |r| r['series'].each { |s| s.delete('name') } } unless names
    run = run.dup.tap { |r| r.json_text = JSON.generate(got) }
    run.instance_variable_set(:@json, nil)
    assert_same_report want, run
  end

  def test_five_series_by_regex
    run = heapbatch_json('--series', PATTERN, *ALL.shuffle(random: Random.new(3)), ranks: 2)
    assert_fleet expected(E2E::SERIES), run
  end

  def test_five_series_found_by_name
    assert_fleet expected(E2E::SERIES), heapbatch_json(*ALL), names: false
  end

  def test_top_holds_for_the_fleet
    assert_fleet expected(E2E::SERIES, top: 3), heapbatch_json('--top', 3, *ALL, ranks: 3), names: false
  end

  def test_each
    paths = %w[ruby27.0 ruby33.1].map { |n| File.join(E2E::DATA, "#{n}.json.gz") }
    want = Oracle.report(paths.map { |p| [E2E.loaded(p)] })
    assert_fleet want, heapbatch_json('--series', 'each', *paths), names: false
  end

  def test_teams_give_the_same_bytes
    one = heapbatch_json('--series', PATTERN, *ALL)
    assert_status 0, one
    [2, 5, 7].each do |ranks|
      run = heapbatch_json('--series', PATTERN, *ALL, ranks: ranks, timeout: 120)
      assert_status 0, run
      assert one.json_text == run.json_text, "#{ranks} ranks: #{E2E.difference(one.json, run.json) || 'other bytes'}"
    end
  end
end
