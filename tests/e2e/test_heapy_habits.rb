# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# `heapbatch diff` and `heapbatch read` against heapy itself (Debian's ruby-heapy), on all dumps of tests/data. Taken out of
# both's dumps are lines that heapy cannot read (names that needed escapes), and SHAPE lines, which are objects to heapy alone.
# Lines are compared in any order where heapy has none: among equals.
class TestHeapyHabits < E2E::Test
  S = Synthetic

  def heapy(*args)
    run = E2E.execute(['heapy', *args.map(&:to_s)])
    assert_status 0, run
    run.out.b
  end

  def ours(*args, status: 0, **options)
    run = heapbatch(*args, validate: false, spread: false, **options)
    assert_status status, run
    run
  end

  # What heapy reads as we do.
  def common(text)
    text.each_line.select { |line| JSON.parse(line)['type'] != 'SHAPE' rescue false }.join
  end

  def common_paths(name)
    E2E.series_paths(name).each_with_index.map { |path, i| put("#{name}.#{i}.json", common(Oracle.read_text(path))) }
  end

  def packed(paths)
    paths.map { |path| put("#{File.basename(path)}.gz", E2E.gzip(File.binread(path))) }
  end

  def sorted(text)
    text.b.lines.sort
  end

  # ---- diff ----------------------------------------------------------------------------------------------------

  def assert_diff(paths)
    theirs = File.join(@dir, 'theirs.out')
    mine = File.join(@dir, 'mine.out')
    expected = heapy('diff', *paths, "--output_diff=#{theirs}")
    refute_empty expected.lines
    got = ours('diff', '--format', 'heapy', "--output-diff=#{mine}", *paths).out
    assert_equal sorted(expected.gsub(theirs, mine)), sorted(got)
    assert_equal File.binread(theirs), File.binread(mine)
    got
  end

  E2E::SERIES.each do |name|
    define_method("test_diff_of_#{name.tr('-', '_')}") do
      paths = common_paths(name)
      [paths.first(2), paths].each do |some|
        got = assert_diff(some)
        lines = ours('diff', '--format', 'heapy', *some).out
        assert_equal got.sub(/\n\nWriting .*\n\z/, "\n"), lines
        [2, 3].each do |ranks|
          out = File.join(@dir, "#{ranks}.out")
          run = ours('diff', '--spread', '--format', 'heapy', *packed(some), '--output-diff', out, ranks: ranks)
          assert_equal lines, run.out.sub(/\n\nWriting .*\n\z/, "\n")
          assert_equal File.binread(File.join(@dir, 'mine.out')), File.binread(out)
        end
      end
    end
  end

  # What is the same with and without `heapbatch diff`: the same identity, the same answer.
  def test_table_shows_what_is_retained
    paths = E2E.series_paths('ruby33')
    retained = heapbatch_json('--series', 'one', '--top', 0, *paths).json['series'][0]['retained']
    [nil, 1, 3].each do |ranks|
      out = ours('diff', '--top', 0, *paths, ranks: ranks).out
      rows = out.lines.drop(3).map { |line| Integer(line[/\A +([\d,]+)  /, 1].delete(',')) }
      assert_equal retained['sites'].map { |row| row['objects'] }, rows
      assert_match(/\ARetained: #{retained['objects'].digits.each_slice(3).map(&:join).join(',').reverse} objects, /, out)
    end
  end

  # An object in the place of a freed one is new; to heapy it is not.
  def test_identity
    before = S.dump([S.object(0x1000, 'STRING', file: 'a.rb', line: 1, generation: 1)])
    after = S.dump([S.object(0x1000, 'ARRAY', file: 'b.rb', line: 2, generation: 5)])
    paths = [put('0.json', before), put('1.json', after)]
    assert_match(/\ANew: 1 object, /, ours('diff', *paths).out)
    assert_equal '', ours('diff', '--format', 'heapy', *paths).out
    assert_equal '', heapy('diff', *paths)
  end

  def test_hostile_names_are_escaped
    before = S.dump(S.classes)
    after = S.dump(S.classes, S.object(S::BASE + 800, 'STRING', klass: S::BASE + 40, file: "\e[31m\u202e.rb", line: 3, memsize: 40))
    paths = [put('0.json', before), put('1.json', after)]
    [[], %w[--format heapy]].each do |format|
      out = ours('diff', *format, *paths).out.force_encoding('UTF-8')
      assert_includes out, '\x1b[31m\u202e.rb:3'
      refute_match(/\e|\u202e/, out)
    end
  end

  def test_diff_of_standard_input
    texts = S.small_series
    paths = texts.each_with_index.map { |text, i| put("#{i}.json", text) }
    expected = ours('diff', *paths).out
    3.times do |i|
      named = paths.dup
      named[i] = '-'
      assert_equal expected, ours('diff', *named, stdin: paths[i]).out
      assert_equal expected, ours('diff', *named, stdin: paths[i], ranks: 2).out
    end
    assert_match(/reads AFTER a second time/, ours('diff', paths[0], '-', '--output-diff', 'x', stdin: paths[1], status: 1).err)
    assert_match(/only one dump/, ours('diff', '-', '-', status: 1).err)
  end

  # What a dump lacks would look new: no difference at all.
  def test_damaged_dumps_have_no_difference
    texts = S.small_series
    good = texts.each_with_index.map { |text, i| put("#{i}.json", text) }
    cut = put('cut.json.gz', E2E.gzip(texts[1])[0...-20])
    out = File.join(@dir, 'out')
    good.size.times do |i|
      [cut, File.join(@dir, 'missing.json')].each do |bad|
        [nil, 3].each do |ranks|
          paths = good.dup
          paths[i] = bad
          run = ours('diff', '--output-diff', out, *paths, status: 3, ranks: ranks)
          assert_equal '', run.out
          assert_match(/#{Regexp.escape(bad)}: .*no difference is shown/m, run.err)
          refute_path_exists out
        end
      end
    end
  end

  def test_dumps_of_other_processes
    paths = [E2E.series_paths('ruby31')[0], E2E.series_paths('ruby33')[1]]
    run = ours('diff', *paths, status: 1)
    assert_equal '', run.out
    assert_match(/left out of the difference.*cannot be compared object by object/m, run.err)
    refute_empty ours('diff', '--format', 'heapy', *paths).out
  end

  def test_diff_command_line
    paths = S.small_series.each_with_index.map { |text, i| put("#{i}.json", text) }
    [[], paths.first(1), [*paths, paths[0]], [*paths, '--no-such'], ['--format', 'xml', *paths], ['--top', 'x', *paths],
     [*paths, '--format'], [*paths, '--output-diff', '-'], [*paths, '--output-diff', paths[2]], ['', *paths.first(2)],
     [*paths, '--format', 'heapy', '--identity', 'address-type']].each do |args|
      [nil, 2].each do |ranks|
        run = ours('diff', *args, status: 1, ranks: ranks)
        assert_equal '', run.out
        assert_match(/\Aheapbatch error: .+\nTry 'heapbatch diff --help'/, run.err)
      end
    end
    assert_operator ours('diff', '--help').out.lines.map(&:size).max, :<=, 81
    assert_equal '', ours('diff', '--quiet', *paths).out
    assert_match(/cannot be created/, ours('diff', *paths, '--output-diff', File.join(@dir, 'no/such'), status: 4).err)
  end

  # The lines are those of AFTER, whatever came to be of the objects later.
  def test_output_diff_has_the_lines_of_after
    line = ->(memsize) { S.object(S::BASE + 800, 'STRING', klass: S::BASE + 40, memsize: memsize, value: "v#{memsize}") }
    dumps = [S.dump(S.classes), S.dump(S.classes, line[40], S.object(S::BASE + 880, 'ARRAY')), S.dump(S.classes, line[400])]
    paths = dumps.each_with_index.map { |text, i| put("#{i}.json", text) }
    out = File.join(@dir, 'out')
    assert_match(/\ARetained: 1 object, 400 B/, ours('diff', '--output-diff', out, *paths).out)
    assert_equal "#{line[40]}\n", File.read(out)
    assert_equal "Retained STRING 1 objects of size 40/40 (in bytes) at: :\n", ours('diff', '--format', 'heapy', *paths).out
    ours('diff', '--output-diff', out, paths[0], paths[0])
    assert_equal '', File.read(out)
  end

  # ---- read ----------------------------------------------------------------------------------------------------

  # Sections of heapy's reading; among equals its order is any.
  def sections(text)
    body, strings = text.b.split("\nDuplicate strings\n==============================\n\n", 2)
    lists = body.split("\n\n").map { |list| list.lines.map(&:chomp).sort }
    blocks = strings.to_s.split("\n\n").map { |block| [block.lines.first.chomp, *block.lines.drop(1).map(&:chomp).sort] }
    [lists, blocks.sort]
  end

  # Its order as far as it has one: the figures, section by section.
  def figures(text)
    text.b.lines.map { |line| line[/\A +\d+(?=  )|\A\D.*|\A\n/] }
  end

  E2E::SERIES.each do |name|
    define_method("test_read_of_#{name.tr('-', '_')}") do
      path = common_paths(name)[2]
      gz = packed([path])[0]
      expected = heapy('read', path)
      assert_equal expected, ours('read', '--format', 'heapy', path).out
      [2, 3].each { |ranks| assert_equal expected, ours('read', '--spread', '--format', 'heapy', gz, ranks: ranks).out }
      generations = expected.scan(/^Generation: +(\d+)/).flatten
      next if name.include?('untraced')

      assert_operator generations.size, :>, 2
      ['all', generations.first, generations.last].each { |generation| assert_reading(path, gz, generation) }
    end
  end

  def assert_reading(path, gz, generation)
    mine = ['read', '--format', 'heapy', '--show-values', '--top']
    expected = heapy('read', path, generation, '--lines', 1_000_000)
    whole = ours(*mine, 0, path, generation).out
    assert_equal sections(expected), sections(whole), generation
    assert_equal figures(expected), figures(whole)
    run = ours(*mine, 0, '--spread', gz, generation, ranks: 3)
    assert_equal whole, run.out
  end

  def test_rows_of_a_reading
    path = common_paths('ruby33')[2]
    [['all'], ['all', '--lines', 3], [18, '--lines', 1]].each do |args|
      assert_equal figures(heapy('read', path, *args)), figures(ours('read', '--format', 'heapy', '--show-values', path, *args).out)
    end
  end

  # SHAPE lines are lines of no generation; what heapy cannot read it leaves out.
  def test_read_counts_all_lines
    %w[ruby33 ruby41].each do |name|
      path = E2E.series_paths(name)[1]
      text = Oracle.read_text(path)
      count = ours('read', '--format', 'heapy', path).out[/^Count: (\d+)/, 1].to_i
      assert_equal text.lines.size, count
      unread = text.lines.count { |line| !JSON.parse(line) rescue true }
      assert_equal count - unread, heapy('read', put("#{name}.json", text))[/^Count: (\d+)/, 1].to_i
    end
  end

  def test_contents_as_ruby_writes_them
    values = ["a\"b\\c", "tab\t nl\n bell\a esc\e del\x7f", "\#{x} \#$y \#@z # #a", "\u00e9\u0431\u{1f600}", "\ue000\u2028\u200b",
              ' blanks ', "\u0001\u0002"]
    lines = values.each_with_index.map do |value, i|
      S.object(S::BASE + 800 + 40 * i, 'STRING', value: value, file: 'a.rb', line: i + 1, generation: 4, memsize: 40)
    end
    path = put('a.json', S.dump(lines))
    assert_equal sections(heapy('read', path, 4)), sections(ours('read', '--format', 'heapy', '--show-values', path, 4).out)
  end

  # The table: everything counts, also what has no site.
  def test_read_table
    path = E2E.series_paths('ruby33')[2]
    dump = E2E.loaded(path)
    out = ours('read', path).out
    by_generation = dump.objects.group_by { |o| o.generation || 'nil' }
    rows = out.lines.drop(2).map { |line| line.split.values_at(0, -1) }
    assert_equal by_generation.map { |generation, objects| [generation.to_s, objects.size] }.sort,
                 rows.map { |objects, generation| [generation, objects.delete(',').to_i] }.sort
    ['all', 'nil', 18].each do |generation|
      table = ours('read', '--top', 0, path, generation).out
      assert_equal table, ours('read', '--top', 0, '--spread', path, generation, ranks: 3).out
      objects = dump.objects.select { |o| generation == 'all' || (o.generation || 'nil') == generation }
      assert_match(/\AGeneration #{generation}: #{objects.size.digits.each_slice(3).map(&:join).join(',').reverse} objects, /, table)
      sites = table[/^Sites by objects\n.*?\n\n/m].lines.drop(2).map { |line| line.split(' ', 4) }.reject { |row| row.size < 4 }
      expected = objects.group_by { |o| o.file ? "#{o.file}:#{o.line}" : '(no site recorded)' }.transform_values(&:size)
      assert_equal expected.values.sort, sites.map { |row| row[0].delete(',').to_i }.sort
    end
  end

  # Contents are shown to who asks for them, and nowhere else.
  def test_read_keeps_secrets
    path = put('a.json', S.small(more: 5))
    [['all'], ['all', '--format', 'heapy'], []].each do |args|
      run = ours('read', path, *args)
      refute_match(/TOPSECRET/, run.out + run.err)
    end
    assert_match(/TOPSECRET/, ours('read', path, 'all', '--format', 'heapy', '--show-values').out)
  end

  def test_read_command_line
    path = put('a.json', S.small(more: 5))
    [[], [path, 'some'], [path, '-1'], [path, '3', '4'], ['-', 'all'], [path, '--output-diff', 'x'], [path, '--identity', 'strict'],
     [path, 'nil', '--format', 'heapy'], [path, '--lines', 'many'], [path, '99999999999999999999']].each do |args|
      [nil, 2].each do |ranks|
        run = ours('read', *args, status: 1, ranks: ranks)
        assert_equal '', run.out
        assert_match(/\Aheapbatch error: .+\nTry 'heapbatch read --help'/, run.err)
      end
    end
    assert_match(/is for heapbatch read/, ours('diff', path, path, '--show-values', status: 1).err)
    assert_operator ours('read', '--help').out.lines.map(&:size).max, :<=, 81
    assert_equal ours('read', path).out, ours('read', '-', stdin: path).out
    assert_equal '', ours('read', '--quiet', path, 'all').out
  end

  def test_read_of_what_is_not_there
    path = put('a.json', S.small(more: 5))
    [nil, 3].each do |ranks|
      assert_match(/no object of generation 77: heapbatch read/, ours('read', path, 77, status: 1, ranks: ranks).err)
      assert_match(/no object of any generation with a file/, ours('read', put('no.json', S.dump(S.classes)), 'all', '--format', 'heapy',
                                                                   status: 1, ranks: ranks).err)
      assert_match(/not analysed/, ours('read', File.join(@dir, 'missing'), 'all', status: 1, ranks: ranks).err)
      cut = put('cut.json.gz', E2E.gzip(S.small(more: 500))[0...-20])
      run = ours('read', cut, 'all', status: 3, ranks: ranks)
      assert_match(/truncated/, run.err)
      assert_match(/\AGeneration all: \d+ objects/, run.out)
    end
  end

  def test_hostile_names_of_a_reading
    file = "\e[31m\u202e.rb"
    path = put('a.json', S.dump(S.object(S::BASE, 'CLASS', klass: S::BASE, name: "\e[2J"),
                                S.object(S::BASE + 40, 'STRING', klass: S::BASE, value: "\e]0;x\u202e", file: file, line: 1, generation: 3),
                                S.object(S::BASE + 80, 'STRING', klass: S::BASE, value: "\e]0;x\u202e", file: file, line: 1, generation: 3)))
    [[], ['--format', 'heapy']].each do |format|
      out = ours('read', path, 'all', '--show-values', *format).out.force_encoding('UTF-8')
      assert_includes out, '\x1b[31m\u202e.rb:1'
      refute_match(/\e|\u202e/, out)
    end
  end
end
