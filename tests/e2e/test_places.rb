# frozen_string_literal: true

require_relative 'gem_names'
require_relative 'support'
require_relative 'synthetic'

# The tables of `heapbatch read` by gem and by file, and its shape edges, against what Ruby's hashes, regular expressions and JSON make of the
# same dumps: those of tests/data, a fresh one of a process with gems, and one with random paths.
class TestPlaces < E2E::Test
  include GemNames

  S = Synthetic
  SEED = (ENV['SEED'] || 161).to_i

  # ---- what to expect ------------------------------------------------------------------------------------------

  # Name, objects and bytes of each group, in the order of the figure with that index.
  def ranking(objects, index)
    rows = objects.group_by { |o| yield o }.map { |name, group| [name, group.size, group.sum { |o| o.memsize || 0 }] }
    rows.sort_by { |row| [-row[index], row[0] ? 1 : 0, row[0].to_s] }
  end

  def count(number)
    number.digits.each_slice(3).map(&:join).join(',').reverse
  end

  def bytes(number)
    return "#{number} B" if number < 1000

    value = number / 1000.0
    units = %w[kB MB GB TB]
    while value >= 999.95
      value /= 1000
      units.shift
    end
    tenths = (value.to_r * 10).round(half: :even) # Ruby's format takes 4.45, which is a little more, for a tie
    "#{tenths / 10}.#{tenths % 10} #{units.first}"
  end

  # The rows of a table of the output.
  def rows(out, title)
    table = out.b.split("\n\n").find { |part| part.delete_prefix("\n").start_with?(title) }
    refute_nil table, "#{title} in:\n#{out}"
    table.delete_prefix("\n").lines(chomp: true).drop(2)
  end

  CUT = Regexp.union("\u2026".b, '~') # what stands for the middle of a long name

  def assert_shown(name, shown)
    name ||= '(no site recorded)'
    head, tail = shown == name ? [name, ''] : shown.split(CUT, 2)
    assert name.start_with?(head) && name.end_with?(tail.to_s), "#{name} is shown as #{shown}"
  end

  def assert_ranking(out, title, expected)
    shown = rows(out, title)
    assert_equal expected.size, shown.size, title
    expected.zip(shown) do |(name, objects, memsize), line|
      assert_equal format('  %<objects>11s  %<size>9s  ', objects: count(objects), size: bytes(memsize)), line[0, 26]
      assert_shown name, line[26..]
    end
  end

  def assert_places(out, objects)
    if objects.none?(&:file)
      refute_match(/^(Gems|Files) by/, out)
      return
    end
    { 'bytes' => 2, 'objects' => 1 }.each do |figure, index|
      assert_ranking out, "Gems by #{figure}", ranking(objects, index) { |o| o.file && gem_of(o.file.b) }
      assert_ranking out, "Files by #{figure}", ranking(objects, index) { |o| o.file&.b }
    end
  end

  def edges(text)
    lines = text.each_line.select { |line| line.include?('"SHAPE"') }.map { |line| JSON.parse(line) }
    lines.filter_map { |shape| shape['edge_name'] if shape['type'] == 'SHAPE' && shape['shape_type'] == 'IVAR' }.tally
         .sort_by { |name, shapes| [-shapes, name.b] }
  end

  def assert_edges(out, expected)
    return refute_match(/^Shape edges/, out) if expected.empty?

    lines = expected.map { |name, shapes| format('  %<shapes>11s  %<name>s', shapes: count(shapes), name: name).b }
    assert_equal lines, rows(out, 'Shape edges')
  end

  def read(*args, **options)
    run = heapbatch('read', *args, validate: false, spread: false, **options)
    assert_status 0, run
    run.out
  end

  # One answer, and the oracle's.
  def assert_reading(path, generations)
    text = Oracle.read_text(path)
    objects = E2E.loaded(path).objects
    plain = put('plain.json', text)
    packed = put('packed.json.gz', E2E.gzip(text))
    generations.each do |generation|
      out = read('--top', 0, plain, generation)
      some = objects.select { |o| generation == 'all' || (o.generation || 'nil') == generation }
      assert_places out, some
      assert_edges out, generation == 'all' ? edges(text) : []
      [[packed, nil], [plain, 2], [packed, 2], [plain, 3], [packed, 3]].each do |dump, ranks|
        assert_equal out, read('--top', 0, *('--spread' if ranks), dump, generation, ranks: ranks)
      end
    end
  end

  # ---- dumps ---------------------------------------------------------------------------------------------------

  E2E::SERIES.each do |name|
    define_method("test_places_of_#{name.tr('-', '_')}") do
      path = E2E.series_paths(name)[2]
      assert_reading path, ['all', 'nil', *E2E.loaded(path).highest_generation]
    end
  end

  # A program in a folder as an application has it: gems that are installed, one from git, one of its own, its code.
  PROGRAM = {
    'vendor/bundle/ruby/3.1.0/bundler/gems/toy-f123456789ab/lib/toy.rb' => 'TOY = Array.new(50) { "toy" + "s" }',
    'gems/own/lib/own.rb' => 'OWN = Array.new(40) { "own" + "ed" }',
    'app/models/order.rb' => 'ORDERS = Array.new(30) { "or" + "der" }',
    'main.rb' => <<~RUBY
      require 'objspace'
      ObjectSpace.trace_object_allocations_start
      require_relative 'vendor/bundle/ruby/3.1.0/bundler/gems/toy-f123456789ab/lib/toy'
      require_relative 'gems/own/lib/own'
      require_relative 'app/models/order'
      require 'set'
      require 'optparse'
      require 'heapy'
      require 'minitest'
      File.open(ARGV[0], 'w') { |f| ObjectSpace.dump_all(output: f) }
    RUBY
  }.freeze

  def test_places_of_a_program_with_gems
    PROGRAM.each do |name, code|
      FileUtils.mkdir_p(File.dirname(File.join(@dir, 'shop', name)))
      File.write(File.join(@dir, 'shop', name), code)
    end
    path = File.join(@dir, 'fresh.json')
    assert_status 0, E2E.execute([RbConfig.ruby, File.join(@dir, 'shop/main.rb'), path])
    assert_reading path, ['all']
    shown = rows(read('--top', 0, path, 'all'), 'Gems by objects').to_h { |line| [line[26..], line[0, 13].delete(',').to_i] }
    { 'toy-f123456789ab' => 50, 'own' => 40, 'shop/app' => 30, 'optparse' => 100, 'rubygems' => 100 }.each do |gem, least|
      assert_operator shown[gem].to_i, :>=, least, "#{gem} in #{shown}"
    end
    [/\Aheapy-\d[\d.]*\z/, /\Aminitest-\d[\d.]*\z/].each { |gem| assert shown.keys.any?(gem), "#{gem} in #{shown}" }
  end

  PARTS = %w[gems bundler extensions ruby vendor_ruby site_ruby 3.1.0 2captcha-1.0 rack-2.2.4 x86_64-linux toy-f123 plain app lib bin usr local
             var srv .. ... a.rb set.rb .x.rb rubygems .gemspec].freeze

  def test_random_paths
    random = Random.new(SEED)
    lines = Array.new(3000) do |i|
      file = (random.rand(4).zero? ? '' : '/') + Array.new(random.rand(1..8)) { PARTS.sample(random: random) }.join('/')
      file += '/' if random.rand(8).zero?
      S.object(S::BASE + 800 + 40 * i, 'STRING', klass: S::BASE + 40, memsize: random.rand(2000), file: file, line: random.rand(1..3),
                                                 generation: 3)
    end
    assert_reading put('random.json', S.dump(S.classes, lines)), ['all', 3]
  rescue Minitest::Assertion => e
    raise e.class, "SEED=#{SEED}\n#{e.message}"
  end

  # --top cuts each table, and says how many rows are left.
  def test_rows
    lines = Array.new(6) { |i| S.object(S::BASE + 800 + 40 * i, 'STRING', memsize: 40 * i, file: "/g/gems/g#{i}-1/a.rb", line: 1, generation: 1) }
    shapes = Array.new(6) { |i| shape(i + 1, "@v#{i}") }
    path = put('a.json', S.dump(lines, shapes))
    out = read('--top', 2, path, 'all')
    ['Gems by bytes', 'Gems by objects', 'Files by bytes', 'Files by objects', 'Shape edges'].each do |title|
      assert_equal [2, '  4 more: --top 0 shows all'], [rows(out, title).size - 1, rows(out, title).last.chomp], title
    end
    assert_equal(['g5-1', 'g4-1'], rows(out, 'Gems by bytes').first(2).map { |line| line[26..] })
  end

  def shape(id, name, type = 'IVAR')
    %({"address":"0x#{(0x1000 + 40 * id).to_s(16)}", "type":"SHAPE", "id":#{id}, "parent_id":0, "depth":2, "shape_type":"#{type}",) +
      %("edge_name":#{JSON.generate(name)}, "edges":0, "memsize":40})
  end

  # Each line counts, also of one id; names are those of JSON; what is no instance variable does not count.
  def test_shape_edges
    lines = [shape(1, '@a'), shape(1, '@a'), shape(2, "@\u00e9\"\\"), shape(3, '@b'), shape(4, '@b', 'FROZEN'), shape(2**40, '@b'),
             shape(6, '@c').sub(/"edge_name":"@c", /, '')]
    path = put('a.json', S.dump(S.object(S::BASE, 'CLASS', name: 'A'), lines))
    assert_equal ['            2  @a', '            2  @b', "            1  @\u00e9\"\\".b], rows(read(path, 'all'), 'Shape edges')
    refute_match(/Shape edges/, read(path, 'nil'))
    refute_match(/Shape edges|Gems|Files/, read(put('b.json', S.small(more: 3)), 'all', '--format', 'heapy'))
  end

  def test_hostile_names
    file = "/g/gems/\e[31m\u202e-1/\e[2J.rb"
    lines = [S.object(S::BASE, 'STRING', file: file, line: 1, generation: 3), shape(1, "\e]0;x\u202e")]
    [nil, 2].each do |ranks|
      out = read(put('a.json', S.dump(lines)), 'all', ranks: ranks).force_encoding('UTF-8')
      ['  \x1b[31m\u202e-1', '\x1b[2J.rb', '  \x1b]0;x\u202e'].each { |shown| assert_includes out, shown }
      refute_match(/\e|\u202e/, out)
    end
  end
end
