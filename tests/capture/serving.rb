# frozen_string_literal: true

# A server in a process of its own, and clients that keep it busy: what the tests of heapbatch-capture share.

require 'fileutils'
require 'rbconfig'
require 'socket'
require 'tmpdir'

class Serving
  HERE = __dir__

  attr_reader :pid, :port

  # kind: :threads, the server of server.rb with these words, or :puma, with rbtrace or without.
  def initialize(kind, *words)
    @dir = Dir.mktmpdir('hb-serving')
    log = File.join(@dir, 'log')
    command = kind == :puma ? puma : [RbConfig.ruby, File.join(HERE, 'server.rb'), *words]
    env = { 'BALLAST' => words.join(' ')[/ballast=(\d+)/, 1] }
    env['RUBYOPT'] = '-rrbtrace' if kind == :puma && words.include?('rbtrace')
    @pid = Process.spawn(env, *command, in: File::NULL, out: log, err: log)
    wait_for('the server') { (@port = File.read(log)[kind == :puma ? %r{http://127.0.0.1:(\d+)} : /\A(\d+)\n/, 1].to_i).positive? }
    wait_for('an answer') { ask == 'ok' }
  end

  def puma
    port = TCPServer.open('127.0.0.1', 0) { |server| server.addr[1] }
    @puma = ['puma', '-b', "tcp://127.0.0.1:#{port}", '-t', '4:4', File.join(HERE, 'config.ru')]
  end

  def stop
    Process.kill('KILL', @pid)
    Process.wait(@pid)
  rescue Errno::ESRCH, Errno::ECHILD
    nil
  ensure
    FileUtils.rm_rf(@dir)
  end

  # The answer to one request; nil when it was lost.
  def ask(what = 'get')
    Socket.tcp('127.0.0.1', @port, connect_timeout: 10) do |socket|
      socket.write(@puma ? "GET / HTTP/1.0\r\n\r\n" : "#{what}\n")
      socket.read.lines.last.to_s.chomp
    end
  rescue SystemCallError
    nil
  end

  # Clients, until the block ends: [start, seconds, whether it was answered] of each request.
  def under_load(clients: 4)
    busy = true
    threads = Array.new(clients) do
      Thread.new do
        requests = []
        while busy
          start = now
          answer = ask
          requests << [start, now - start, answer == 'ok']
          sleep 0.005
        end
        requests
      end
    end
    yield
  ensure
    busy = false
    @requests = threads.flat_map(&:value)
  end

  attr_reader :requests

  def lost
    @requests.count { |_, _, answered| !answered }
  end

  # Neither stopped nor traced by another process, and without children.
  def undisturbed?
    status = File.read("/proc/#{@pid}/status")
    status[/^State:\s+(\S)/, 1] =~ /[RSD]/ && status[/^TracerPid:\s+(\d+)/, 1] == '0' && children.empty?
  end

  def children
    Dir.glob("/proc/#{@pid}/task/*/children").flat_map { |file| File.read(file).split }
  rescue SystemCallError
    []
  end

  # For the message of a failure.
  def state
    File.read("/proc/#{@pid}/status")[/^State.*\n|^TracerPid.*\n/] + children.map { |child| File.read("/proc/#{child}/status") }.join("\n")
  rescue SystemCallError => e
    e.message
  end

  def wait_for(what, seconds = 20)
    limit = now + seconds
    until yield
      raise "#{what}: not after #{seconds} s\n#{state}" if now > limit

      sleep 0.02
    end
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end
