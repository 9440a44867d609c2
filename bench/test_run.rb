# frozen_string_literal: true

# Tests of the benchmark: ruby bench/test_run.rb. It measures dumps of 20,000 objects in place of the small series, with
# heapbatch itself and with programs that go wrong in one way each.

require 'json'
require 'minitest/autorun'
require 'open3'
require 'tmpdir'
require 'zlib'

%w[dumps runner scan results rows tables].each { |name| require_relative "lib/#{name}" }

HERE = __dir__
HEAPBATCH = File.expand_path('../build/heapbatch', HERE)

# A directory with the three small series, all of the dumps that the tests have.
module TinySeries
  DIR = Dir.mktmpdir('heapbatch-bench-test')
  Minitest.after_run { FileUtils.rm_rf(DIR) }

  def self.make
    dumps = (0..2).map { |i| text(i) }
    %w[small small-list small-shuffled].each do |name|
      Dir.mkdir(File.join(DIR, name))
      manifest = dumps.each_with_index.map { |lines, i| write(File.join(DIR, name, "heap.#{i}.json"), lines) }
      File.write(File.join(DIR, name, 'series.json'), JSON.generate(dumps: manifest))
    end
  end

  # Without the lines that are no JSON, which heapbatch reads and simdjson does not.
  def self.text(index)
    path = File.join(HERE, "../tests/data/ruby31.#{index}.json.gz")
    Zlib::GzipReader.open(path) { |file| file.each_line.grep_v(/odd "dir"/) }
  end

  def self.write(path, lines)
    File.write(path, lines.join)
    Zlib::GzipWriter.open("#{path}.gz") { |file| file.write(lines.join) }
    { name: File.basename(path), objects: lines.count { |line| line.start_with?('{"address"') } }
  end

  make
end

class RunTest < Minitest::Test
  PAIR = 'one dump .*everything'

  def bench(*options, only: PAIR)
    out, err, status = Open3.capture3(File.join(HERE, 'run.rb'), '--quick', '--dir', TinySeries::DIR, '--rounds', '1',
                                      '--only', only, *options)
    [out, err, status.exitstatus]
  end

  # A program that runs heapbatch and then this; $json is the report.
  def wrapped(script)
    path = File.join(TinySeries::DIR, "program-#{name}")
    File.write(path, <<~SHELL)
      #!/bin/sh
      for argument; do [ "$before" != --json ] || json=$argument; before=$argument; done
      #{HEAPBATCH} "$@" || exit $?
      [ "${OMPI_COMM_WORLD_RANK:-0}" = 0 ] || exit 0
      #{script}
    SHELL
    File.chmod(0o755, path)
    path
  end

  def verdicts(out)
    out.lines.grep(/at (most|least)/).map { |line| line.split(' | ').last.delete(' |*').strip }
  end

  def test_all_rows_are_measured
    out, err, status = bench(only: '.')
    assert_equal 0, status, err
    assert_equal 29, verdicts(out).size
    assert_empty verdicts(out) - %w[met notmet]
    assert_match(/^\| small \| dominators \|/, out)
  end

  def test_bounds
    out, _err, status = bench('--tighten', '1000', '--strict')
    assert_equal [2, %w[notmet notmet]], [status, verdicts(out)]
    out, err, status = bench('--tighten', '0.0001', '--strict')
    assert_equal [0, %w[met met]], [status, verdicts(out)], err
  end

  def test_different_reports
    _out, err, status = bench('--program', wrapped('[ -z "$OMPI_COMM_WORLD_SIZE" ] || echo >> "$json"'))
    assert_equal 1, status
    assert_match(/different JSON/, err)
  end

  def test_wrong_reports
    _out, err, status = bench('--program', wrapped(%q(sed -i 's/"objects": [0-9]*/"objects": 7/' "$json")))
    assert_equal 1, status
    assert_match(/the report has 7 objects/, err)
  end

  def test_no_report
    _out, err, status = bench('--program', wrapped('rm "$json"'))
    assert_equal 1, status
    assert_match(/no report was written/, err)
  end

  def test_a_program_that_fails
    _out, err, status = bench('--program', wrapped('echo broken >&2; exit 3'))
    assert_equal 1, status
    assert_match(/exit 3.*broken/m, err)
  end

  def test_a_program_that_hangs
    _out, err, status = bench('--program', wrapped('sleep 60'), '--timeout', '2')
    assert_equal 1, status
    assert_match(/stopped after 2 s/, err)
  end

  def test_a_stand_in_has_no_stages
    out, err, status = bench('--stand-in', 'igzip -t', only: 'dump.*igzip')
    assert_equal 0, status, err
    assert_equal %w[notmeasured notmeasured], verdicts(out).first(2)
  end

  def test_missing_dumps
    out, err, status = bench('--dir', '/nonexistent', only: 'three small|series of three')
    assert_equal 0, status, err
    assert_match(%r{not measured \(make them with `bench/make_dumps.sh small`\)}, out)
    _out, err, status = bench('--dir', '/nonexistent')
    assert_equal 1, status
    assert_match(%r{run bench/make_dumps.sh small}, err)
  end

  def test_scan_of_what_simdjson_cannot_read
    path = File.join(TinySeries::DIR, 'odd.json')
    File.write(path, %({"address":"0x1", "type":"STRING", "file":"odd "dir"/path.rb", "line":1}\n))
    _out, err, status = Open3.capture3(Scan::PROGRAM, path)
    assert_equal 1, status.exitstatus
    assert_match(/improper structure/, err)
  end

  def test_ratios_are_taken_within_a_round
    results = Results.new
    [[1.0, 10.0], [2.0, 40.0], [3.0, nil]].each do |one, other|
      results.begin_round
      results.add(:one, Run.new(one))
      results.add(:other, Run.new(other)) if other
    end
    assert_equal [10.0, 20.0], results.by_round(:other, :one) { |a, b| a.seconds / b.seconds }
    assert_in_delta 15.0, median([10.0, 20.0])
    assert_equal 2, median([3, 1, 2])
  end
end
