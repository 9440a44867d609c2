# What the target evaluates, behind a line that sets `dir`, the folder of the named pipes. Called again and again: the first
# one that finds a question ("NUMBER WHAT") in dir/ask answers it in dir/say, the others find none and do nothing. Nothing
# here waits for capture: with nobody at the other end a pipe opened so fails, and that is the end.
#
# A thread of its own, since nothing may be required or locked where rbtrace and a postponed job evaluate. What is
# allocated before the fork is in the dump: as little as possible.
Thread.new do
  Thread.current.report_on_exception = false
  ask = IO.new(IO.sysopen("#{dir}/ask", File::RDONLY | File::NONBLOCK))
  number, what = ask.read_nonblock(64).split
  ask.close
  say = IO.new(IO.sysopen("#{dir}/say", File::WRONLY | File::NONBLOCK), 'w')
  say.sync = true # one write a line: a pipe keeps lines of up to 4096 bytes in one piece
  begin
    say.write("#{number} taken\n")
    require 'objspace'
    case what
    when 'look'
      traces = ObjectSpace.allocation_sourcefile(Object.new) ? 'traced' : 'untraced'
      say.write("#{number} seen #{RUBY_VERSION} #{GC.stat(:heap_live_slots)} #{traces}\n")
    when 'trace'
      ObjectSpace.trace_object_allocations_start
      say.write("#{number} tracing\n")
    when 'untrace'
      ObjectSpace.trace_object_allocations_stop
      ObjectSpace.trace_object_allocations_clear
      say.write("#{number} untraced\n")
    when 'dump', 'dump-full'
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      GC.start
      collected = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      taken = Process.clock_gettime(Process::CLOCK_REALTIME)
      child = Process.fork do
        GC.disable
        whole = false
        $VERBOSE = nil
        %w[HUP INT QUIT TERM USR1 USR2 CHLD ALRM URG].each { |signal| trap(signal, 'SYSTEM_DEFAULT') }
        # The process's own sockets: a connection that it closes has to be closed here too, or its other end waits.
        Dir.children('/proc/self/fd').each do |fd|
          IO.for_fd(fd.to_i).close if File.readlink("/proc/self/fd/#{fd}").start_with?('socket:')
        rescue SystemCallError, ArgumentError
          nil
        end
        Process.setproctitle('heapbatch-capture: child that dumps')
        Process.setpriority(Process::PRIO_PROCESS, 0, 10)
        begin
          IO.write('/proc/self/oom_score_adj', '1000') # where memory runs out, this one ends, not the process
        rescue SystemCallError
          nil
        end
        data = IO.new(IO.sysopen("#{dir}/data", File::WRONLY | File::NONBLOCK), 'w')
        data.fcntl(4, 1) # F_SETFL, O_WRONLY: from here on a write waits
        say.write("#{number} opened\n")
        ObjectSpace.dump_all(output: data, full: what == 'dump-full')
        data.close
        whole = true
        say.write("#{number} whole\n")
      rescue Exception => e
        say.write("#{number} failed #{e.class}: #{e.message}"[0, 300].tr("\n", ' ') + "\n")
      ensure
        exit!(whole)
      end
      forked = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      begin
        say.write(format("%s forked %d %s %.1f %.1f {%s}\n", number, child,
                         Time.at(taken).utc.strftime('%Y-%m-%dT%H:%M:%S.%LZ'), (collected - started) * 1000,
                         (forked - collected) * 1000, GC.stat.map { |key, value| "\"#{key}\":#{value}" }.join(',')))
      ensure # also when capture was killed, and nobody reads
        begin
          Process.wait(child)
        rescue SystemCallError
          nil # the process's own wait was faster
        end
      end
      say.write("#{number} ended\n")
    end
  rescue Exception => e
    say.write("#{number} failed #{e.class}: #{e.message}"[0, 300].tr("\n", ' ') + "\n")
  ensure
    say.close
  end
rescue SystemCallError, EOFError
  nil
end
