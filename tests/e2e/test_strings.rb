# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# --strings and --show-values: contents that several strings have, told by a hash, and shown only when asked for.
class TestStrings < E2E::Test
  S = Synthetic
  BASE = S::BASE
  SEED = Integer(ENV['SEED'] || '20240601')

  # ---- against the oracle ------------------------------------------------------------------------------------

  E2E::SERIES.each do |name|
    define_method("test_#{name}_equal_strings".tr('-', '_')) do
      paths = E2E.series_paths(name)
      dumps = paths.map { |p| E2E.loaded(p) }
      assert_oracle paths, '--strings', dumps: dumps
      assert_oracle paths, '--show-values', dumps: dumps, top: 0, ranks: 3
    end
  end

  # The ways in which JSON can write a character.
  def written(char, dice)
    code = char.ord
    return format(code > 0xffff ? '\\u%04x\\u%04X' : '\\u%04x', *units(code)) if code < 0x20 || '"\\'.include?(char) || dice.rand(4).zero?

    char == '/' && dice.rand(2).zero? ? '\\/' : char
  end

  def units(code)
    code > 0xffff ? [0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff)] : [code]
  end

  ALPHABET = ["a", "b", "/", "\"", "\\", "\n", "\0", "\x7f", "\u00e9", "\u20ac", "\u{1f600}", "\u202e"].freeze

  # A STRING line with these contents; nil: without.
  def string(address, contents, dice: Random.new(1), memsize: 40, type: 'STRING')
    line = S.object(address, type, klass: BASE + 40, memsize: memsize)
    contents ? line.sub(/, "memsize"/) { %(, "value":"#{contents.each_char.map { |c| written(c, dice) }.join}", "memsize") } : line
  end

  def random_dump(seed)
    dice = Random.new(seed)
    pool = Array.new(1 + dice.rand(30)) { Array.new([0, 1, 2, 190, 210][dice.rand(5)] + dice.rand(12)) { ALPHABET.sample(random: dice) }.join }
    lines = Array.new(dice.rand(400)) do |i|
      contents = dice.rand(8).zero? ? nil : pool[[dice.rand(pool.size), dice.rand(pool.size)].min]
      string(BASE + 400 + i * 40, contents, dice: dice, memsize: 40 * dice.rand(3), type: dice.rand(9).zero? ? 'SYMBOL' : 'STRING')
    end
    S.dump(S.root('vm', [BASE, BASE + 400]), S.classes, lines)
  end

  12.times do |i|
    define_method("test_random_strings_#{format('%02d', i)}") do
      seed = SEED + 700 + i
      path = put('random.json', random_dump(seed))
      top = [0, 20, 3][i % 3]
      [nil, 2, 3].each { |ranks| assert_oracle [path], ['--strings', '--show-values'][i % 2], top: top, ranks: ranks, hint: "SEED=#{seed}" }
    end
  end

  # ---- one answer --------------------------------------------------------------------------------------------

  def report(path, *args, **options)
    run = heapbatch_json('--show-values', *args, 'heap.json', chdir: File.dirname(path), **options)
    assert_status 0, run
    [run.json_text, run.out]
  end

  def test_one_answer
    text = Oracle.read_text(E2E.series_paths('ruby33')[2])
    path = put('heap.json', text)
    packed = File.join(@dir, 'packed', 'heap.json')
    FileUtils.mkdir_p(File.dirname(packed))
    File.binwrite(packed, E2E.gzip(text))
    File.utime(0, 0, path, packed)
    want = report(path, '--threads', 1)
    assert_operator JSON.parse(want[0])['series'][0]['strings']['top'].size, :==, 20
    [[['--threads', 4], {}], [['--chunk', 5000], {}], [[], { ranks: 3 }], [['--threads', 2], { ranks: 2, spread: false }],
     [['--chunk', 5000, '--threads', 3], { ranks: 3 }], [[], { env: { 'HB_SCAN' => 'portable' } }]].each do |args, options|
      assert_equal want, report(path, *args, **options), "#{args} #{options}"
    end
    [[], ['--threads', 1]].each { |args| assert_equal want, report(packed, *args) }
    assert_equal want, report(packed, ranks: 3)
  end

  # A dump that is cut off is the last one where there is no other; it is read again up to the same place.
  def test_cut_off_dump
    text = random_dump(SEED)
    whole = text.lines
    [text[0, text.bytesize - 20], E2E.gzip(text)[0..-12]].each_with_index do |bytes, i|
      run = heapbatch_json('--strings', put("cut#{i}.json", bytes), validate: false)
      assert_status 3, run
      strings = run.json['series'][0]['strings']
      assert_operator strings['objects'], :>, 0
      assert_equal run.json['series'][0]['dumps'][0]['types']['STRING']['objects'], strings['objects']
      assert_operator strings['objects'], :<=, whole.count { |line| line.include?('"STRING"') }
    end
  end

  # Of several dumps the last is meant, and classes are counted before it is read for this.
  def test_dumps_that_cannot_be_compared
    paths = %w[ruby27.0 ruby33.1 ruby41.2].map { |n| File.join(E2E::DATA, "#{n}.json.gz") }
    assert_oracle paths, '--strings', dumps: paths.map { |p| E2E.loaded(p) }, ranks: 2
  end

  # ---- what is shown -----------------------------------------------------------------------------------------

  def dump_of(*contents)
    lines = contents.flat_map.with_index { |text, i| [0, 1].map { |k| string(BASE + 400 + i * 80 + k * 40, text, memsize: 4000 - i) } }
    S.dump(S.root('vm', [BASE, BASE + 400]), S.classes, lines)
  end

  def test_hostile_contents
    evil = "\e[31m\u009b\u202e\"quoted\\\"\n\t\0<b>"
    path = put('evil.json', dump_of(evil, ''))
    run = assert_oracle [path], '--show-values'
    rows = run.json['series'][0]['strings']['top']
    assert_equal [evil.tr("\0", "\u{FFFD}"), ''], rows.map { |row| row['value'] }
    text = run.out.dup.force_encoding('UTF-8')
    refute_match(/[\x00-\x09\x0b-\x1f\x7f]|\u009b|\u202e/, text)
    assert_includes text, '"\x1b[31m\x9b\u202e"quoted\"\x0a\x09' "\u{FFFD}" '<b>"'
    assert_match(/  0 +0x\h+ +""$/, text)
  end

  def test_contents_are_cut_between_characters
    contents = [200, 201, 199].map { |n| 'x' * n } + ["#{'x' * 199}\u00e9", "#{'x' * 198}\u20ac!", "#{'x' * 197}\u{1f600}", "\u00e9" * 150]
    path = put('long.json', dump_of(*contents))
    run = assert_oracle [path], '--show-values'
    rows = run.json['series'][0]['strings']['top']
    assert_equal [200, 200, 199, 199, 198, 197, 200], rows.map { |row| row['value'].bytesize }
    assert_equal [false, true, false, true, true, true, true], rows.map { |row| row['value_cut'] }
    assert_equal contents.map(&:bytesize), rows.map { |row| row['bytes'] }
  end

  # Bytes that are no UTF-8, which no Ruby writes.
  def test_contents_that_are_no_utf8
    line = ->(address) { S.object(address, 'STRING', value: 'BAD', memsize: 40).b.sub('BAD', "a\xff\xc3b".b) }
    run = heapbatch_json('--show-values', put('bytes.json', S.dump(S.root('vm', [BASE]), S.classes, line[BASE + 400], line[BASE + 440])))
    assert_status 0, run
    assert_equal [[4, "a\u{FFFD}\u{FFFD}b"]], run.json['series'][0]['strings']['top'].map { |row| row.values_at('bytes', 'value') }
  end

  def test_nothing_to_show
    run = assert_oracle [put('none.json', S.dump(S.root('vm', [BASE]), S.classes))], '--show-values', ranks: 2
    assert_includes run.out, 'Equal strings: 0 of 0 strings (0 B) repeat what'
  end

  def test_only_when_asked_for
    run = heapbatch_json(E2E.series_paths('ruby33')[2])
    assert_nil run.json['series'][0]['strings']
    refute_includes run.out, 'Equal strings'
  end

  # ---- what cannot be done -----------------------------------------------------------------------------------

  def test_standard_input_cannot_be_read_twice
    [nil, 2].each do |ranks|
      run = heapbatch_json('--strings', '-', stdin: put('heap.json', random_dump(SEED)), ranks: ranks)
      assert_status 3, run
      assert_nil run.json['series'][0]['strings']
      assert_match(/standard input cannot be read twice; give the dump as a file/, run.json['problems'][0]['what'])
      assert_includes run.err, 'cannot be read twice'
    end
  end

  # The older dump may come from there.
  def test_an_older_dump_from_standard_input
    text = random_dump(SEED)
    run = heapbatch_json('--strings', '--series', 'one', '-', put('heap.json', text), stdin: put('older.json', text))
    assert_status 0, run
    refute_nil run.json['series'][0]['strings']
  end

  # The last dump is read first, and once more when the older one, from standard input, has come to its end.
  def run_while_changing(before, after)
    path = put('heap.json', before)
    older = before + "#{S.object(BASE + 8, 'ARRAY', memsize: 40)}\n" * 20_000   # more than a pipe holds
    input, output = IO.pipe
    writer = Thread.new do
      output.write(older[0..-2])
      File.binwrite(path, after)
      output.write(older[-1])
      output.close
    end
    heapbatch_json('--show-values', '--series', 'one', '-', path, stdin: input)
  ensure
    writer&.join
    input&.close
  end

  def test_a_file_that_is_no_longer_what_it_was
    run = run_while_changing(dump_of('secret'), dump_of('secret', 'another'))
    assert_status 3, run
    assert_nil run.json['series'][0]['strings']
    assert_match(/were not looked for: read once more, the file was not what it had been/, run.json['problems'].last['what'])
    refute_includes run.json_text, 'secret'
  end

  def test_redact_is_refused
    [%w[--show-values --redact], %w[--redact=key --show-values]].each do |options|
      run = heapbatch(*options, E2E.series_paths('ruby33')[0])
      assert_status 1, run
      assert_includes run.err, 'leave one out'
    end
    assert_status 0, heapbatch('--strings', '--redact', E2E.series_paths('ruby33')[0])
  end

  # ---- sweeps ------------------------------------------------------------------------------------------------

  def test_resume_and_merge
    dumps = E2E::SERIES.first(3).map { |name| E2E.series_paths(name)[2] }
    want = heapbatch_json('--show-values', *dumps)
    assert_status 0, want
    [0, 1].each { |k| assert_status 0, heapbatch('--show-values', '--part', "#{k}/2", '--out', "#{@dir}/out/part-#{k}", *dumps) } if FileUtils.mkdir_p("#{@dir}/out")
    merged = heapbatch_json('--show-values', '--out', "#{@dir}/out", '--merge', *dumps)
    assert_status 0, merged
    assert_equal [want.json_text, want.out], [merged.json_text, merged.out]
    again = heapbatch_json('--show-values', '--out', "#{@dir}/out", '--resume', *dumps, ranks: 2)
    assert_equal [want.json_text, want.out], [again.json_text, again.out]
  end

  # What one run has written is not taken over by one that asks for more, or for less.
  def test_options_make_other_series
    dump = put('heap.json', dump_of('secret'))
    out = "#{@dir}/out"
    shown = { [] => nil, ['--strings'] => [nil], ['--show-values'] => ['secret'] }
    (shown.to_a + shown.to_a.reverse).each do |options, want|
      run = heapbatch_json('--out', out, '--resume', *options, dump)
      assert_status 0, run
      strings = run.json['series'][0]['strings']
      want ? assert_equal(want, strings['top'].map { |row| row['value'] }) : assert_nil(strings)
    end
  end

  # Side by side, a rank each, and all together.
  def test_several_series
    dumps = E2E::SERIES.first(3).map { |name| E2E.series_paths(name)[1] }
    want = heapbatch_json('--show-values', '--series', 'each', *dumps)
    assert_status 0, want
    [[3, true], [2, false]].each do |ranks, spread|
      run = heapbatch_json('--show-values', '--series', 'each', *dumps, ranks: ranks, spread: spread)
      assert_equal want.json_text, run.json_text
    end
  end
end
