# frozen_string_literal: true

require_relative 'support'
require_relative '../capture/serving'

# What a series shows before any path: a real program has an illness of memory (tests/leaks/ill.rb), and the verdict is that one.
# Sidecars are hostile as dumps are.
class TestSymptoms < E2E::Test
  ILL = File.join(E2E::REPO, 'tests/leaks/ill.rb')
  WORDS = { 'leak' => 'Ruby objects leak', 'fragmented' => 'the slots of the Ruby heap are fragmented',
            'outside' => 'memory grows outside the Ruby heap', 'warming' => 'the working set is still warming up',
            'steady' => 'nothing grows', 'unknown' => 'no verdict yet' }.freeze
  KEYS = %w[rss pss available_slots live_slots slot_bytes old_objects malloc_increase oldmalloc_increase gc_count buffers empty outside].freeze

  def fall_ill(kind, *args)
    run = E2E.execute([RbConfig.ruby, ILL, kind, @dir, *args])
    assert_status 0, run
    Dir["#{@dir}/heap.?.json"].sort
  end

  def meta(n)
    File.join(@dir, "heap.#{n}.meta.json")
  end

  def symptoms(paths, *args, **options)
    run = heapbatch_json(*args, *paths, **options)
    assert_status 0, run
    run.json['series'][0]['symptoms']
  end

  def assert_verdict(kind, paths)
    run = heapbatch_json(*paths)
    assert_status 0, run
    found = run.json['series'][0]['symptoms']
    assert_equal kind, found['verdict'], found
    assert_includes run.out, "\nSymptoms: #{WORDS[kind]}\n"
    assert_operator run.out.index('Symptoms: '), :<, run.out.index('  dump  ')
    assert_includes run.out.split.join(' '), found['why']
    assert_equal run.json_text, heapbatch_json(*paths, ranks: 2).json_text
    found
  end

  # Figures are those of the sidecars, and what is derived from them adds up.
  def check_figures(paths, found)
    paths.each_with_index do |path, i|
      told = JSON.parse(File.read(meta(i)))
      stat = told['gc_stat']
      dump = found['dumps'][i]
      assert_equal KEYS, dump.keys
      pages = stat['heap_allocated_pages'] * (RUBY_VERSION < '3.2' ? 16_384 : 65_536)
      assert_equal [told['rss_bytes'], told['pss_bytes'], *stat.values_at('heap_available_slots', 'heap_live_slots'), pages,
                    *stat.values_at('old_objects', 'malloc_increase_bytes', 'oldmalloc_increase_bytes'), told['gc_count']],
                   dump.values_at(*KEYS[0, 9]), path
      memsize = File.foreach(path).sum { |line| line[/"memsize":(\d+)/, 1].to_i }
      assert_equal dump['rss'], memsize + dump['empty'] + dump['outside']
      assert_in_delta pages * (1 - stat['heap_live_slots'].fdiv(stat['heap_available_slots'])), dump['empty'], 2
      assert_in_delta memsize - (pages - dump['empty']), dump['buffers'], 2
    end
  end

  %w[leak fragmented outside warming steady].each do |kind|
    define_method("test_#{kind}") do
      paths = fall_ill(kind)
      check_figures(paths, assert_verdict(kind, paths))
    end
  end

  # An object that was there all along grows: it is no retained one, and a leak all the same.
  def test_old_object_that_grows
    found = assert_verdict('leak', fall_ill('buffer'))
    assert_includes found['why'], 'older ones have grown'
  end

  def test_advice
    found = assert_verdict('outside', fall_ill('outside'))
    %w[malloc_trim jemalloc MALLOC_ARENA_MAX=2 heaptrack jeprof].each { |word| assert_includes found['why'], word }
  end

  # A `full` dump has its empty slots itself; of RSS it knows nothing.
  def test_full_dumps_without_sidecars
    found = assert_verdict('fragmented', fall_ill('fragmented', 'full'))
    assert_equal [nil, nil], found['dumps'][0].values_at('rss', 'outside')
    assert_operator found['dumps'][1]['empty'], :>, 10_000_000
  end

  def test_full_dumps_of_what_grows_elsewhere
    assert_includes assert_verdict('unknown', fall_ill('outside', 'full'))['why'], 'heapbatch-capture'
  end

  def test_one_dump_and_two
    paths = fall_ill('leak')
    assert_equal 'unknown', symptoms(paths.first(1))['verdict']
    two = symptoms(paths.first(2))
    assert_equal 'leak', two['verdict']
    assert_includes two['why'], 'take a third'
  end

  def test_gzip_and_no_sidecar
    paths = fall_ill('leak')
    want = symptoms(paths)
    packed = paths.map { |path| put("#{File.basename(path)}.gz", E2E.gzip(File.binread(path))) }
    assert_equal want, symptoms(packed)
    [0, 1].each { |n| File.delete(meta(n)) }
    some = symptoms(paths)
    assert_equal [[nil, nil], 'leak'], [some['dumps'].first(2), some['verdict']]
    File.delete(meta(2))
    run = heapbatch_json(*paths)
    assert_nil run.json['series'][0].fetch('symptoms')
    refute_includes run.out, 'Symptoms'
  end

  HOSTILE = ['', '[]', '{', 'rss_bytes', "\0" * 100, '"x', '{"rss_bytes":', '{"rss_bytes":18446744073709551616}', '{"rss_bytes":-1}',
             '{"rss_bytes":"5"}', '{"rss_bytes":1e9}', '{"rss_bytes":5.5}', '{"rss_bytes":null}', '{"rss_bytes":[5]}',
             '{"x":{"rss_bytes":5}}', '{"gc_stat":7}', '{"gc_stat":{"heap_live_slots":5}}', '{"gc_stat":[{"old_objects":5}]}',
             '{"ruby_version":"999","gc_stat":{"heap_allocated_pages":5}}', '{"command":"\\",\\"rss_bytes\\":5"}',
             '{"ruby_version":"3.1.2","gc_stat":{"heap_allocated_pages":1125899906842624}}', "#{'{"a":' * 10_000}1",
             "{\"pad\":\"#{'x' * 70_000}\",\"rss_bytes\":5}"].freeze

  def test_hostile_sidecars_tell_nothing
    path = fall_ill('steady').first
    HOSTILE.each do |text|
      File.binwrite(meta(0), text)
      assert_nil symptoms([path]), text[0, 80]
    end
  end

  def test_hostile_figures
    paths = fall_ill('steady')
    stat = { heap_available_slots: 1 << 50, heap_live_slots: 0, heap_allocated_pages: (1 << 50) / 65_536 }
    [{ rss_bytes: 1, gc_stat: {} }, { rss_bytes: 1 << 50, ruby_version: '3.2', gc_stat: stat },
     { rss_bytes: 0, ruby_version: '3.1', gc_stat: stat.merge(heap_available_slots: 0) },
     { rss_bytes: 7, gc_stat: stat.merge(heap_live_slots: (1 << 50) + 1) }].each_with_index do |told, i|
      File.write(meta(i % 3), JSON.generate(told))
      run = heapbatch_json(*paths)
      assert_status 0, run
      assert_includes WORDS.keys, run.json['series'][0]['symptoms']['verdict']
    end
  end

  def test_sidecars_that_are_no_files
    path = fall_ill('steady').first
    told = File.read(meta(0))
    ['mkfifo %s', 'mkdir %s', 'ln -s /dev/zero %s', 'ln -s nowhere %s', 'ln -s %s %s'].each do |make|
      FileUtils.rm_rf(meta(0))
      assert system(format(make.gsub('%s', '%<at>s'), at: meta(0))), make
      assert_nil symptoms([path]), make
    end
    FileUtils.rm_rf(meta(0))
    put('elsewhere', told)
    File.symlink('elsewhere', meta(0)) # as a dump may be one
    assert_equal JSON.parse(told)['rss_bytes'], symptoms([path])['dumps'][0]['rss']
  end

  # Nothing but figures gets from a sidecar into a report.
  def test_no_text_of_a_sidecar_is_shown
    paths = fall_ill('steady')
    3.times { |n| File.write(meta(n), JSON.generate(JSON.parse(File.read(meta(n))).merge('command' => 'canary', 'host' => 'canary'))) }
    run = heapbatch_json(*paths)
    refute_includes run.out + run.err + run.json_text, 'canary'
  end

  def test_kept_and_taken_up_again
    paths = fall_ill('leak')
    kept = File.join(@dir, 'kept')
    want = heapbatch_json(*paths)
    first = heapbatch_json('--out', kept, *paths)
    again = heapbatch_json('--out', kept, '--resume', '--log', 'info', *paths)
    assert_equal [want.json_text] * 2, [first.json_text, again.json_text]
    assert_equal want.out, again.out
    assert_equal 1, Dir["#{kept}/*.report"].size
    File.write(meta(1), File.read(meta(1)).sub(/"rss_bytes":\d+/, '"rss_bytes":123456789'))
    changed = heapbatch_json('--out', kept, '--resume', *paths)
    assert_equal 123_456_789, changed.json['series'][0]['symptoms']['dumps'][1]['rss']
    assert_equal 2, Dir["#{kept}/*.report"].size
  end

  def test_merged
    paths = fall_ill('leak')
    kept = File.join(@dir, 'kept')
    want = heapbatch_json(*paths)
    assert_status 0, heapbatch('--part', '0/1', '--out', "#{kept}/part-0".tap { FileUtils.mkdir_p(kept) }, *paths)
    assert_equal want.json_text, heapbatch_json('--merge', '--out', kept, *paths).json_text
  end

  # Several series, side by side on ranks of their own.
  def test_many_series
    paths = fall_ill('leak')
    copies = (0..3).flat_map do |k|
      paths.each_with_index.map do |path, i|
        FileUtils.cp(meta(i), File.join(@dir, "copy#{k}.#{i}.meta.json"))
        FileUtils.cp(path, File.join(@dir, "copy#{k}.#{i}.json")) || File.join(@dir, "copy#{k}.#{i}.json")
      end
    end
    want = heapbatch_json(*copies)
    assert_equal ['leak'] * 4, want.json['series'].map { |series| series['symptoms']['verdict'] }
    [2, 3].each { |ranks| assert_equal want.json_text, heapbatch_json(*copies, ranks: ranks, spread: false).json_text }
  end

  # What heapbatch-capture writes is what is read.
  def test_captured
    server = Serving.new(:threads, 'rbtrace')
    out = File.join(@dir, 'out')
    run = nil
    server.under_load(clients: 2) do
      run = E2E.execute([File.join(E2E::REPO, 'capture/heapbatch-capture'), '--out', out, '--pid', server.pid.to_s, '--at', '0,1s,2s'])
    end
    assert_status 0, run
    found = symptoms(run.out.lines.map(&:chomp))
    metas = Dir["#{out}/*.meta.json"].sort.map { |path| JSON.parse(File.read(path)) }
    assert_equal metas.map { |told| told['rss_bytes'] }, found['dumps'].map { |dump| dump['rss'] }
    found['dumps'].each { |dump| KEYS.each { |key| refute_nil dump[key], key unless key == 'pss' } }
  ensure
    server&.stop
  end
end
