# frozen_string_literal: true

# siblings.rb FOLDER N: a parent loads much, forks N workers, and each leaks its own and dumps its heap twice:
# FOLDER/worker-K.0.json and .1.json.
require 'objspace'

folder = ARGV.fetch(0)
PRELOADED = Array.new(30_000) { |i| "a catalogue that all workers read #{i} " * 2 }
LARGE = 'x' * 3_000_000
ObjectSpace.trace_object_allocations_start
TRACED = Array.new(2_000) { |i| { name: "setting #{i}" } }
GC.start
Integer(ARGV.fetch(1)).times do |k|
  fork do
    $leak = Array.new(2_000 * (k + 1)) { |i| "of worker #{k}: #{i}" }
    2.times do |n|
      GC.start
      File.open("#{folder}/worker-#{k}.#{n}.json", 'w') { |file| ObjectSpace.dump_all(output: file) }
      $leak.concat(Array.new(500) { |i| "more #{i}" })
    end
    exit!(0)
  end
end
Process.waitall.each { |_, status| exit!(1) unless status.success? }
