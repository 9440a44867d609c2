# frozen_string_literal: true

require_relative 'gem_names'
require_relative 'support'
require_relative 'synthetic'

# `heapbatch read` and `heapbatch diff` with --format jsonl: every row against the oracle and what Ruby's hashes make of the same dumps, in
# order, key by key.
class TestRows < E2E::Test
  include GemNames

  S = Synthetic
  BASE = S::BASE

  # A run of a command; its flags go behind it.
  def ask(command, *args, status: 0, ranks: nil, **options)
    run = heapbatch(command, '--format', 'jsonl', *('--spread' if ranks), *args, ranks: ranks, validate: false, spread: false, **options)
    assert_status status, run
    run
  end

  def rows(text)
    text.dup.force_encoding('UTF-8').lines.map { |line| JSON.parse(line) }
  end

  def packed(path)
    put("#{File.basename(path, '.gz')}.gz", E2E.multi_member(Oracle.read_text(path), size: 60_000))
  end

  # The rows, and the same bytes for any ranks and chunks, packed or not. behind: what stands behind the dumps.
  def one_answer(command, dumps, *flags, behind: nil)
    out = ask(command, *flags, *dumps, *behind).out
    packs = dumps.map { |dump| packed(dump) }
    [[packs, nil], [dumps, 1], [packs, 3], [dumps, 2, '--chunk', 7]].each do |files, ranks, *more|
      assert_equal out, ask(command, *more, *flags, *files, *behind, ranks: ranks).out
    end
    rows(out)
  end

  def assert_rows(expected, actual, hint = nil)
    where = E2E.difference(expected, actual)
    assert_nil where, hint
    assert_equal expected.map(&:keys), actual.map(&:keys), hint
  end

  # ---- read ----------------------------------------------------------------------------------------------------

  def groups(objects)
    objects.group_by { |o| yield o }.sort_by { |key, group| [-group.sum(&:memsize), Oracle.order(key)] }
  end

  def place_rows(ranking, keys, objects, &key)
    groups(objects, &key).map do |values, group|
      names = keys.zip(values).to_h { |name, value| [name, value.is_a?(String) ? Oracle.text(value) : value] }
      { 'ranking' => ranking, **names, **Oracle.tally(group), 'references' => group.sum { |o| o.refs.size } }
    end
  end

  def class_rows(dump, objects)
    rows = objects.group_by { |o| [o.type, Oracle.class_name(dump, o)] }
    rows.sort_by { |key, group| [-group.sum(&:memsize), -group.size, Oracle.order(key)] }.map do |(type, name), group|
      { 'ranking' => 'class', 'type' => type, 'class' => Oracle.text(name), **Oracle.tally(group) }
    end
  end

  # Those of --strings, and where they are.
  def string_rows(objects, values)
    rows = objects.select { |o| o.type == 'STRING' && o.value }.group_by(&:value).select { |_, group| group.size > 1 }.each_with_index
    rows.sort_by { |(_, group), i| [-group.sum(&:memsize), -group.size, i] }.map do |(value, group), _|
      sites = group.group_by { |o| [o.file, o.line] }.sort_by { |site, some| [-some.size, Oracle.order(site)] }
      row = Oracle.string_row(value, group, values)
      row = row.except('value', 'value_cut') unless values
      { 'ranking' => 'string', **row,
        'sites' => sites.map { |(file, line), some| { 'file' => Oracle.text(file), 'line' => line, 'objects' => some.size } } }
    end
  end

  def edge_rows(text)
    shapes = text.lines.filter_map { |line| JSON.parse(line) if line.include?('"type":"SHAPE"') }
    names = shapes.filter_map { |shape| shape['edge_name'] if shape['shape_type'] == 'IVAR' }
    names.tally.sort_by { |name, n| [-n, name.b] }.map { |name, n| { 'ranking' => 'shape_edge', 'name' => name, 'shapes' => n } }
  end

  # By ranking.
  def expected_rows(dump, text, generation, values)
    some = dump.objects.select { |o| generation == 'all' || (o.generation || 'nil') == generation }
    files = some.any?(&:file)
    [files ? place_rows('gem', %w[gem], some) { |o| [o.file && gem_of(o.file.b)] } : [],
     files ? place_rows('file', %w[file], some) { |o| [o.file] } : [], place_rows('site', %w[file line], some) { |o| [o.file, o.line] },
     class_rows(dump, some), string_rows(some, values), generation == 'all' ? edge_rows(text) : []]
  end

  def assert_readings(path)
    text = Oracle.read_text(path)
    dump = E2E.loaded(path)
    assert_rows Oracle.dump_row(dump)['generations'], one_answer('read', [path])
    ['all', 'nil', *dump.highest_generation].each_with_index do |generation, i|
      expected = expected_rows(dump, text, generation, i == 1)
      top = [0, 3, 0][i]
      got = one_answer('read', [path], '--top', top, *('--show-values' if i == 1), behind: generation)
      assert_rows expected.flat_map { |ranking| Oracle.cut(ranking, top) }, got, "generation #{generation}"
    end
  end

  E2E::SERIES.each do |name|
    define_method("test_read_of_#{name.tr('-', '_')}") { assert_readings(E2E.series_paths(name)[2]) }
    define_method("test_diff_of_#{name.tr('-', '_')}") { assert_diffs(E2E.series_paths(name)) }
  end

  def test_read_of_random_dumps
    3.times { |i| assert_readings(put("#{i}.json", S::Random.new(300 + i).series.last)) }
  end

  # Contents of two bytes and more sites; the first rows are those of --strings.
  def test_strings
    lines = Array.new(60) do |i|
      S.object(BASE + 800 + 40 * i, 'STRING', memsize: 40 + i % 4, value: "\u00e9\u0000\"#{i % 7}", generation: 3,
                                              **(i % 3 == 0 ? {} : { file: "/a#{i % 2}.rb", line: 1 + i % 5 }))
    end
    path = put('a.json', S.dump(S.root('vm', [BASE]), S.classes, lines))
    [0, 4].each do |top|
      strings = heapbatch_json('--show-values', '--top', top, path).json['series'][0]['strings']['top']
      got = rows(ask('read', '--show-values', '--top', top, path, 'all').out).select { |row| row['ranking'] == 'string' }
      assert_equal strings, (got.map { |row| row.except('ranking', 'sites') })
      assert_equal strings.map { |row| row['objects'] }, (got.map { |row| row['sites'].sum { |site| site['objects'] } })
      assert_operator got.map { |row| row['sites'].size }.max, :>, 2
    end
    assert_readings(path)
  end

  # ---- diff ----------------------------------------------------------------------------------------------------

  def assert_diffs(paths, identities: %w[strict])
    [paths.first(2), paths].product(identities).each_with_index do |(some, identity), i|
      top = [0, 20][i % 2]
      dumps = some.map { |path| E2E.loaded(path) }
      expected = Oracle.report([dumps], identity: identity, top: top)['series'][0]['retained']['sites']
      refute_empty expected
      got = one_answer('diff', some, '--identity', identity, '--top', top)
      assert_rows expected.map { |row| row.except('born') }, got
    end
  end

  def test_diff_of_random_dumps
    paths = S::Random.new(311).series.each_with_index.map { |text, i| put("#{i}.json", text) }
    assert_diffs(paths, identities: %w[address-type address])
  end

  def test_diff_of_what_is_the_same
    path = put('a.json', S.small(more: 5))
    assert_equal '', ask('diff', path, path).out
  end

  # The lines of the dump are written in any format.
  def test_output_diff
    paths = S.small_series.each_with_index.map { |text, i| put("#{i}.json", text) }
    run = ask('diff', *paths, '--output-diff', "#{@dir}/new.json")
    assert_equal File.readlines("#{@dir}/new.json").size, (rows(run.out).sum { |row| row['objects'] })
    assert_equal '', ask('diff', '--quiet', *paths).out
  end

  # ---- both ----------------------------------------------------------------------------------------------------

  # Escapes, and bytes that are not UTF-8, in each name there is.
  def test_hostile_names
    bad = "\e[31m\u0007\u202e\"\\"
    file = "/g/gems/x-1/#{bad}\xff.rb".b # as Ruby writes it
    strings = Array.new(2) { |i| S.object(BASE + 80 + 40 * i, 'STRING', klass: BASE, memsize: 40, value: bad, generation: 3) }
    lines = [S.object(BASE, 'CLASS', klass: BASE, name: "K#{bad}", memsize: 40),
             %({"address":"0x1000", "type":"SHAPE", "id":1, "parent_id":0, "shape_type":"IVAR", "edge_name":#{JSON.generate("@#{bad}")}}),
             *strings.map { |line| line.b.sub('"memsize"') { %("file":"#{file}", "line":7, "memsize").b } }]
    path = put('a.json', "#{lines.map(&:b).join("\n")}\n")
    shown = "/g/gems/x-1/#{bad}\u{FFFD}.rb"
    [nil, 2].each do |ranks|
      read = ask('read', '--show-values', path, 'all', ranks: ranks).out
      diff = ask('diff', put('0.json', "#{S.object(BASE, 'CLASS', klass: BASE, memsize: 40)}\n"), path, ranks: ranks).out
      [read, diff].each { |out| refute_match(/[\x00-\x09\x0b-\x1f]/n, out.b) }
      all = rows(read).group_by { |row| row['ranking'] }.transform_values(&:first)
      { %w[gem gem] => 'x-1', %w[file file] => shown, %w[site file] => shown, %w[class class] => "K#{bad}", %w[string value] => bad,
        %w[shape_edge name] => "@#{bad}" }.each { |at, name| assert_equal name, all.dig(*at), at }
      assert_equal [shown, 7], all['string']['sites'][0].values_at('file', 'line')
      assert_includes rows(diff).map { |row| row.values_at('type', 'class', 'file') }, ['STRING', "K#{bad}", shown]
    end
  end

  def test_what_cannot_be_read
    good = put('a.json', S.small(more: 5))
    cut = put('cut.json.gz', E2E.gzip(S.small(more: 500))[0...-20])
    [nil, 3].each do |ranks|
      run = ask('read', cut, 'all', status: 3, ranks: ranks)
      assert_includes rows(run.out).map { |row| row['file'] }, 'leak.rb'
      refute_empty rows(ask('read', cut, status: 3, ranks: ranks).out)
      [['read', good, 77], ['read', "#{@dir}/missing"], ['read', '-', 'all']].each do |words|
        assert_equal '', ask(*words, status: 1, ranks: ranks).out
      end
      assert_equal '', ask('diff', good, cut, status: 3, ranks: ranks).out
    end
    run = ask('read', '--format', 'xml', good, status: 1)
    assert_match(/table, heapy or jsonl/, run.err)
  end

  def test_streams
    path = put('a.json', S.small(more: 5))
    assert_equal ask('read', path).out, ask('read', '-', stdin: path).out
    assert_equal '', ask('read', '--quiet', path, 'all').out
    [['read', path, 'all'], ['read', path], ['diff', put('b.json', S.small), path]].each { |words| ask(*words, status: 4, out: '/dev/full') }
  end
end
