# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# `heapbatch show`, `path` and `objects` against the oracle, against --path and --referrers, and against themselves: with and without an
# index, for any number of ranks.
class TestInspect < E2E::Test
  S = Synthetic
  BASE = S::BASE
  COMMON = %w[address type class label retained_memsize retained_objects].freeze

  # What there is to know of a dump.
  Want = Struct.new(:dump) do
    def distance
      @distance ||= Oracle.distances(dump)
    end

    # Steps over references alone, class pointers left out, as sheap counts them: a plain search, queue by queue.
    def steps
      @steps ||= {}.tap do |seen|
        front = dump.roots.flat_map(&:refs)
        (1..).each do |n|
          front = front.uniq.select { |a| dump.by_address.key?(a) && !seen.key?(a) }
          break if front.empty?

          front.each { |a| seen[a] = n }
          front = front.flat_map { |a| dump.by_address[a].refs }
        end
      end
    end

    def number
      @number ||= dump.dominators.objects.each_with_index.to_h { |o, i| [o&.address, i] }
    end

    # What is not reached retains nothing.
    def retained(address)
      number[address] ? dump.dominators.memsize[number[address]] : 0
    end

    def retained_objects(address)
      number[address] ? dump.dominators.count[number[address]] : 0
    end

    # Addresses of its dominators, the nearest first.
    def dominators(address)
      above = []
      v = number[address]
      while v && !(v = dump.dominators.idom[v]).zero?
        above << dump.dominators.objects[v].address
      end
      above
    end

    def dominated(address)
      children = number[address] ? dump.dominators.children[number[address]] : []
      by_retained(children.map { |v| dump.dominators.objects[v].address })
    end

    def by_retained(addresses)
      addresses.sort_by { |a| [-retained(a), a] }
    end
  end

  def of_series(name)
    file = E2E.series_paths(name).last
    [Want.new(E2E.loaded(file)), file]
  end

  # A run of a command; its flags go behind it.
  def ask(command, *args, status: 0, ranks: nil, **options)
    run = heapbatch(command, *('--spread' if ranks), *args, ranks: ranks, validate: false, spread: false, **options)
    assert_status status, run
    run
  end

  def answers(command, *args, **options)
    ask(command, '--format', 'jsonl', *args, **options).out.force_encoding('UTF-8').lines.map { |line| JSON.parse(line) }
  end

  # ---- show ----------------------------------------------------------------------------------------------------

  def common(want, address)
    object = want.dump.by_address[address]
    [hex(address), object.type, Oracle.text(Oracle.class_name(want.dump, object)), want.retained(address), want.retained_objects(address)]
  end

  def assert_rows(want, addresses, rows, top, hint)
    assert_equal Oracle.cut(addresses, top).map { |a| common(want, a) }, rows.map { |row| row.values_at(*(COMMON - %w[label])) }, hint
  end

  def own_name(object)
    case object.type
    when 'CLASS', 'MODULE', 'ICLASS' then object.name
    when 'DATA' then object.struct
    when 'IMEMO' then object.imemo_type
    end
  end

  def check_fields(want, object, row)
    dump = want.dump
    classes, hops = want.distance[object.address]
    is_class = %w[CLASS MODULE ICLASS].include?(object.type)
    attached = dump.attached[object.address] if is_class && object.singleton && object.name.nil?
    assert_equal common(want, object.address), row.values_at(*(COMMON - %w[label]))
    assert_equal [object.memsize, dump.by_address.key?(object.klass) ? hex(object.klass) : nil, object.singleton],
                 row.values_at('memsize', 'class_address', 'singleton')
    assert_equal [Oracle.text(own_name(object)), Oracle.text(attached)], row.values_at('name', 'singleton_of')
    assert_equal [Oracle.text(object.file), object.line, object.generation], row.values_at('file', 'line', 'generation')
    assert_equal hops ? [true, hops, classes] : [false, nil, nil], row.values_at('reached', 'hops', 'class_edges')
  end

  def names_of(dump, object)
    return unless object.type == 'OBJECT' && object.ivars == object.refs.size && object.refs.all? { |a| dump.by_address.key?(a) }

    names = Oracle.ivars(dump, object)
    names if names && names.size == object.refs.size
  end

  # In the order of the line, or, where one dangles, of addresses.
  def check_references(want, object, row, top)
    there = object.refs.select { |a| want.dump.by_address.key?(a) }
    there.sort! if there.size < object.refs.size
    names = names_of(want.dump, object)
    assert_equal [object.refs.size, object.refs.size - there.size], row.values_at('count', 'dangling')
    assert_rows(want, there, row['objects'], top, hex(object.address))
    assert_equal Oracle.cut(names ? names.map { |n| Oracle.text(n) } : there.map { nil }, top), row['objects'].map { |r| r['via'] }
  end

  def check_referrers(want, address, row, top)
    all = want.dump.by_address.values.select { |o| o.refs.include?(address) }.map(&:address)
    assert_equal [all.size, want.dump.by_address.values.count { |o| o.klass == address }], row.values_at('references', 'instances')
    assert_equal want.dump.roots.select { |r| r.refs.include?(address) }.map { |r| Oracle.text(r.name) }, row['roots']
    assert_rows(want, want.by_retained(all), row['objects'], top, hex(address))
    vias = row['objects'].map do |r|
      from = want.dump.by_address[Integer(r['address'], 16)]
      Oracle.text(Oracle.via(want.dump, from, address))
    end
    assert_equal vias, row['objects'].map { |r| r['via'] }
  end

  def check_show(want, address, row, top)
    object = want.dump.by_address[address]
    assert_equal [hex(address), true], row.values_at('show', 'found')
    check_fields(want, object, row)
    { 'dominators' => want.dominators(address), 'dominated' => want.dominated(address) }.each do |key, addresses|
      assert_equal addresses.size, row[key]['count'], "#{key} of #{hex(address)}"
      assert_rows(want, addresses, row[key]['objects'], top, "#{key} of #{hex(address)}")
    end
    check_references(want, object, row['references'], top)
    check_referrers(want, address, row['referrers'], top)
  end

  # Strewn ones, the class with most objects, and what retains most.
  def chosen(want, n)
    dump = want.dump
    some(dump, n) + [dump.by_address.values.map(&:klass).compact.tally.max_by(&:last)[0], want.by_retained(dump.by_address.keys).first]
  end

  E2E::SERIES.each do |series|
    define_method("test_show_#{series}".tr('-', '_')) do
      want, file = of_series(series)
      addresses = chosen(want, 40)
      rows = answers('show', '--top', 7, file, *addresses.map { |a| hex(a) })
      assert_equal addresses.size, rows.size
      addresses.zip(rows) { |address, row| check_show(want, address, row, 7) }
      referrers = queries(['--top', 7, *addresses.flat_map { |a| ['--referrers', hex(a)] }], [file])
      assert_nil E2E.difference(referrers.map { |q| q.except('referrers', 'found') }, rows.map { |row| row['referrers'] })
    end

    define_method("test_path_#{series}".tr('-', '_')) do
      want, file = of_series(series)
      addresses = some(want.dump, 200)
      expected = queries(addresses.flat_map { |a| ['--path', hex(a)] }, [file])
      [[], ['--index', File.join(@dir, 'i')]].each do |index|
        rows = answers('path', *index, file, *addresses.map { |a| hex(a) })
        assert_nil E2E.difference(expected, rows)
      end
      check_lengths(want, addresses, expected)
    end

    define_method("test_objects_#{series}".tr('-', '_')) do
      want, file = of_series(series)
      check_objects(want, file)
    end
  end

  # As many steps as a search over references alone takes, unless only a class pointer leads there.
  def check_lengths(want, addresses, rows)
    direct = addresses.zip(rows).select { |a, _| want.distance[a] && want.distance[a][0].zero? }
    assert_operator direct.size, :>, 100
    direct.each { |address, row| assert_equal want.steps[address], row['steps'].drop(1).sum { |step| step['repeat'] }, hex(address) }
    (addresses - direct.map(&:first)).each { |address| refute want.steps.key?(address), hex(address) }
  end

  def test_random_dumps
    9.times do |i|
      seed = (ENV['SEED'] || 1).to_i * 1000 + i
      file = put("#{i}.json", S::Random.new(seed).series.last)
      want = Want.new(Oracle.load(file))
      addresses = want.dump.by_address.keys.sort
      next if addresses.empty?

      rows = answers('show', '--top', 3, file, *addresses.map { |a| hex(a) }, ranks: [nil, 2, 3][i % 3])
      addresses.zip(rows) { |address, row| check_show(want, address, row, 3) }
      expected = queries(addresses.flat_map { |a| ['--path', hex(a)] }, [file])
      assert_nil E2E.difference(expected, answers('path', file, *addresses.map { |a| hex(a) })), "seed #{seed}"
      check_objects(want, file)
    end
  end

  # ---- objects -------------------------------------------------------------------------------------------------

  def named?(dump, object, name)
    Oracle.class_name(dump, object) == name || (object.type == 'DATA' ? object.struct : object.type == 'IMEMO' && object.imemo_type) == name
  end

  def at_site?(object, file, line)
    object.line == line && object.file && (object.file == file || object.file.end_with?("/#{file}"))
  end

  # [arguments, what has to hold]
  def filters(want)
    dump = want.dump
    site = dump.by_address.values.filter_map { |o| o.file && [o.file, o.line] }.tally.max_by { |key, n| [n, key] }&.first
    all = [[[], ->(_) { true }],
           [%w[--type STRING --min-memsize 41], ->(o) { o.type == 'STRING' && o.memsize >= 41 }],
           [%w[--class Hash --min-retained 200], ->(o) { named?(dump, o, 'Hash') && want.retained(o.address) >= 200 }],
           [%w[--class proc], ->(o) { named?(dump, o, 'proc') }], [%w[--class K1], ->(o) { named?(dump, o, 'K1') }],
           [%w[--class ment --type IMEMO], ->(o) { named?(dump, o, 'ment') && o.type == 'IMEMO' }],
           [%w[--class None], ->(_) { false }]]
    return all unless site

    base = File.basename(site[0])
    all + [[['--site', "#{site[0]}:#{site[1]}"], ->(o) { at_site?(o, *site) }],
           [['--site', "#{base}:#{site[1]}", '--type', 'STRING'], ->(o) { at_site?(o, base, site[1]) && o.type == 'STRING' }],
           [['--site', "#{base[1..]}:#{site[1]}"], ->(o) { at_site?(o, base[1..], site[1]) }]]
  end

  ORDERS = { 'retained' => ->(want, a) { [-want.retained(a), a] }, 'memsize' => ->(want, a) { [-want.dump.by_address[a].memsize, a] },
             'address' => ->(_, a) { a } }.freeze

  def check_objects(want, file)
    filters(want).each_with_index do |(args, holds), i|
      order, key = ORDERS.to_a[i % 3]
      all = want.dump.by_address.values.select(&holds)
      addresses = all.map(&:address).sort_by { |a| key.call(want, a) }
      top = [20, 0, 5][i / 3 % 3]
      rows = answers('objects', file, *args, '--order', order, '--top', top)
      assert_rows(want, addresses, rows, top, args.join(' '))
      rows.each do |row|
        object = want.dump.by_address[Integer(row['address'], 16)]
        assert_equal [object.memsize, Oracle.text(object.file), object.line], row.values_at('memsize', 'file', 'line')
      end
      next unless i < 3

      first = ask('objects', file, *args).out.lines.first
      assert_equal all.size, Integer(first[/\A([\d,]+) object/, 1].delete(',')), first
    end
  end

  # ---- one answer ----------------------------------------------------------------------------------------------

  QUESTIONS = [%w[show], %w[show --top 0 --format jsonl], %w[path], %w[path --format jsonl], %w[objects --top 50],
               %w[objects --top 0 --order address --format jsonl]].freeze

  def question(words, addresses)
    words[0] == 'objects' ? [] : addresses.map { |a| hex(a) }
  end

  # The same bytes for any ranks, packed or not, from an index or not, from the first question on or later.
  def check_one_answer(text, addresses)
    plain = put('d.json', text)
    packed = put('d.json.gz', E2E.multi_member(text, size: 60_000))
    index = File.join(@dir, 'index')
    QUESTIONS.each do |words|
      expected = ask(*words, plain, *question(words, addresses)).out
      refute_empty expected
      [[packed, nil], [plain, 1], [plain, 2], [packed, 3], [plain, nil, '--chunk', 7, '--threads', 2]].each do |file, ranks, *more|
        assert_equal expected, ask(*words, *more, file, *question(words, addresses), ranks: ranks).out, words.join(' ')
      end
      [[plain, 3], [plain, nil], [plain, 2], [packed, nil], [packed, 1]].each do |file, ranks|
        assert_equal expected, ask(*words, '--index', index, file, *question(words, addresses), ranks: ranks).out, words.join(' ')
      end
      assert_equal expected, ask(*words, '-', *question(words, addresses), stdin: plain).out
      assert_equal expected, ask(*words, '-', *question(words, addresses), stdin: packed, ranks: 2).out
    end
    assert_equal 2, Dir.children(index).size
  end

  def test_one_answer_of_a_real_dump
    want, file = of_series('ruby33')
    check_one_answer(Oracle.read_text(file), some(want.dump, 5))
  end

  def test_one_answer_of_a_random_dump
    text = S::Random.new(77).series.last
    check_one_answer(text, some(Oracle.parse('x', text), 9))
  end

  # ---- what is said --------------------------------------------------------------------------------------------

  # Two objects that hold each other, a root, instance variables, a singleton class, a string.
  def dump
    S.dump(S.root('vm', [BASE, BASE + 80]), S.root('vm', [BASE + 80]), S.classes,
           S.object(0x1000, 'SHAPE', id: 0), S.object(0x1028, 'SHAPE', id: 1, parent_id: 0, shape_type: 'IVAR', edge_name: '@cache'),
           S.object(BASE + 80, 'OBJECT', klass: BASE, shape_id: 1, ivars: 1, refs: [BASE + 120], memsize: 40, file: '/app/a.rb', line: 3,
                                         generation: 9),
           S.object(BASE + 120, 'HASH', klass: BASE + 160, size: 2, refs: [BASE + 200, 0x99, BASE + 200], memsize: 168),
           S.object(BASE + 160, 'CLASS', klass: BASE, singleton: true, memsize: 500),
           S.object(BASE + 200, 'STRING', klass: BASE + 40, value: 'SECRET', memsize: 40),
           S.object(BASE + 240, 'ARRAY', klass: BASE + 40, length: 1, refs: [BASE + 200], memsize: 40),
           S.object(BASE + 280, 'MODULE', klass: BASE + 160, name: 'Mod', memsize: 400))
  end

  def test_text_of_show
    out = ask('show', put('d.json', dump), hex(BASE + 120), hex(BASE + 240)).out
    ["#{hex(BASE + 120)}: HASH (2 entries) in @cache\n", "  class      (no name) #{hex(BASE + 160)}\n", "  allocated  (no site recorded)\n",
     "  size       168 B, length 2\n", "  retains    1.2 kB in 4 objects\n", "  reached    2 steps from a root\n",
     "What dominates it: 1 object\n", "What it dominates: 2 objects immediately\n",
     "What it refers to: 3 references, 1 of them to no object of the dump\n",
     "Who refers to it: 0 ROOT lines and 1 object refer to it\n", "  @cache of OBJECT Class, /app/a.rb:3\n",
     "no root reaches this object: garbage not collected yet\n", "HASH (2 entries) in @cache\n"].each { |part| assert_includes out, part }
    refute_includes out, 'SECRET'
  end

  def test_what_a_class_is
    file = put('d.json', dump)
    of_class, of_object = answers('show', file, hex(BASE + 160), hex(BASE + 80))
    assert_equal [nil, true, 'Mod', 2], [*of_class.values_at('name', 'singleton', 'singleton_of'), of_class['referrers']['instances']]
    assert_equal %w[vm vm], of_object['referrers']['roots']
    assert_equal [[hex(BASE + 120), '@cache']], of_object['references']['objects'].map { |row| row.values_at('address', 'via') }
    assert_includes ask('show', file, hex(BASE + 160)).out, "  name       singleton class of Mod\n"
  end

  def test_an_address_of_no_object
    file = put('d.json', dump)
    %w[show path].each do |command|
      run = ask(command, '--format', 'jsonl', file, '0x10', hex(BASE), '0xffffffffffffffff', status: 1)
      assert_equal [false, true, false], run.out.lines.map { |line| JSON.parse(line)['found'] }
      assert_equal 2, run.err.scan('no object has the address').size
      assert_includes run.err, "#{file}: no object has the address 0x10\n"
      text = ask(command, file, '0x10', hex(BASE), status: 1, ranks: 2).out
      assert_match(/0x10: no object of the .*dump has this address$/, text)
      assert_includes text, 'CLASS Class'
    end
  end

  def test_truncated_dumps_are_answered_as_far_as_they_go
    text = Oracle.read_text(E2E.series_paths('ruby31').last)
    cut = put('cut.json', text[0, text.rindex("\n", -2000) + 40])
    packed = put('cut.json.gz', E2E.gzip(text)[0..-3000])
    [cut, packed].each do |file|
      [[], ['--index', "#{@dir}/i"], ['--index', "#{@dir}/i"]].each do |index|
        run = ask('objects', *index, file, '--type', 'CLASS', '--format', 'jsonl', status: 3)
        assert_equal 20, run.out.lines.size
        assert_match(/truncated/, run.err)
        address = JSON.parse(run.out.lines.first)['address']
        shown = JSON.parse(ask('show', *index, '--show-values', '--format', 'jsonl', file, address, status: 3).out)
        assert_match(/\A\{"address":"#{address}", "type":"CLASS"/, shown['text'])
        run = ask('path', *index, file, address, '0x10', status: 3)
        assert_match(/no object has the address 0x10$/, run.err)
      end
    end
  end

  def test_no_dump
    [put('empty.json', ''), put('text.json', "hello\nworld\n"), "#{@dir}/missing.json", @dir].each do |file|
      QUESTIONS.each do |words|
        [[], ['--index', "#{@dir}/i"]].each do |index|
          run = ask(*words, *index, file, *question(words, [16]), status: 1, ranks: words == %w[path] && file == @dir ? 2 : nil)
          assert_equal ['', false], [run.out, run.err.empty?], run.to_s
        end
      end
    end
    assert_empty Dir["#{@dir}/i/*"]
  end

  # Without ROOT lines nothing is known of what holds an object; all else is.
  def test_no_root_lines
    file = put('d.json', S.dump(S.classes))
    run = ask('show', file, hex(BASE))
    assert_match(/no ROOT lines/, run.err)
    assert_includes run.out, 'reached    not known: the dump has no ROOT lines'
    assert_equal 2, answers('objects', file).size
    assert_equal [[nil, []]], answers('path', file, hex(BASE)).map { |row| row.values_at('unreachable', 'steps') }
    assert_equal [[nil, nil]], answers('show', file, hex(BASE)).map { |row| row.values_at('reached', 'hops') }
    assert_match(/: not known: the dump has no ROOT lines$/, ask('path', file, hex(BASE)).out)
  end

  def test_hostile_names_are_escaped
    bad = "\e[31m\u202e\u0007"
    file = put('d.json', S.dump(S.root("vm#{bad.gsub(/[\e\a]/) { |c| format('\\u%04x', c.ord) }}", [BASE + 80]), S.classes,
                                S.object(BASE + 80, 'CLASS', klass: BASE, name: "K#{bad}", memsize: 40, file: "/x#{bad}.rb", line: 3),
                                S.object(BASE + 120, 'STRING', klass: BASE + 80, memsize: 40, value: bad, file: "/x#{bad}.rb", line: 4)))
    outs = [ask('show', '--show-values', file, hex(BASE + 80), hex(BASE + 120)), ask('path', file, hex(BASE + 80)), ask('objects', file),
            *%w[show path].map { |command| ask(command, '--format', 'jsonl', file, hex(BASE + 80), hex(BASE + 120)) },
            ask('objects', '--format', 'jsonl', file), ask('objects', file, '--class', "K#{bad}"), ask('objects', file, '--site', "x#{bad}.rb:4")]
    outs.each { |run| refute_match(/[\x00-\x09\x0b-\x1f\x7f]/, run.out + run.err) }
    outs.first(3).each { |run| refute_includes run.out.force_encoding('UTF-8'), "\u202e" }
    outs.last(2).each { |run| assert_match(/\A1 object, /, run.out) }
  end

  def test_the_line_of_the_dump
    file = put('d.json', dump)
    lines = dump.lines.map(&:chomp)
    shown = answers('show', '--show-values', file, hex(BASE + 200), hex(BASE + 80), hex(BASE + 200))
    wanted = [BASE + 200, BASE + 80, BASE + 200].map { |a| lines.find { |line| line.include?(%("address":"#{hex(a)}")) } }
    assert_equal wanted, shown.map { |row| row['text'] }
    assert_includes ask('show', '--show-values', file, hex(BASE + 200)).out, "\nIts line of the dump:\n  #{wanted[0]}\n"
    assert_equal wanted[0, 1], answers('show', '--show-values', file, hex(BASE + 200), ranks: 2).map { |row| row['text'] }
  end

  # Of several lines with one address the first counts.
  def test_lines_with_one_address
    file = put('d.json', S.dump(S.root('vm', [BASE + 80]), S.classes, S.object(BASE + 80, 'STRING', memsize: 40, value: 'one'),
                                S.object(BASE + 80, 'ARRAY', memsize: 80)))
    row = answers('show', '--show-values', file, hex(BASE + 80))[0]
    assert_equal ['STRING', 40], row.values_at('type', 'memsize')
    assert_includes row['text'], '"value":"one"'
  end

  def test_redacted
    file = put('d.json', dump)
    outs = [['show', file, hex(BASE + 80)], ['path', file, hex(BASE + 120)], ['objects', file, '--site', 'a.rb:3']].flat_map do |words|
      [[], %w[--format jsonl]].map { |format| ask(*words, *format, '--redact=key').out }
    end
    outs.each { |out| refute_includes out, 'a.rb' }
    (outs[0, 2] + outs[4, 2]).each { |out| assert_match(/path-\h{12}\.rb/, out) }
    assert_equal 1, outs.flat_map { |out| out.scan(/path-\h{12}/) }.uniq.size
  end

  # A question that prints nothing makes the index all the same.
  def test_quiet
    run = ask('objects', '--quiet', '--index', "#{@dir}/i", put('d.json', dump))
    assert_equal ['', ''], [run.out, run.err]
    assert_equal 1, Dir["#{@dir}/i/*"].size
  end

  def test_full_disk
    file = put('d.json', dump)
    run = heapbatch('objects', file, validate: false, out: '/dev/full')
    assert_status 4, run
    ask('objects', '--index', '/dev/null/x', file, status: 4)
    ask('objects', file, status: 4, env: { 'TMPDIR' => "#{@dir}/none" })
  end

  def test_wrong_usage
    [%w[show], %w[show d.json], %w[path d.json 12], %w[objects], %w[objects d.json 0x10], %w[objects d.json --type none],
     %w[show - 0x10 --index i], %w[objects d.json --order up]].each do |words|
      run = heapbatch(*words, validate: false, ranks: words.size == 1 ? 2 : nil, spread: false)
      assert_status 1, run
      assert_equal '', run.out
      assert_equal 1, run.err.scan("Try 'heapbatch #{words[0]} --help'.").size
    end
  end

  def test_help
    %w[show path objects].each do |command|
      out = ask(command, '--help').out
      assert_match(/\AUsage: heapbatch #{command} /, out)
      assert_equal out, ask(command, '--help', ranks: 3).out
    end
  end
end
