# frozen_string_literal: true

# A program that leaks in one way that is known, and writes three dumps of itself: OUT.0.json OUT.1.json OUT.2.json.
#
#   ruby leaky.rb MODE OUT [N]        TRACE=0: without tracing of allocations
#
# MODE is one of Leaks' methods, `all` for all of them, or `none`. Each step adds N entries to the leak (1000) and
# replaces a working set of N entries. There is a step before each dump. README.md of this folder says what an entry is
# in each mode, and what holds it as the dump has it.

require 'objspace'
require 'set'

ObjectSpace.trace_object_allocations_start unless ENV['TRACE'] == '0'

# A class that keeps what it was ever asked for.
class Registry
  @cache = {}

  def self.fetch(key)
    @cache[key] ||= yield
  end
end

# The same, fed from ten places.
class Catalogue
  @entries = {}

  def self.add(key, value)
    @entries[key] = value
  end
end

# Entries that two tables hold: this one, and a global array.
class Directory
  @names = {}

  def self.enter(name, i)
    @names[i] = name
    $index << name
  end
end

module Hooks
  HANDLERS = []

  def self.on_event(&block)
    HANDLERS << block
  end
end

Node = Struct.new(:value, :next_node)

class Journal
  def initialize
    @first = @last = Node.new('first', nil)
  end

  def append(value)
    @last = @last.next_node = Node.new(value, nil)
  end
end

class Visitors
  def initialize
    @seen = Set.new
  end

  def saw(name)
    @seen << name
  end
end

JOURNAL = Journal.new
VISITORS = Visitors.new
OUTBOX = Thread::Queue.new
# Keeps what it is given in a local variable.
COLLECTOR = Fiber.new do
  seen = []
  loop { seen << Fiber.yield }
end
COLLECTOR.resume
CONNECTION = Object.new
WORKER = Thread.new { sleep }
POOL = Thread.new { sleep }
$leak = []
$index = []

# One entry each. A text is a STRING of 100 bytes outside its slot.
module Leaks
  module_function

  def text(name, i)
    "#{name} #{i} ".ljust(100, '.')
  end

  # Two STRINGs (the key is copied by the hash: only the copy stays) and an ARRAY.
  def cache(i)
    Registry.fetch("cache:#{i}") { [text('cache', i)] }
  end

  # A proc, its environment, and the STRING it captures.
  def closures(i)
    message = text('closure', i)
    Hooks.on_event { message }
  end

  # Thread#[]: of the thread's fiber.
  def fiber_local(i)
    (WORKER[:seen] ||= []) << text('fiber local', i)
  end

  def thread_local(i)
    POOL.thread_variable_set(:seen, {}) unless POOL.thread_variable?(:seen)
    POOL.thread_variable_get(:seen)[i] = text('thread local', i)
  end

  def queue(i)
    OUTBOX << text('queue', i)
  end

  def set(i)
    VISITORS.saw(text('visitor', i))
  end

  def fiber(i)
    COLLECTOR.resume(text('fiber', i))
  end

  # A finalizer that is defined again and again for one object, with a proc that captures a STRING.
  def finalizer(i)
    message = text('finalizer', i)
    ObjectSpace.define_finalizer(CONNECTION, proc { message })
  end

  def global(i)
    $leak << text('global', i)
  end

  def list(i)
    JOURNAL.append(text('list', i))
  end

  def ten_sites(i)
    value =
      case i % 10
      when 0 then text('site 0', i).dup
      when 1 then text('site 1', i).upcase
      when 2 then text('site 2', i).reverse
      when 3 then text('site 3', i) + '!'
      when 4 then text('site 4', i) * 2
      when 5 then text('site 5', i).tr('.', '-')
      when 6 then text('site 6', i).capitalize
      when 7 then text('site 7', i).swapcase
      when 8 then text('site 8', i).center(120)
      when 9 then text('site 9', i).rjust(120)
      end
    Catalogue.add(i, value)
  end

  # Held twice, so that neither table alone retains it.
  def shared(i)
    Directory.enter(text('shared', i), i)
  end

  def none(_index) end
end

MODES = Leaks.singleton_methods.sort - %i[text none]

def working_set(n)
  Array.new(n) { |i| { id: i, name: "request #{i}".ljust(60, '.') } }
end

def dump(path)
  3.times { GC.start }
  File.open(path, 'w') { |file| ObjectSpace.dump_all(output: file) }
end

mode, out, n = ARGV
n = (n || 1000).to_i
modes = mode == 'all' ? MODES : [mode.to_sym]
abort "usage: leaky.rb all|none|#{MODES.join('|')} OUT [N]" unless out && (modes - MODES - [:none]).empty?

$working_set = nil
3.times do |step|
  $working_set = working_set(n)
  n.times { |i| modes.each { |leak| Leaks.public_send(leak, step * n + i) } }
  dump("#{out}.#{step}.json")
end
