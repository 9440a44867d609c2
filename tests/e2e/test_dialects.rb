# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# The keys and defects of all Rubies (docs/FORMAT.md), and what the Ruby that is installed writes with every option that its
# dump_all has.
class TestDialects < E2E::Test
  S = Synthetic
  ROOT = File.expand_path('../..', __dir__)

  # ---- the table and the test lines ---------------------------------------------------------------------------

  def rows_below(heading, columns)
    table = File.read(File.join(ROOT, 'docs/FORMAT.md'))[/^\| #{heading} \|.*?\n\n/m]
    table.lines.drop(2).map(&:strip).reject(&:empty?).map { |row| row.split(' | ', columns) }
  end

  def names_in(list)
    source = File.read(File.join(ROOT, 'tests/unit/dialect_lines.h'))
    source[/#{list}\[\] = \{\n(.*?)\n\};/m, 1].scan(/^    \{ "([^"]+)",/).flatten.uniq.sort
  end

  def test_every_key_of_the_table_has_a_line
    keys = rows_below('key \| on', 5).flat_map { |row| row[0].scan(/`(\w+)`/).flatten }
    assert_operator keys.size, :>, 40
    assert_equal keys.uniq.sort, names_in('dialect_keys')
  end

  def test_every_defect_of_the_table_has_a_line
    defects = rows_below('defect', 3).map { |row| row[0].delete_prefix('| ') }
    assert_equal defects.sort, names_in('dialect_defects')
  end

  # Nothing is in a real dump that the table does not name.
  def test_every_key_of_the_real_dumps_is_in_the_table
    known = names_in('dialect_keys')
    Dir[File.join(ROOT, 'tests/data/*.1.json.gz')].each do |path|
      keys = Oracle.read_text(path).lines.flat_map { |line| (JSON.parse(line.scrub) rescue {}).keys }.uniq
      assert_operator keys.size, :>, 20
      assert_empty keys - known, path
    end
  end

  # ---- the Ruby that is installed -----------------------------------------------------------------------------

  # Holds a bit of everything that is written oddly.
  HEAP = <<~'RUBY'
    require 'objspace'
    ObjectSpace.trace_object_allocations_start if ENV['TRACED']
    KEPT = []
    eval "KEPT << Object.new << +'x' * 50", binding, %(odd "dir"/pa\\th.rb), 7
    eval "KEPT << [1, Object.new]", binding, "/srv/\xff\xe9 \u00e9.rb".b, 8
    Point = Struct.new(:x, :y)
    KEPT << Point.new(1.5, :sym) << 2**80 << 1r << 1i << /re/ << $stdout << proc { KEPT }
    KEPT << "embedded\0nul" << "\xff\xfe".b << "caf\u00e9" << "\x01\x1b\x7f" << 'q"u\\o'
    KEPT << Hash.new { |h, k| h[k] = 1 } << Class.new << Module.new << KEPT.dup.freeze << KEPT.first.singleton_class
    def plain_method = KEPT << Object.new
    plain_method
    KEPT << ObjectSpace.dump_all(output: :string) if ENV['NESTED']
    GC.start
    since = GC.count
    1000.times { KEPT << Object.new }
  RUBY

  # The path of a dump that this Ruby wrote with these arguments of dump_all.
  def real_dump(name, arguments, heap: HEAP, **env)
    path = File.join(@dir, "#{name}.json")
    script = "#{heap}\nFile.open(ARGV[0], 'wb') { |out| #{arguments} }"
    env = { 'RUBYOPT' => nil }.merge(env.transform_keys(&:to_s))
    assert system(env, RbConfig.ruby, '--disable-gems', '-e', script, path), "ruby failed for #{name}"
    path
  end

  OPTIONS = {
    'file' => 'ObjectSpace.dump_all(output: out)',
    'string' => 'out.write(ObjectSpace.dump_all(output: :string))',
    'temporary' => 'file = ObjectSpace.dump_all(output: :file); out.write(File.binread(file.path)); File.unlink(file.path)',
    'stdout' => '$stdout.reopen(out); ObjectSpace.dump_all(output: :stdout); $stdout.flush',
    'full' => 'ObjectSpace.dump_all(output: out, full: true)',
    'one_by_one' => 'ObjectSpace.each_object(BasicObject) { |o| text = ObjectSpace.dump(o); out.write(text) if text.end_with?("}\n") }'
  }.freeze

  OPTIONS.each do |name, arguments|
    define_method("test_installed_ruby_#{name}") do
      [nil, '1'].each do |traced|
        path = real_dump("#{name}#{traced}", arguments, TRACED: traced)
        dump = Oracle.load(path)
        assert_operator dump.objects.size, :>, 4000
        assert_empty dump.invalid, "#{name}: lines that cannot be read"
        assert_oracle [path]
      end
    end
  end

  def test_installed_ruby_since
    path = real_dump('since', 'ObjectSpace.dump_all(output: out, since: since)', TRACED: '1')
    dump = Oracle.load(path)
    assert_includes 1000..20_000, dump.objects.size
    assert_empty dump.roots
    run = heapbatch_json path
    assert_status 0, run
    assert_equal [dump.objects.size, 0], run.json['series'][0]['dumps'][0].values_at('objects', 'invalid_lines')
    assert_nil run.json['series'][0]['reachability']
    assert(run.json['problems'].any? { |problem| problem['path'] == path }, 'that there are no roots')
  end

  def test_installed_ruby_a_string_that_holds_a_dump
    path = real_dump('nested', OPTIONS['file'], NESTED: '1')
    assert_operator File.foreach(path, mode: 'rb').map(&:bytesize).max, :>, 1_000_000
    assert_oracle [path]
  end

  # Ruby 3.0 and 3.1 write what lay in their buffer. The oracle's JSON parser gives up where heapbatch still finds the end.
  def test_installed_ruby_methods_that_are_not_ascii
    heap = HEAP + <<~'RUBY'
      define_method("caf\u00e9") { KEPT << Object.new }
      define_method("\u65e5\u672c\u8a9e") { KEPT << "kept #{KEPT.size}" }
      200.times { send("caf\u00e9"); send("\u65e5\u672c\u8a9e") }
    RUBY
    path = real_dump('methods', OPTIONS['file'], heap: heap, TRACED: '1')
    dump = Oracle.load(path)
    assert_operator dump.objects.size + dump.invalid.size, :>, 5000
    run = heapbatch_json path
    assert_status 0, run
    row = run.json['series'][0]['dumps'][0]
    assert_equal dump.objects.size + dump.invalid.size, row['objects'] + row['invalid_lines']
    assert_operator row['invalid_lines'], :<=, dump.invalid.size
    assert_equal run.json_text, heapbatch_json(path, env: { 'HB_SCAN' => 'portable' }).json_text
  end

  # Its own file is still open: the last line has no end.
  def test_installed_ruby_dumping_into_a_file_that_is_still_open
    path = real_dump('open', 'ObjectSpace.dump_all(output: out); out.flush; out.truncate(out.size - 1)')
    refute File.binread(path).end_with?("\n")
    assert_oracle [path]
  end

  # Two processes that append to one file: lines that were torn are counted, all others are read.
  def test_lines_torn_by_two_writers
    one, two = S.small(more: 300), S.small(more: 300).gsub('"0x', '"0x5')
    pieces = [one, two].map { |text| text.scan(/.{1,4096}/mn) }
    text = pieces[0].zip(pieces[1]).flatten.compact.join
    whole = text.lines & (one.lines + two.lines)
    run = heapbatch_json put('torn.json', text)
    assert_includes [0, 3], run.status, run.to_s
    row = run.json['series'][0]['dumps'][0]
    assert_operator text.lines.size - whole.size, :>, 20
    assert_includes 10..text.lines.size - whole.size, row['invalid_lines']
    assert_operator row['objects'], :>=, whole.size - 6
  end
end
