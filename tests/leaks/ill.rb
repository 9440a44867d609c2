# frozen_string_literal: true

# A program with one illness of memory: ruby ill.rb leak|buffer|fragmented|outside|warming|steady DIR [full]. Writes DIR/heap.0.json to
# heap.2.json, each with the sidecar that heapbatch-capture would write, as far as heapbatch reads it; full: dumps with empty slots,
# and no sidecars.

require 'fiddle'
require 'json'
require 'objspace'

KIND, DIR, FULL = ARGV
MEMSET = Fiddle::Function.new(Fiddle::Handle::DEFAULT['memset'], [Fiddle::TYPE_VOIDP, Fiddle::TYPE_INT, Fiddle::TYPE_SIZE_T], Fiddle::TYPE_VOIDP)
NATIVE_BYTES = 24 << 20
CACHE = {} # rubocop:disable Style/MutableConstant
LOG = +''
KEPT = [] # rubocop:disable Style/MutableConstant

def live(step)
  case KIND
  when 'leak' then KEPT.concat(Array.new(40_000) { |i| "entry #{i} of step #{step}, kept for ever and a day" })
  when 'buffer' then LOG << ('a line of the log, never shortened' * 150_000) # one old object
  when 'fragmented' # a peak, of which a strewn few stay
    (1..600_000).each_slice(600_000) { |all| KEPT.concat(all.map(&:to_s).select.with_index { |_, i| (i % 200).zero? }) } if step == 1
  when 'outside' then MEMSET.call(Fiddle.malloc(NATIVE_BYTES), 1, NATIVE_BYTES)
  when 'warming' # a cache of 80,000 entries; when it is full, some are replaced
    (step == 1 ? 80_000 : 500).times { |i| CACHE[i] = "entry #{i} of step #{step}, until another one comes" }
  when 'steady' then 20_000.times { |i| "request #{i}" }
  end
end

def sidecar(path)
  rss = File.read('/proc/self/status')[/^VmRSS:\s+(\d+)/, 1].to_i * 1024
  File.write(path, JSON.generate('taken_at' => Time.now.utc.strftime('%Y-%m-%dT%H:%M:%S.%LZ'), 'pid' => Process.pid,
                                 'ruby_version' => RUBY_VERSION, 'gc_count' => GC.count, 'gc_stat' => GC.stat, 'rss_bytes' => rss,
                                 'pss_bytes' => nil))
end

def dump(path)
  File.open(path, 'w') { |file| ObjectSpace.dump_all(output: file, full: !FULL.nil?) }
end

dump(File::NULL) # what the first dump itself takes
3.times do |step|
  live(step) unless step.zero?
  3.times { GC.start }
  sidecar("#{DIR}/heap.#{step}.meta.json") unless FULL
  dump("#{DIR}/heap.#{step}.json")
  sleep 0.05
end
