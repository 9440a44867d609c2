# frozen_string_literal: true

# All end-to-end tests: ruby -Itests/e2e tests/e2e/run.rb [-n /pattern/] [-s SEED]
# HEAPBATCH names the program (default build/heapbatch), HB_TEST_TIMEOUT the seconds after which a run counts as
# hung, SEED the random dumps, MT_CPU how many tests run side by side.

require 'etc'
require 'minitest'
require_relative 'processes'
require_relative 'support'
%w[expected oracle metamorphic heapy heapy_habits bad_input limits command_line fleet findings history manifest sweep resume suspects queries index validate
   siblings places secrets dialects trust strings capture symptoms inspect rows manual ten_minutes].each { |name| require_relative "test_#{name}" }

# What takes long, and the last line, which the build server reads.
class Totals < Minitest::StatisticsReporter
  def record(result)
    super
    (@took ||= []) << [result.time, "#{result.klass}##{result.name}"]
  end

  def report
    super
    failed = failures + errors
    slowest = (@took || []).max(10).map { |seconds, name| format('%s %.0f s', name, seconds) }
    io.puts "slowest: #{slowest.join(', ')}"
    skipped = skips.zero? ? '' : ", #{skips} skipped"
    io.puts "#{count - failed - skips} passed, #{failed} failed#{skipped}"
  end
end

module Minitest
  def self.plugin_totals_init(options)
    reporter << Totals.new(options[:io], options)
  end
end
Minitest.extensions << 'totals'

# A job in the background ignores INT (POSIX, sh, 2.11), and so does what it starts: what a test interrupts has to hear it.
trap('INT') { raise Interrupt }

Minitest.parallel_executor = Processes.new((ENV['MT_CPU'] || 2 * Etc.nprocessors).to_i)
exit Minitest.run(ARGV)
