# frozen_string_literal: true

require 'json'

# Dumps that no Ruby wrote: small, odd, or random from a seed.
module Synthetic
  module_function

  def hex(address)
    format('"0x%x"', address)
  end

  # One object line as Ruby lays it out. fields: memsize, class, refs, file, line, generation, and anything else,
  # whose value is put through JSON.
  def object(address, type, klass: nil, refs: nil, file: nil, line: nil, generation: nil, memsize: nil, **more)
    parts = ["\"address\":#{hex(address)}", "\"type\":\"#{type}\""]
    parts << "\"class\":#{hex(klass)}" if klass
    parts.concat(more.map { |key, value| "\"#{key}\":#{JSON.generate(value)}" })
    parts << "\"references\":[#{refs.map { |r| hex(r) }.join(', ')}]" if refs
    parts << "\"file\":\"#{file}\"" << "\"line\":#{line}" if file
    parts << "\"generation\":#{generation}" if generation
    parts << "\"memsize\":#{memsize}" if memsize
    parts << '"flags":{"wb_protected":true, "old":true}'
    "{#{parts.join(', ')}}"
  end

  def root(name, refs)
    %({"type":"ROOT", "root":"#{name}", "references":[#{refs.map { |r| hex(r) }.join(', ')}]})
  end

  def dump(*lines)
    "#{lines.flatten.join("\n")}\n".b
  end

  BASE = 0x7f00_0000_0000

  # Class is its own class; String's class is Class.
  def classes(base = BASE, unit = 40)
    [object(base, 'CLASS', klass: base, name: 'Class', memsize: 500),
     object(base + unit, 'CLASS', klass: base, name: 'String', memsize: 500)]
  end

  # A small dump with a bit of everything; other tests cut it, pack it, or put bad lines into it.
  def small(generation: 3, more: 0)
    extra = (0...more).map do |i|
      object(BASE + 8000 + i * 40, 'STRING', klass: BASE + 40, memsize: 40, file: 'leak.rb', line: 7 + i % 2,
                                             generation: generation, value: "TOPSECRET#{i}")
    end
    dump(root('vm', [BASE, BASE + 80]), root('machine_context', [BASE + 40]), classes,
         object(BASE + 80, 'HASH', klass: BASE, refs: [BASE + 120, *(0...more).map { |i| BASE + 8000 + i * 40 }],
                                   size: 1 + more, memsize: 168 + 40 * more),
         object(BASE + 120, 'STRING', klass: BASE + 40, value: "TOPSECRET \u00e9 \"quoted\"", memsize: 40), extra)
  end

  # Three dumps of one process: 5 strings more in each.
  def small_series
    [small, small(more: 5), small(generation: 3, more: 10)]
  end

  # A linked list that hangs from one root, followed by what kind of node its block says for each index.
  def list(length)
    nodes = (0...length).map do |i|
      address = BASE + 4000 + i * 40
      next_one = i + 1 < length ? [address + 40] : []
      object(address, 'STRUCT', klass: yield(i), refs: next_one, memsize: 40, file: 'list.rb', line: 3, generation: 1)
    end
    dump(root('vm', [BASE + 4000, BASE]), classes, nodes)
  end

  KINDS = %w[STRING ARRAY HASH OBJECT STRUCT DATA IMEMO CLASS MODULE ICLASS FILE].freeze

  # A random series of three dumps: objects come and go, slots are reused, references point anywhere.
  class Random
    def initialize(seed)
      @random = ::Random.new(seed)
      @size = 5 + @random.rand(120)
      @unit = [8, 40, 32][@random.rand(3)]
      @slots = (0...@size).map { |i| BASE + i * @unit + @random.rand(3) * 0x10_0000 }.uniq
      @objects = {}
      @clock = 1
    end

    # [text, text, text]
    def series
      (0..2).map { step }
    end

    private

    def step
      @slots.each do |address|
        @objects.delete(address) if @random.rand < 0.15
        @objects[address] ||= fresh(address) if @random.rand < 0.7
      end
      @clock += 1 + @random.rand(3)
      text
    end

    def fresh(address)
      type = KINDS[@random.rand(KINDS.size)]
      fields = { memsize: @random.rand(5) * 40 }
      fields.delete(:memsize) if @random.rand < 0.1
      fields[:klass] = pick_address if @random.rand < 0.8
      fields.merge!(file: "f#{@random.rand(3)}.rb", line: 1 + @random.rand(3), generation: @clock) if @random.rand < 0.6
      fields.merge!(named(type))
      [address, type, fields]
    end

    def named(type)
      case type
      when 'CLASS', 'MODULE'
        kind = @random.rand(4)
        kind.zero? ? { real_class_name: 'Object', singleton: true } : (kind == 1 ? {} : { name: "K#{@random.rand(4)}" })
      when 'DATA' then @random.rand(2).zero? ? {} : { struct: "s#{@random.rand(2)}" }
      when 'IMEMO' then { imemo_type: %w[ment iseq env][@random.rand(3)] }
      when 'OBJECT' then @random.rand(5).zero? ? {} : { shape_id: @random.rand(SHAPES.size + 1) }
      else {}
      end
    end

    # Ids are places: a chain of instance variables with a branch, and chains that reach no root.
    SHAPES = [[nil, nil], [0, '@a'], [1, nil], [2, '@b'], [3, '@c"'], [0, '@d'], [5, '@a'], [8, '@x'], [7, '@y'], [40, '@z']].freeze

    def shapes
      SHAPES.each_with_index.map do |(parent, ivar), id|
        more = parent ? { id: id, parent_id: parent } : { id: id }
        more.merge!(shape_type: ivar ? 'IVAR' : 'FROZEN')
        more[:edge_name] = ivar if ivar
        Synthetic.object(0x1000 + id * 40, 'SHAPE', **more)
      end
    end

    # Mostly a slot that may hold something, now and then nonsense.
    def pick_address
      @random.rand(12).zero? ? 8 + @random.rand(100) : @slots[@random.rand(@slots.size)]
    end

    def text
      lines = @objects.values.map do |address, type, fields|
        refs = Array.new([0, 0, 1, 1, 2, 3][@random.rand(6)]) { pick_address }
        fields = fields.merge(ivars: refs.size + (@random.rand(6).zero? ? 1 : 0)) if type == 'OBJECT'
        Synthetic.object(address, type, **fields, refs: refs.empty? ? nil : refs)
      end
      lines = @random.rand(2).zero? ? shapes + lines : lines + shapes
      lines.shuffle!(random: @random) if @random.rand < 0.3
      roots = (1 + @random.rand(3)).times.map do |i|
        Synthetic.root(%w[vm global_tbl vm][i], Array.new(1 + @random.rand(3)) { pick_address })
      end
      Synthetic.dump(roots, lines)
    end
  end
end
