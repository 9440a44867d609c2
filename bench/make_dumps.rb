#!/usr/bin/env ruby
# frozen_string_literal: true

# Makes a series of real heap dumps: one process, a service that leaks (bench/service/*.rb), a dump whenever its
# heap has reached the next of the object counts that were asked for.
#
#   ruby bench/make_dumps.rb --objects 5000000,10000000,15000000 --out /var/tmp/heapbatch-bench/main
#
# Enters: object counts. Leaves: DIR/heap.N.json and DIR/heap.N.json.gz, and DIR/series.json, which says how they
# were made and how large they are. series.json is written last, so a directory that has it is complete and is
# not made again unless the options differ.
#
# The counts are of object lines (an address, neither SHAPE nor NONE), within 3 percent; a linked list comes on
# top of them. Between two dumps every k-th entry of every holder is dropped and collected, so that slots are reused
# and pages fragment, and then requests are served until the heap is as large as asked for. What a request
# leaves behind does not depend on time or chance; addresses do differ from run to run, as they do in real life.
#
# Cost, with Ruby 3.1 on 2 shared cores: see bench/README.md.

require 'fileutils'
require 'json'
require 'objspace'
require 'optparse'

SERVICE_DIR = File.join(__dir__, 'service')
# The service pretends to be deployed, so that its paths are as long as real ones and the same on every machine.
DEPLOYED_AS = '/srv/shop/current/app/services'
SEED = 20_240_115
TOLERANCE = 0.03
EXPIRE_STEP = 7

# Raised before the machine, which others use too, runs out of memory.
class MemoryLimit < StandardError; end

# The leaking service: its code, loaded under the paths it would be deployed at, and its requests.
class Service
  attr_reader :served

  def initialize
    Dir[File.join(SERVICE_DIR, '*.rb')].sort.each do |path|
      eval(File.read(path), TOPLEVEL_BINDING, File.join(DEPLOYED_AS, File.basename(path)), 1) # rubocop:disable Security/Eval
    end
    @sessions = SessionStore.new
    @served = 0
  end

  def serve(requests, limit_kib)
    requests.times do |i|
      raise MemoryLimit, "over #{limit_kib} KiB" if (i % 4096).zero? && resident_kib > limit_kib

      number = @served += 1
      PageCache.get_or_store(number)
      Order.place(number) if (number % 2).zero?
      @sessions.open(number) if (number % 3).zero?
      EventBus.subscribe(number)
      EventBus.gauge(number) if (number % 4).zero?
    end
  end

  def expire
    [PageCache, Order, EventBus, @sessions].each { |holder| holder.expire_every(EXPIRE_STEP) }
  end

  def self.hold_list(options)
    LinkedQueue.in_order(options[:list]) if options[:list].positive?
    LinkedQueue.shuffled(options[:shuffled_list], Random.new(SEED)) if options[:shuffled_list].positive?
  end
end

def resident_kib
  File.read('/proc/self/status')[/^VmRSS:\s+(\d+)/, 1].to_i
end

def live_objects
  GC.start
  counts = ObjectSpace.count_objects
  counts[:TOTAL] - counts[:FREE]
end

def seconds
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  yield
  (Process.clock_gettime(Process::CLOCK_MONOTONIC) - start).round(2)
end

def say(text)
  warn "#{Time.now.strftime('%H:%M:%S')} #{text}"
end

# Serves until the heap holds `target` objects. Every step goes nine tenths of the way that the last one predicts,
# because garbage is only told from objects by a full collection, which costs seconds on a large heap.
def grow_to(target, service, limit_kib)
  live = live_objects
  per_request = 40.0
  while live < target * (1 - TOLERANCE / 3)
    missing = target - live
    requests = missing < target * 0.1 ? (missing / per_request).ceil : (missing * 0.9 / per_request).ceil
    service.serve(requests, limit_kib)
    before = live
    live = live_objects
    per_request = (live - before).fdiv(requests)
  end
  live
end

def compressor
  return ENV['HEAPBATCH_BENCH_GZIP'] if ENV['HEAPBATCH_BENCH_GZIP']

  found = ['pigz -6 -p 2', 'gzip -6'].find { |c| system("command -v #{c.split.first} >/dev/null") }
  found or raise 'neither pigz nor gzip is installed'
end

# Object lines and the references in them, ROOT lines not included.
def count_lines(path)
  objects = references = 0
  File.open(path, 'rb') do |file|
    file.each_line do |line|
      next unless line.start_with?('{"address"')

      objects += 1
      list = line[/"references":\[([^\]]*)/, 1]
      references += list.count(',') + 1 if list
    end
  end
  { objects: objects, references: references }
end

def dump(path)
  File.open("#{path}.part", 'wb') { |file| ObjectSpace.dump_all(output: file) }
  File.rename("#{path}.part", path)
end

