# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# Every figure of the report equals the oracle's.
class TestOracle < E2E::Test
  S = Synthetic
  BASE = S::BASE

  # ---- real dumps --------------------------------------------------------------------------------------------

  E2E::SERIES.each do |name|
    Oracle::IDENTITIES.each do |identity|
      define_method("test_#{name}_#{identity}".tr('-', '_')) do
        paths = E2E.series_paths(name)
        assert_oracle paths, identity: identity, dumps: paths.map { |p| E2E.loaded(p) }
      end
    end

    3.times do |i|
      define_method("test_#{name}_#{i}_alone".tr('-', '_')) do
        path = E2E.series_paths(name)[i]
        assert_oracle [path], dumps: [E2E.loaded(path)]
      end
    end
  end

  def test_two_dumps
    paths = E2E.series_paths('ruby33').values_at(0, 2)
    assert_oracle paths, dumps: paths.map { |p| E2E.loaded(p) }, ranks: 2
  end

  def test_every_row
    paths = E2E.series_paths('ruby41')
    assert_oracle paths, dumps: paths.map { |p| E2E.loaded(p) }, top: 0, ranks: 3
  end

  def test_three_rows
    paths = E2E.series_paths('ruby27')
    assert_oracle paths, dumps: paths.map { |p| E2E.loaded(p) }, top: 3
  end

  # Dumps of different processes: nothing in common.
  def test_unrelated_dumps
    paths = %w[ruby27.0 ruby33.1 ruby41.2].map { |n| File.join(E2E::DATA, "#{n}.json.gz") }
    assert_oracle paths, dumps: paths.map { |p| E2E.loaded(p) }, ranks: 2
  end

  # ---- dumps of this machine's Ruby --------------------------------------------------------------------------

  def workload(**env)
    prefix = File.join(@dir, 'fresh')
    settings = { 'OUT' => prefix, 'N' => '60' }.merge(env.transform_keys(&:to_s))
    run = E2E.execute([RbConfig.ruby, File.join(E2E::DATA, 'workload.rb')], env: settings)
    assert_status 0, run
    (0..2).map { |i| "#{prefix}.#{i}.json" }
  end

  def test_fresh_traced
    paths = workload
    dumps = paths.map { |p| Oracle.load(p) }
    assert_oracle paths, dumps: dumps
    assert_oracle paths, identity: 'address', dumps: dumps, ranks: 3
  end

  def test_fresh_untraced
    assert_oracle workload(TRACE: '0')
  end

  TREE = <<~'RUBY'
    require 'objspace'
    ObjectSpace.trace_object_allocations_start
    class Leaf; end
    Node = Struct.new(:children)
    def tree(depth) = Node.new(Array.new(2) { depth.zero? ? Leaf.new : tree(depth - 1) })
    TOP = tree(9)
    File.open(ARGV[0], 'w') { |f| ObjectSpace.dump_all(output: f) }
  RUBY

  # A tree of nodes that keep their children in Arrays, as programs have them.
  def test_a_tree_is_a_circle
    path = File.join(@dir, 'tree.json')
    assert_status 0, E2E.execute([RbConfig.ruby, '-e', TREE, path])
    assert_oracle [path]
    assert_oracle [path], ranks: 3
    run = heapbatch('--json', '-', '--path', 'class:Leaf', path)
    nodes = [JSON.parse(run.out)['series'][0]['queries'][0]['tree'][0]]
    nodes << nodes.last['children'][0] until nodes.last['children'].empty?
    assert_equal ['STRUCT Node', 'ARRAY Array', 'OBJECT Leaf'], nodes.last(3).map { |n| n['label'] }
    assert_equal [1024, 1024, 1024], nodes.last(3).map { |n| n['objects'] }
  end

  DUMPER = <<~'RUBY'
    require 'objspace'
    ObjectSpace.trace_object_allocations_start
    GC.start
    since = GC.count
    $kept = Array.new(500) { |i| "string #{i}\x7f\u00e9" }
    garbage = Array.new(2000) { |i| i.to_s * 3 }
    garbage = nil
    GC.start
    File.open(ARGV[0], 'w') { |f| ObjectSpace.dump_all(output: f, full: true) }
    File.open(ARGV[1], 'w') { |f| ObjectSpace.dump_all(output: f, since: since) }
  RUBY

  def fresh_full_and_since
    full = File.join(@dir, 'full.json')
    since = File.join(@dir, 'since.json')
    assert_status 0, E2E.execute([RbConfig.ruby, '-e', DUMPER, full, since])
    [full, since]
  end

  def test_full_dump_with_empty_slots
    full, = fresh_full_and_since
    dump = Oracle.load(full)
    assert_operator dump.empty_slots, :>, 0, 'this Ruby wrote no empty slots'
    assert_oracle [full], dumps: [dump]
  end

  def test_since_dump_has_no_roots_and_no_paths
    _, since = fresh_full_and_since
    dump = Oracle.load(since)
    assert_empty dump.roots
    run = assert_oracle [since], dumps: [dump]
    assert_includes run.json['problems'].map { |p| p['path'] }, since
  end

  # ---- odd dumps ---------------------------------------------------------------------------------------------

  def odd(name, *texts, **options)
    paths = texts.each_with_index.map { |text, i| put("#{name}.#{i}.json", text) }
    assert_oracle paths, hint: name, **options
    assert_oracle paths, hint: name, ranks: 3, **options
  end

  def test_32_bit_addresses
    base = 0x0804_1000
    nodes = (0...300).map do |i|
      S.object(base + 4 + i * 20, 'STRING', klass: base + 300 * 20 + 24, refs: [base + 4 + (i * 7 % 300) * 20], memsize: 20)
    end
    klass = S.object(base + 300 * 20 + 24, 'CLASS', klass: base + 300 * 20 + 24, name: 'Tiny', memsize: 20)
    odd('bits32', S.dump(S.root('vm', [base + 4, base + 24]), nodes, klass))
  end

  def test_four_byte_slots_next_to_each_other
    nodes = (0...100).map { |i| S.object(0x1000 + i * 4, 'OBJECT', refs: [0x1000 + (i * 3 + 1) % 100 * 4], memsize: 4) }
    odd('dense', S.dump(S.root('vm', [0x1000]), nodes))
  end

  def test_addresses_at_both_ends
    high = 0xffff_ffff_ffff_fff8
    odd('ends', S.dump(S.root('vm', [8, high]), S.object(8, 'STRING', refs: [high], memsize: 1),
                       S.object(high, 'ARRAY', refs: [8, 16], memsize: 2), S.object(16, 'HASH', memsize: 3)))
  end

  def test_duplicate_addresses
    a = BASE + 400
    twice = [S.object(a, 'STRING', klass: BASE + 40, memsize: 40, refs: [a + 40]),
             S.object(a, 'ARRAY', klass: BASE, memsize: 80, refs: [a + 80])]
    rest = [S.object(a + 40, 'HASH', memsize: 10), S.object(a + 80, 'HASH', memsize: 20)]
    odd('twice', S.dump(S.root('vm', [a]), S.classes, twice, rest))
    odd('twice_apart', S.dump(S.root('vm', [a]), S.classes, twice[0], rest, twice[1]))
  end

  def test_the_same_line_twice_in_every_dump
    one = S.object(BASE + 400, 'STRING', klass: BASE + 40, memsize: 40, generation: 1)
    text = S.dump(S.root('vm', [BASE + 400]), S.classes, one, one)
    odd('again', S.small, text, text)
  end

  def test_dangling_references_and_classes
    odd('dangling', S.dump(S.root('vm', [BASE, 0x10, BASE + 0x9999_0000]), S.classes,
                           S.object(BASE + 80, 'OBJECT', klass: 0x1234_5678, refs: [BASE + 120, 0x18, BASE + 1], memsize: 8),
                           S.object(BASE + 120, 'OBJECT', klass: 8, memsize: 8)))
  end

  def test_self_references_and_repeated_references
    a = BASE + 400
    odd('self', S.dump(S.root('vm', [a, a, a]), S.object(a, 'ARRAY', klass: a, refs: [a, a, a + 40, a + 40], memsize: 8),
                       S.object(a + 40, 'ARRAY', refs: [a + 40, a], memsize: 8)))
  end

  def test_class_cycles
    a, b, c, d = Array.new(4) { |i| BASE + 40 * i }
    odd('cycle', S.dump(S.root('vm', [d]), S.object(a, 'CLASS', klass: b, name: 'A', memsize: 1),
                        S.object(b, 'CLASS', klass: c, name: 'B', memsize: 2),
                        S.object(c, 'CLASS', klass: a, singleton: true, refs: [d], memsize: 4),
                        S.object(d, 'OBJECT', klass: a, memsize: 8),
                        S.object(d + 40, 'OBJECT', klass: a, memsize: 16)))
  end

  # One way over a class edge with few hops, one over references with many: the latter wins.
  def test_a_long_way_through_data_beats_a_short_one_through_a_class
    a = (0..6).map { |i| BASE + 4000 + 40 * i }
    chain = (0..4).map { |i| S.object(a[i], 'ARRAY', klass: i.zero? ? a[6] : nil, refs: [a[i + 1]], memsize: 1) }
    odd('ways', S.dump(S.root('vm', [a[0]]), chain, S.object(a[5], 'HASH', refs: [a[6]], memsize: 1),
                       S.object(a[6], 'CLASS', name: 'Target', memsize: 1)))
  end

  def test_linked_list
    odd('list', S.list(3000) { BASE + 40 })
  end

  def test_linked_list_backwards
    lines = S.list(3000) { BASE + 40 }.lines
    odd('tsil', lines.reverse.join)
  end

  # Four labels in turn, so that nothing folds them and the tree's depth limit does.
  def test_deep_tree
    turn = ->(i) { [BASE, BASE, BASE + 40, BASE + 40, BASE, BASE + 40][i % 6] }
    odd('deep', S.list(200) { |i| turn[i] })
    [41, 52, 53, 54, 61].each { |n| odd("deep#{n}", S.list(n) { |i| turn[i] }) }
  end

  # Two and three labels in turn are a circle, which the depth limit may cut anywhere.
  def test_circles_of_labels
    [4, 5, 41, 100].each { |n| odd("two#{n}", S.list(n) { |i| i.even? ? BASE : BASE + 40 }) }
    [6, 40, 100].each do |n|
      odd("three#{n}", S.list(n) { |i| i % 3 == 2 ? 0x1000 : BASE + 40 * (i % 3) })
    end
  end

  def test_runs_of_labels
    odd('runs', S.list(30) { |i| (i / 5).even? ? BASE : BASE + 40 })
    [2, 3, 4, 5].each { |n| odd("run#{n}", S.list(n) { BASE }) }
  end

  def test_imemo_with_junk_class
    odd('imemo', S.dump(S.root('vm', [BASE + 80, BASE + 120]), S.classes,
                        S.object(BASE + 80, 'IMEMO', klass: 8, imemo_type: 'cref', refs: [BASE], memsize: 40),
                        S.object(BASE + 120, 'IMEMO', klass: BASE + 40, imemo_type: 'ment', memsize: 40),
                        S.object(BASE + 160, 'IMEMO', klass: 0xdead_beef_dead_beef, imemo_type: 'env', memsize: 40)))
  end

  def test_class_that_is_no_class
    odd('noclass', S.dump(S.root('vm', [BASE + 80]), S.classes,
                          S.object(BASE + 80, 'OBJECT', klass: BASE + 120, memsize: 1),
                          S.object(BASE + 120, 'STRING', klass: BASE + 40, name: 'Impostor', memsize: 1)))
  end

  def test_names_with_escapes_and_other_bytes
    lines = [S.root('vm', [BASE, BASE + 40, BASE + 80]),
             %({"address":"0x7f0000000000", "type":"CLASS", "name":"A\\u00e9\\"\\\\\\n\\ud83d\\ude00", "memsize":1}).b,
             %({"address":"0x7f0000000028", "type":"OBJECT", "class":"0x7f0000000000", "file":"/tmp/a\xff b/é.rb", "line":3, "memsize":1}).b,
             %({"address":"0x7f0000000050", "type":"DATA", "class":"0x7f0000000000", "struct":"we"ird\\st"ruct", "memsize":1}).b,
             %({"address":"0x7f0000000078", "type":"STRING", "value":"\\", \\"type\\":\\"ROOT\\", \\"address\\":\\"0x1\\"}", "file":"a"b", "line":1, "memsize":1}).b,
             %({"address":"0x7f00000000a0", "type":"STRING", "value":"x", "file":"c:\\new\\table.rb", "line":1, "memsize":1}).b]
    odd('names', S.dump(lines))
  end

  def test_keys_nobody_knows
    line = %({"address":"0x7f0000000000", "type":"OBJECT", "new":{"type":"ROOT", "memsize":7, "references":["0x8", [1, {"a":null}]]}, ) +
           %("later":[true, false, -1.5e3], "memsize":3, "flags":{"memsize":9, "class":"0x8"}})
    odd('unknown', S.dump(S.root('vm', [BASE]), line, S.object(BASE + 40, 'WIDGET', memsize: 4)))
  end

  def test_no_space_after_commas
    line = '{"address":"0x7f0000000000","type":"OBJECT","references":["0x7f0000000028","0x30"],"file":"a"b.rb","line":2,"memsize":3}'
    odd('tight', S.dump('{"type":"ROOT","root":"vm","references":["0x7f0000000000"]}', line, S.object(BASE + 40, 'HASH', memsize: 4)))
  end

  def test_a_line_of_megabytes
    big = S.object(BASE + 200, 'STRING', klass: BASE + 40, value: '{"type":"STRING", "address":"0x1"}' * 60_000, memsize: 3)
    odd('big', S.dump(S.root('vm', [BASE + 200]), S.classes, big, S.object(BASE + 240, 'HASH', refs: [BASE + 200], memsize: 3)))
  end

  def test_many_references
    refs = (0...20_000).map { |i| BASE + 4000 + (i % 977) * 40 }
    odd('wide', S.dump(S.root('vm', [BASE + 80]), S.classes, S.object(BASE + 80, 'ARRAY', refs: refs, memsize: 1),
                       (0...977).map { |i| S.object(BASE + 4000 + i * 40, 'STRING', klass: BASE + 40, memsize: 40) }))
  end

  # ---- how lines and files end -------------------------------------------------------------------------------

  def test_no_newline_at_the_end
    odd('end', *S.small_series.map(&:chomp))
  end

  def test_crlf
    odd('crlf', *S.small_series.map { |text| text.gsub("\n", "\r\n") })
  end

  def test_blank_lines
    odd('blank', *S.small_series.map { |text| "\n\n#{text.gsub("\n", "\n\n")}\n" })
    odd('blank_crlf', S.small.gsub("\n", "\r\n\r\n"))
  end

  def test_one_object_and_more_ranks
    path = put('one.json', S.dump(S.root('vm', [BASE]), S.object(BASE, 'STRING', memsize: 40)))
    assert_oracle [path], ranks: 5
  end

  def test_roots_only
    odd('roots', S.dump(S.root('vm', [8, 16])), S.small)
  end

  def test_packed_dumps
    { multi: :multi_member, bgzf: :bgzf, gzip: :gzip }.each do |name, how|
      texts = S.small_series
      paths = texts.each_with_index.map { |t, i| put("#{name}.#{i}.json.gz", E2E.public_send(how, t)) }
      assert_oracle paths, hint: name.to_s
    end
  end

  def test_gzip_padded_with_zeros_and_with_a_name_in_its_header
    io = StringIO.new(+''.b)
    writer = Zlib::GzipWriter.new(io)
    writer.orig_name = 'heap.json'
    writer.comment = 'a dump'
    writer.write(S.small)
    writer.finish
    path = put('padded.json.gz', io.string + "\0" * 1024)
    assert_oracle [path]
  end

  def test_gzip_members_cut_inside_lines
    path = put('cut.json.gz', E2E.multi_member(S.small(more: 20), size: 97))
    assert_oracle [path]
    assert_oracle [path], ranks: 3
  end

  def test_gzip_without_the_extension
    assert_oracle [put('hidden.json', E2E.gzip(S.small))]
  end

  # ---- random dumps ------------------------------------------------------------------------------------------

  SEED = Integer(ENV['SEED'] || '20240601')

  30.times do |i|
    define_method("test_random_#{format('%02d', i)}") do
      seed = SEED + i
      texts = Synthetic::Random.new(seed).series
      paths = texts.each_with_index.map { |text, k| put("random.#{k}.json", text) }
      identity = Oracle::IDENTITIES[i % 3]
      ranks = [nil, 2, 3, 5][i % 4]
      top = [0, 20, 2][i % 3]
      assert_oracle paths, identity: identity, top: top, ranks: ranks, hint: "SEED=#{seed}"
      assert_oracle paths.last(1), top: 0, hint: "SEED=#{seed}, the last dump alone"
    end
  end
end
