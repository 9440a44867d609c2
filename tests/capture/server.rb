# frozen_string_literal: true

# A server with a planted leak, for heapbatch-capture: ruby server.rb [rbtrace] [sleeper] [ballast=N]. Prints its port. A
# connection is one line, answered and closed: "get" (ok; it leaks a string), "traced" (whether allocations are traced).
#   rbtrace    loads rbtrace
#   sleeper    the main thread does nothing but sleep; otherwise it accepts
#   ballast=N  N objects that stay

require 'objspace'
require 'socket'
require 'rbtrace' if ARGV.include?('rbtrace')

LEAK = {} # rubocop:disable Style/MutableConstant
BALLAST = Array.new(ARGV.join(' ')[/ballast=(\d+)/, 1].to_i) { |i| [i, i.to_s] }
JOBS = Queue.new

def answer(line)
  return ObjectSpace.allocation_sourcefile(Object.new) ? 'yes' : 'no' if line == 'traced'

  LEAK[LEAK.size] = "request number #{LEAK.size}, kept for ever"
  'ok'
end

4.times do
  Thread.new do
    while (connection = JOBS.pop)
      begin
        connection.puts answer(connection.gets.to_s.chomp)
      rescue SystemCallError
        nil
      ensure
        connection.close
      end
    end
  end
end

server = TCPServer.new('127.0.0.1', 0)
$stdout.puts server.addr[1]
$stdout.flush
if ARGV.include?('sleeper')
  Thread.new { loop { JOBS << server.accept } }
  sleep
else
  loop { JOBS << server.accept }
end
