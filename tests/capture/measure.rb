# frozen_string_literal: true

# What heapbatch-capture costs a server under load: ruby tests/capture/measure.rb [--seconds N] [--objects N]. Four servers, one
# after the other: threads and Puma, through rbtrace and through gdb. Clients ask without pause; three dumps are taken. A
# line each: requests, how many were lost, the slowest one without captures, the slowest while they were taken, and what
# remains of the slowest when the time that it shares with a collection or a fork is taken off, how long gdb had the server
# stopped at most. Then heapbatch has to name the leak. Exit status 1 when a request was lost, more than 100 ms remain, or the
# leak is not named; a server is measured up to three times, as on a busy machine any request may have to wait.

require 'json'
require 'time'
require_relative 'serving'

REPO = File.expand_path('../..', __dir__)
MOST_MS = 100
seconds = ARGV.join(' ')[/--seconds (\d+)/, 1]&.to_i || 20
OBJECTS = ARGV.join(' ')[/--objects (\d+)/, 1]&.to_i || 500_000

# [from, to] on the monotonic clock: when all stood still to collect and to fork.
def still(meta)
  offset = Process.clock_gettime(Process::CLOCK_REALTIME) - Process.clock_gettime(Process::CLOCK_MONOTONIC)
  taken = Time.parse(meta['taken_at']).to_f - offset
  [taken - meta['gc_ms'] / 1000 - 0.001, taken + meta['fork_ms'] / 1000 + 0.001]
end

def remaining(request, windows)
  start, took, = request
  took - windows.sum { |from, to| [[to, start + took].min - [from, start].max, 0].max }
end

def milliseconds(times)
  (times.max * 1000).round(1)
end

def dump(server, out, seconds)
  log = File.join(out, 'log')
  every = [seconds / 4, 1].max
  system(File.join(REPO, 'capture/heapbatch-capture'), '--pid', server.pid.to_s, '--every', every.to_s, '--count', '3', '--gzip',
         '--out', out, out: log, err: log) || abort(File.read(log))
  sleep([seconds - 3 * every, 1].max)
  Dir[File.join(out, '*.meta.json')].map { |path| JSON.parse(File.read(path)) }
end

# The longest time that a tracer had the process stopped, in milliseconds, while the block ran.
def longest_stop(server)
  longest = since = nil
  sampler = Thread.new do
    loop do
      stopped = File.read("/proc/#{server.pid}/stat")[/\) t /]
      since = stopped ? since || server.now : nil
      longest = [longest || 0, (server.now - since) * 1000].max if since
      sleep 0.001
    end
  end
  yield
  longest ? format('%.1f', longest) : '-'
ensure
  sampler.kill
end

def leak_named?(out)
  json = File.join(out, 'report')
  system(File.join(REPO, 'build/heapbatch'), '--quiet', '--json', json, *Dir[File.join(out, '*.json.gz')], err: File::NULL)
  suspect = JSON.parse(File.read(json))['series'][0]['suspects'][0]
  suspect && suspect['holder']['type'] == 'HASH' && suspect['share_permille'] > 800
end

def measure(kind, via, seconds)
  server = Serving.new(kind, *('rbtrace' if via == 'rbtrace'), "ballast=#{OBJECTS}")
  server.under_load { sleep(seconds / 4.0) }
  before = milliseconds(server.requests.map { |_, took,| took })
  Dir.mktmpdir('hb-measure') do |out|
    metas = []
    stop = longest_stop(server) { server.under_load { metas = dump(server, out, seconds) } }
    windows = metas.map { |meta| still(meta) }
    rest = milliseconds(server.requests.map { |request| remaining(request, windows) })
    named = leak_named?(out)
    ok = server.lost.zero? && rest < MOST_MS && named && metas.all? { |meta| meta['via'] == via }
    puts format('%-8s %-8s %8d %5d %10.1f %10.1f %10.1f %8.1f %8.1f %8s  %-6s %s', kind, via, server.requests.size, server.lost, before,
                milliseconds(server.requests.map { |_, took,| took }), rest, metas.map { |meta| meta['gc_ms'] }.max,
                metas.map { |meta| meta['fork_ms'] }.max, stop, named ? 'named' : 'NOT', ok ? 'ok' : 'FAILED')
    ok
  end
ensure
  server&.stop
end

puts "#{OBJECTS} objects more, 4 clients, #{seconds} s, 3 dumps; milliseconds; load average #{File.read('/proc/loadavg').split.first}"
puts 'server   via      requests  lost    before    slowest  remaining  collect     fork  stopped  leak'
good = %i[threads puma].product(%w[rbtrace gdb]).map { |kind, via| (1..3).any? { measure(kind, via, seconds) } }
exit good.all?
