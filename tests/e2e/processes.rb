# frozen_string_literal: true

require 'minitest'

# Runs the tests in processes of their own: threads would share one lock for what the tests compute, and that is half of
# their time. It takes the place of Minitest's executor of threads (minitest/parallel.rb), so which tests run, in which
# order, and what is said of them stays Minitest's. For each process a thread hands out one test after the other.
class Processes
  def initialize(size)
    @size = size
    @jobs = []
  end

  def <<(job)
    @jobs << job
  end

  # Minitest has queued all tests when it calls this.
  def shutdown
    left = Queue.new
    @jobs.each_index { |number| left << number }
    left.close
    workers = []
    @size.times { workers << start_worker(workers) }
    workers.map { |worker| Thread.new { work_off(left, worker) } }.each(&:join)
    workers.each { |worker| Process.wait(worker.pid) }
  end

  private

  Worker = Struct.new(:pid, :numbers, :results)

  # A process that reads numbers of tests and writes their results until there is no more to read.
  def start_worker(others)
    (numbers_in, numbers_out), (results_in, results_out) = Array.new(2) { IO.pipe(binmode: true) }
    pid = fork do
      [numbers_out, results_in, *others.flat_map { |other| [other.numbers, other.results] }].each(&:close)
      while (number = numbers_in.read(4))
        klass, name, = @jobs[number.unpack1('L')]
        results_out.write(packed(Minitest.run_one_method(klass, name)))
        results_out.flush
      end
    end
    [numbers_in, results_out].each(&:close)
    Worker.new(pid, numbers_out, results_in)
  end

  # What a failed test raised may hold what cannot be packed, a process for instance: then its message has to do.
  def packed(result)
    Marshal.dump(result)
  rescue TypeError
    result.failures.map! { |failure| failed(failure.message, failure.backtrace) }
    Marshal.dump(result)
  end

  def failed(message, backtrace = [])
    Minitest::UnexpectedError.new(RuntimeError.new(message).tap { |error| error.set_backtrace(backtrace) })
  end

  def work_off(left, worker)
    while (number = left.pop)
      klass, name, reporter = @jobs[number]
      result = result_of(worker, number, klass.new(name))
      reporter.synchronize do
        reporter.prerecord(klass, name)
        reporter.record(result)
      end
    end
  ensure
    worker.numbers.close
  end

  # A process that ended in the middle of a test fails the test, and all that are handed to it later.
  def result_of(worker, number, test)
    worker.numbers.write([number].pack('L'))
    worker.numbers.flush
    Marshal.load(worker.results)
  rescue EOFError, Errno::EPIPE
    test.failures << failed('no result: the process that the tests are handed to has ended')
    test.time = 0
    Minitest::Result.from(test)
  end
end
