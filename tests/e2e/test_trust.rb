# frozen_string_literal: true

require_relative 'support'

# How far a difference can be believed: real processes whose objects move, dumps in the wrong order, dumps of two processes.
class TestTrust < E2E::Test
  # Keeps 4,000 sessions behind many objects that go, so that a compaction moves them; leaks 1,000 between any two dumps.
  PROGRAM = <<~'RUBY'
    require 'objspace'
    prefix, mode = ARGV
    GC.auto_compact = true if mode == 'auto'
    ObjectSpace.trace_object_allocations_start if ENV['TRACED']
    class Session; def initialize(i) = (@i = "session #{i}"; @d = { a: [i.to_s] }); end
    junk = Array.new(20_000) { |i| "j#{i}" }
    KEEP = Array.new(4_000) { |i| Session.new(i) }
    LEAK = []
    dump = ->(n) { GC.start; File.open("#{prefix}.#{n}.json", 'wb') { |f| ObjectSpace.dump_all(output: f) } }
    dump.(0)
    junk.clear
    GC.start
    GC.compact if mode == 'compact'
    3.times do |n|
      1_000.times { |i| LEAK << Session.new(i) }
      dump.(n + 1)
    end
  RUBY

  def dumps(mode, traced: true)
    script = put('program.rb', PROGRAM)
    prefix = File.join(@dir, mode)
    env = { 'RUBYOPT' => nil, 'TRACED' => ('1' if traced) }
    assert system(env, RbConfig.ruby, '--disable-gems', script, prefix, mode), "ruby failed: #{mode}"
    Array.new(4) { |i| "#{prefix}.#{i}.json" }
  end

  def series(run)
    run.json['series'][0]
  end

  def leaked(run)
    series(run)['retained']['sites'].select { |site| site['file']&.end_with?('program.rb') }.sum { |site| site['objects'] }
  end

  # A compaction changes no count: the 1,000 sessions between two dumps are seen, and the 4,000 that it moved are not.
  def assert_growth(run)
    row = series(run)['class_growth'].find { |r| r.values_at('type', 'class') == %w[OBJECT Session] }
    assert_equal [4_000, 5_000, 6_000, 7_000], row['objects']
    assert_equal row['objects'].map { |n| n * 40 }, row['memsize']
    assert_match(/Growth by class.*7,000 .*\+3,000 \+120\.0 kB +OBJECT Session/m, run.out)
  end

  def skip_without_compaction
    skip "this Ruby has no GC.compact" unless GC.respond_to?(:compact)
  end

  def test_nothing_moved
    run = assert_oracle dumps('none')
    assert_equal [100, 0], series(run)['trust'].values_at('score', 'moved')
    assert_nil series(run)['class_growth']
    assert_equal [true] * 4, series(run)['dumps'].map { |d| d['compared'] }
    assert_in_delta 10_000, leaked(run), 50
  end

  # All that GC.compact had moved was reported as retained, with a score of 100.
  def test_a_compaction_begins_anew
    skip_without_compaction
    paths = dumps('compact')
    run = assert_oracle paths
    assert_equal [false, true, true, true], series(run)['dumps'].map { |d| d['compared'] }
    assert_match(/left out of the difference.*GC\.compact/, series(run)['dumps'][0]['left_out'])
    assert_includes run.err, 'GC.compact moved them'
    assert_includes run.out, 'left out'
    assert(run.json['problems'].any? { |p| p['path'] == paths[0] && p['what'].include?('GC.compact') })
    assert_equal 100, series(run)['trust']['score']
    assert_in_delta 5_000, leaked(run), 50
    assert_in_delta 5_000, series(run)['retained']['objects'], 300
    assert_growth run
    [2, 3].each { |ranks| assert_equal run.json_text, heapbatch_json('--series', 'one', '--identity', 'strict', '--top', '20', *paths, ranks: ranks).json_text }
  end

  def test_only_dumps_before_a_compaction
    skip_without_compaction
    paths = dumps('compact').first(2)
    run = assert_oracle paths
    refute series(run).key?('retained') && series(run)['retained'], 'nothing to compare with'
    assert_equal [false, true], series(run)['dumps'].map { |d| d['compared'] }
    assert_status 0, run
  end

  def test_other_identities_compare_all_the_same
    skip_without_compaction
    run = heapbatch_json('--series', 'one', '--identity', 'address', *dumps('compact'))
    assert_status 0, run
    assert_equal [true] * 4, series(run)['dumps'].map { |d| d['compared'] }
  end

  def test_automatic_compaction_is_never_silent
    skip_without_compaction
    run = assert_oracle dumps('auto')
    score = series(run)['trust']['score']
    left_out = series(run)['dumps'].count { |d| d['left_out'] }
    assert left_out.positive? || score < 100, run.out
  end

  # Without tracing all that a compaction had moved was reported as retained, and trusted.
  def test_a_compaction_of_an_untraced_process
    skip_without_compaction
    paths = dumps('compact', traced: false)
    run = assert_oracle paths
    found, elsewhere, score = series(run)['trust'].values_at('strings', 'strings_elsewhere', 'score')
    assert_operator elsewhere, :>, 1_000
    assert_equal (found - elsewhere) * 100 / found, score
    assert_growth run
    assert_operator score, :<, 50
    assert_operator run.out.index('Trust in the difference'), :<, run.out.index('Retained'), run.out
    assert_includes run.out, 'made anew, or moved'
    assert_equal run.json_text, heapbatch_json('--series', 'one', '--identity', 'strict', '--top', '20', *paths, ranks: 3).json_text
  end

  def test_an_untraced_process_whose_objects_stay
    run = assert_oracle dumps('none', traced: false)
    assert_equal [true] * 4, series(run)['dumps'].map { |d| d['compared'] }
    assert_equal [100, 0], series(run)['trust'].values_at('score', 'strings_elsewhere')
    assert_operator series(run)['trust']['strings'], :>, 1_000
  end

  # A program that loads a third of its strings again: no compaction, but it could be one.
  def test_strings_that_are_made_anew
    script = put('reload.rb', <<~'RUBY')
      require 'objspace'
      $kept = Array.new(2_000) { |i| "a string that stays, number #{i}" }
      load = -> { $loaded = Array.new(1_000) { |i| "a string of the file, number #{i}" } }
      2.times { |n| load.(); GC.start; File.open("#{ARGV[0]}.#{n}.json", 'wb') { |f| ObjectSpace.dump_all(output: f) } }
    RUBY
    assert system({ 'RUBYOPT' => nil }, RbConfig.ruby, '--disable-gems', script, File.join(@dir, 'r'))
    run = assert_oracle [0, 1].map { |n| File.join(@dir, "r.#{n}.json") }
    assert_equal [true, true], series(run)['dumps'].map { |d| d['compared'] }
    assert_in_delta 1_000, series(run)['trust']['strings_elsewhere'], 20
    found, elsewhere, score = series(run)['trust'].values_at('strings', 'strings_elsewhere', 'score')
    assert_equal (found - elsewhere) * 100 / found, score
    assert_includes run.out, 'made anew, or moved'
  end

  def test_dumps_in_the_wrong_order
    paths = dumps('none')
    swapped = [1, 0, 2, 3].each_with_index.map { |from, to| put("swapped.#{to}.json", File.binread(paths[from])) }
    swapped << put('swapped.4.json', File.binread(paths[1]))
    run = assert_oracle swapped
    assert_equal [true, true, false, false, true], series(run)['dumps'].map { |d| d['compared'] }
    assert_match(/wrong order/, series(run)['dumps'][3]['left_out'])
  end

  def test_tracing_that_was_cleared_before_the_newest_dump
    paths = dumps('none')
    text = File.binread(paths[3]).gsub(/, "file":.*?, "generation":\d+/n, '')
    run = assert_oracle [paths[2], put('none.4.json', text)]
    assert_equal [false, true], series(run)['dumps'].map { |d| d['compared'] }
    assert_match(/tracing was off/, series(run)['dumps'][0]['left_out'])
  end

  def test_dumps_of_two_processes
    text = File.binread(dumps('none')[3])
    run = assert_oracle [put('p.0.json', text.gsub('"0x', '"0x1')), put('p.1.json', text)]
    assert_equal [false, true], series(run)['dumps'].map { |d| d['compared'] }
  end

  # Two classes at one address, of which the first counts, a class without a name, and objects without a class.
  def moved_dump(base, extra)
    at = ->(i) { format('"address":"0x%x"', base + 40 * i) }
    klass = ->(i) { format('"class":"0x%x"', base + 40 * i) }
    lines = [%({"type":"ROOT", "root":"vm", "references":[]}),
             %({#{at[1]}, "type":"CLASS", "name":"First \\u00e9", "generation":1, "memsize":400}),
             *Array.new(9) { |i| %({#{at[10 + i]}, "type":"OBJECT", #{klass[1]}, "generation":2, "memsize":40}) },
             %({#{at[1]}, "type":"CLASS", "name":"Second", "generation":1, "memsize":500}),
             %({#{at[2]}, "type":"CLASS", "generation":5, "memsize":400}),
             *Array.new(extra) { |i| %({#{at[30 + i]}, "type":"OBJECT", #{klass[1]}, "generation":5, "memsize":40}) },
             *Array.new(extra) { |i| %({#{at[60 + i]}, "type":"HASH", #{klass[2]}, "generation":4, "memsize":168}) },
             *Array.new(2 * extra) { |i| %({#{at[90 + i]}, "type":"STRING", "generation":4, "memsize":40}) }]
    "#{lines.join("\n")}\n"
  end

  def test_counts_by_class
    paths = [put('m.0.json', moved_dump(0x10000, 1)), put('m.1.json', moved_dump(0x90000, 4)), put('m.2.json', moved_dump(0x50000, 6))]
    run = assert_oracle paths
    rows = series(run)['class_growth'].map { |row| row.values_at('type', 'class', 'objects') }
    assert_equal [['HASH', nil, [1, 4, 6]], ['STRING', nil, [2, 8, 12]], ['OBJECT', "First \u00e9", [10, 13, 15]]], rows
    [['--chunk', '1', '--threads', '4'], ['--chunk', '300', '--threads', '2']].each do |how|
      [1, 2, 3].each do |ranks|
        again = heapbatch_json('--series', 'one', '--identity', 'strict', '--top', '20', *how, *paths, ranks: ranks)
        assert_equal run.json_text, again.json_text, "#{how} #{ranks}"
      end
    end
    cut = put('m.1.json', moved_dump(0x90000, 4)[0..-30])
    figures = series(heapbatch_json('--series', 'one', paths[0], cut, paths[2]))['class_growth'][0]['objects']
    assert_equal [1, nil, 6], figures
  end

  # Interned strings and classes stay where they are: as after GC.verify_compaction_references, which moves these too.
  def test_dumps_of_two_untraced_processes
    text = File.binread(dumps('none', traced: false)[3])
    run = assert_oracle [put('p.0.json', text.gsub('"0x', '"0x1')), put('p.1.json', text)]
    assert_equal [false, true], series(run)['dumps'].map { |d| d['compared'] }
    assert_match(/left out of the difference: of .* classes and interned strings .* elsewhere: a compaction moved them/, series(run)['dumps'][0]['left_out'])
  end
end
