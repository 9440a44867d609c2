# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# `heapbatch diff` against heapy itself (Debian's ruby-heapy), on all dumps of tests/data. Taken out of both's dumps are lines that
# heapy cannot read (names that needed escapes), and SHAPE lines, which are objects to heapy alone. Lines are compared in any order:
# heapy has no order among equals.
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
end