def compress(from, to)
  command = [*compressor.split, '-c', '-n', from]
  system(*command, out: to) or raise "#{command.join(' ')} failed"
end

# The dumps are compressed only when the process that made them no longer needs the memory.
def finish_dump(path, record, keep_plain)
  record[:bytes] = File.size(path)
  record.update(count_lines(path))
  record[:gzip_seconds] = seconds { compress(path, "#{path}.gz.part") }
  File.rename("#{path}.gz.part", "#{path}.gz")
  record[:gz_bytes] = File.size("#{path}.gz")
  File.delete(path) unless keep_plain
  say "#{record[:name]}: #{record}"
end

# Runs in a process of its own; tells what it measured by the JSON that it leaves beside the dumps.
def make_heap(options, dir)
  ObjectSpace.trace_object_allocations_start
  service = Service.new
  Service.hold_list(options)
  extra = options[:list] + options[:shuffled_list]
  records = options[:objects].each_with_index.map do |target, i|
    service.expire if i.positive?
    grow = seconds { grow_to(target + extra, service, options[:memory_gib] * 1024 * 1024) }
    name = "heap.#{i}.json"
    took = seconds { dump(File.join(dir, name)) }
    say "#{name}: grown in #{grow} s, dumped in #{took} s, #{resident_kib / 1024} MiB resident"
    { name: name, target: target + extra, grow_seconds: grow, dump_seconds: took, maker_kib: resident_kib }
  end
  File.write(File.join(dir, 'heap.json.part'), JSON.generate(records))
end

def check_counts(records)
  records.each do |record|
    off = record[:objects].fdiv(record[:target]) - 1
    say "warning: #{record[:name]} is #{(off * 100).round(1)} % off its target" if off.abs > TOLERANCE
  end
end

# What must be equal for a directory to be reused.
def recipe(options)
  sources = Dir[File.join(SERVICE_DIR, '*.rb')].sort
  { objects: options[:objects], list: options[:list], shuffled_list: options[:shuffled_list], ruby: RUBY_DESCRIPTION,
    expire_step: EXPIRE_STEP, seed: SEED,
    sources: sources.to_h { |path| [File.basename(path), File.read(path).sum(32)] } }
end

def complete?(dir, options)
  manifest = JSON.parse(File.read(File.join(dir, 'series.json')), symbolize_names: true)
  same = manifest[:recipe] == JSON.parse(JSON.generate(recipe(options)), symbolize_names: true)
  same && manifest[:dumps].all? do |record|
    plain = File.join(dir, record[:name])
    File.size?("#{plain}.gz") == record[:gz_bytes] && (!options[:plain] || File.size?(plain) == record[:bytes])
  end
rescue Errno::ENOENT, JSON::ParserError
  false
end

def make_series(options)
  dir = options[:out]
  return say("#{dir}: complete, kept") if complete?(dir, options)

  FileUtils.mkdir_p(dir)
  FileUtils.rm_f(Dir[File.join(dir, '{series.json,heap.*}')])
  pid = fork { make_heap(options, dir) }
  _, status = Process.wait2(pid)
  raise "#{dir}: the heap could not be made (#{status})" unless status.success?

  notes = File.join(dir, 'heap.json.part')
  records = JSON.parse(File.read(notes), symbolize_names: true)
  records.each { |record| finish_dump(File.join(dir, record[:name]), record, options[:plain]) }
  check_counts(records)
  manifest = { recipe: recipe(options), compressor: compressor, plain: options[:plain], dumps: records }
  File.write(File.join(dir, 'series.json'), "#{JSON.pretty_generate(manifest)}\n")
  File.delete(notes)
  say "#{dir}: complete"
end

def parse_options
  options = { objects: [5_000_000, 10_000_000, 15_000_000], list: 0, shuffled_list: 0, plain: true, memory_gib: 8,
              out: ENV.fetch('HEAPBATCH_BENCH_DIR', '/var/tmp/heapbatch-bench') }
  OptionParser.new do |o|
    o.on('--objects N,N,...', Array, 'object lines of each dump') { |v| options[:objects] = v.map { |n| Integer(n) } }
    o.on('--out DIR', 'where the series goes') { |v| options[:out] = v }
    o.on('--list N', Integer, 'hold a linked list of N nodes as well') { |v| options[:list] = v }
    o.on('--shuffled-list N', Integer, 'the same, linked in random order') { |v| options[:shuffled_list] = v }
    o.on('--[no-]plain', 'keep the uncompressed dumps too') { |v| options[:plain] = v }
    o.on('--memory-gib N', Integer, 'give up when the heap takes more (8)') { |v| options[:memory_gib] = v }
  end.parse!
  raise OptionParser::InvalidOption, 'one list at a time' if [options[:list], options[:shuffled_list]].all?(&:positive?)

  options
end

make_series(parse_options) if $PROGRAM_NAME == __FILE__
