# frozen_string_literal: true

require 'json'
require 'open3'

# The scanner against simdjson: build/bench/scan_bench has its own rounds, and fails when the two read different fields.
module Scan
  PROGRAM = File.expand_path('../../build/bench/scan_bench', __dir__)
  QUICK_MIB = 128
  FULL_MIB = 512

  # Why it cannot run, nil when it can.
  def self.missing(files)
    return files.missing if files.missing

    File.executable?(PROGRAM) ? nil : 'make bench-programs'
  end

  # How many times as fast as simdjson, by round.
  def self.ratios(files, quick)
    mib = quick ? QUICK_MIB : FULL_MIB
    out, err, status = Open3.capture3(PROGRAM, '--rounds', quick ? '7' : '15', '--mib', mib.to_s, files.paths.first)
    raise RunFailed, "scan_bench: #{status}\n#{err}" unless status.success?

    warn out.lines.first
    times = JSON.parse(out.lines.last)
    times['simdjson_s'].zip(times['heapbatch_s']).map { |theirs, ours| theirs / ours }
  end
end
