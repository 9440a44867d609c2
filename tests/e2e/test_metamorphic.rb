# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# One answer: the JSON report is the same byte for byte however it was computed.
class TestMetamorphic < E2E::Test
  NAMES = %w[heap.0.json heap.1.json heap.2.json].freeze

  # Every test has a folder of its own with the same file names in it, so that the paths in the report are equal.
  def folder(name, texts)
    dir = File.join(@dir, name)
    FileUtils.mkdir_p(dir)
    NAMES.zip(texts) { |file, text| File.binwrite(File.join(dir, file), text) if text }
    dir
  end

  def report(dir, *args, status: [0], **options)
    names = NAMES.select { |name| File.exist?(File.join(dir, name)) }
    run = heapbatch_json('--series', 'one', *args, *names, chdir: dir, **options)
    assert_includes status, run.status, run.to_s
    assert run.json_text, "no JSON was written\n#{run}"
    run.json_text
  end

  def assert_same_bytes(expected, actual, what)
    return pass if expected == actual

    flunk "#{what}: #{E2E.difference(JSON.parse(expected), JSON.parse(actual)) || 'same values, other bytes'}"
  end

  # One real series unpacked, once for all tests; the answer of a single process with one thread.
  REAL = 'ruby33'

  class << self
    attr_accessor :texts, :answer
  end

  def texts
    self.class.texts ||= E2E.series_paths(REAL).map { |path| Oracle.read_text(path) }
  end

  def plain
    @plain ||= folder('plain', texts)
  end

  def answer
    self.class.answer ||= report(plain, '--threads', 1)
  end

  [1, 2, 3, 5, 16].each do |ranks|
    define_method("test_#{format('%02d', ranks)}_ranks") do
      want = answer
      assert_same_bytes want, report(plain, ranks: ranks, timeout: 120), "#{ranks} ranks"
    end

    # Without --spread one rank holds a heap that fits, and the others rest.
    define_method("test_#{format('%02d', ranks)}_ranks_of_which_one_holds_the_heap") do
      want = answer
      assert_same_bytes want, report(plain, ranks: ranks, timeout: 120, spread: false), "#{ranks} ranks, not spread"
      assert_same_bytes want, report(plain, '--no-bind', ranks: ranks, timeout: 120, spread: false), 'with --no-bind'
    end
  end

  # All other runs are validated, which keeps the graph's edges longer than runs without it do.
  [nil, 1, 3, 16].each do |ranks|
    define_method("test_without_validation_#{ranks || 'no'}_mpirun") do
      want = answer
      [true, false].each do |spread|
        run = report(plain, ranks: ranks, timeout: 120, validate: false, spread: spread)
        assert_same_bytes want, run, "without --validate, #{ranks} ranks, spread: #{spread}"
      end
    end
  end

  # With 8 threads two ranks read, a dump each.
  [1, 2, 4, 8].each do |threads|
    define_method("test_#{threads}_threads") do
      want = answer
      assert_same_bytes want, report(plain, '--threads', threads), "#{threads} threads"
      env = { 'OMP_NUM_THREADS' => threads.to_s }
      assert_same_bytes want, report(plain, env: env), "OMP_NUM_THREADS=#{threads}"
      [true, false].each do |spread|
        run = report(plain, '--threads', threads, ranks: 3, spread: spread)
        assert_same_bytes want, run, "3 ranks with #{threads} threads, spread: #{spread}"
      end
    end
  end

  def test_packed
    want = answer
    { gzip: :gzip, multi: :multi_member, bgzf: :bgzf }.each do |name, how|
      packed = folder(name.to_s, texts.map { |text| E2E.public_send(how, text) })
      [{}, { 'HB_INFLATE' => 'zlib' }].each do |env|
        assert_same_bytes want, report(packed, env: env), "#{name} #{env}"
        assert_same_bytes want, report(packed, env: env, ranks: 3), "#{name} #{env} on 3 ranks"
      end
    end
  end

  # How much a decoder delivers of a damaged stream is its own affair: ISA-L up to two bytes less than zlib where a file
  # is cut off, and some more where a bit is wrong. Here a cut falls anywhere, so also where it decides over a line.
  def damaged(packed, dice)
    bytes = packed.dup
    return bytes[0, 1 + dice.rand(bytes.bytesize - 1)] if dice.rand(2).zero?

    at = 20 + dice.rand(bytes.bytesize - 30)
    bytes.setbyte(at, bytes.getbyte(at) ^ (1 << dice.rand(8)))
    bytes
  end

  20.times do |i|
    define_method("test_damaged_#{format('%02d', i)}") do
      seed = Integer(ENV['SEED'] || '20240601') + 500 + i
      dir = folder('damaged', [damaged(E2E.gzip(texts[2]), Random.new(seed))])
      want = report(dir, '--threads', 1, status: [1, 3])
      [[['--threads', 2], {}], [['--chunk', 1000], {}], [[], { 'HB_INFLATE' => 'zlib' }],
       [[], { 'HB_INFLATE' => 'zlib', 'HB_SCAN' => 'portable' }]].each do |args, env|
        assert_same_bytes want, report(dir, *args, env: env, status: [1, 3]), "SEED=#{seed} #{args} #{env}"
      end
      assert_same_bytes want, report(dir, ranks: 3, status: [1, 3]), "SEED=#{seed} on 3 ranks"
      next unless i < 5

      assert_same_bytes want, report(dir, ranks: 3, status: [1, 3], spread: false), "SEED=#{seed} on 3 ranks, not spread"
    end
  end

  def test_portable_scanner
    want = answer
    [nil, 2].each { |ranks| assert_same_bytes want, report(plain, env: { 'HB_SCAN' => 'portable' }, ranks: ranks), 'portable' }
  end

  def test_middling_chunks
    want = answer
    [4096, 65_537].each do |bytes|
      [nil, 3].each { |ranks| assert_same_bytes want, report(plain, '--chunk', bytes, ranks: ranks), "--chunk #{bytes}" }
    end
  end

  def test_tiny_chunks
    small = folder('small', Synthetic.small_series)
    packed = folder('packed', Synthetic.small_series.map { |text| E2E.multi_member(text, size: 50) })
    want = report(small, '--threads', 1)
    [1, 7, 4096].each do |bytes|
      [nil, 3].each do |ranks|
        [small, packed].each do |dir|
          assert_same_bytes want, report(dir, '--chunk', bytes, ranks: ranks), "--chunk #{bytes} in #{File.basename(dir)}"
        end
      end
      env = { 'HB_SCAN' => 'portable', 'HB_INFLATE' => 'zlib' }
      assert_same_bytes want, report(packed, '--chunk', bytes, env: env), "--chunk #{bytes} portable, zlib"
    end
  end

  # Random graphs on more ranks than some of them have pages.
  6.times do |i|
    define_method("test_random_#{i}") do
      seed = Integer(ENV['SEED'] || '20240601') + 100 + i
      dir = folder('random', Synthetic::Random.new(seed).series)
      want = report(dir, '--threads', 1)
      [2, 5].each { |ranks| assert_same_bytes want, report(dir, ranks: ranks), "SEED=#{seed} on #{ranks} ranks" }
      assert_same_bytes want, report(dir, '--chunk', 7, '--threads', 3), "SEED=#{seed} in chunks of 7 bytes"
    end
  end

  # Class names that read alike when bytes that cannot be printed are shown as something else are one label: only their numbers,
  # which are the run's, could tell them apart.
  def test_names_that_read_alike
    base = Synthetic::BASE
    names = ["A\u0000", 'A?', "A\u0000?", 'A??', "A?\u0000"]
    classes = names.each_with_index.map { |n, i| Synthetic.object(base + 40 * (i + 2), 'CLASS', klass: base, name: n, memsize: 1) }
    held = (0...400).map do |i|
      at = base + 8000 + 80 * i
      [Synthetic.object(at, 'OBJECT', klass: base + 40 * (i % 5 + 2), refs: [at + 40], memsize: 40),
       Synthetic.object(at + 40, 'STRING', klass: base + 40, memsize: 40, file: 'a.rb', line: 1, generation: 1)]
    end
    roots = Synthetic.root('vm', (0...400).map { |i| base + 8000 + 80 * i })
    dir = folder('alike', [Synthetic.dump(roots, Synthetic.classes, classes.shuffle(random: Random.new(7)), held)])
    want = report(dir, '--threads', 1)
    below = JSON.parse(want)['series'][0]['paths'].find { |row| row['objects'] == 400 }['tree'][0]['children']
    assert_equal [['OBJECT A??', 240], ['OBJECT A?', 160]], below.map { |node| node.values_at('label', 'objects') }
    [2, 5].each { |ranks| assert_same_bytes want, report(dir, ranks: ranks), "on #{ranks} ranks" }
    assert_same_bytes want, report(dir, '--chunk', 500, '--threads', 3), 'in chunks of 500 bytes'
  end

  def test_the_difference_of_a_dump_with_itself_is_empty
    text = texts.last
    json = JSON.parse(report(folder('same', [text, text, text])))
    series = json['series'][0]
    assert_equal({ 'objects' => 0, 'memsize' => 0, 'sites' => [] }, series['retained'])
    assert_equal 0, series['trust']['reused_slots'] + series['trust']['moved']
    assert_equal 100, series['trust']['score']
  end

  def test_json_to_standard_output_is_the_same
    want = answer
    assert_same_bytes want, heapbatch('--series', 'one', '--json', '-', *NAMES, chdir: plain).out, '--json -'
    run = heapbatch('--series', 'one', '--json', '-', *NAMES, chdir: plain, ranks: 3)
    assert_same_bytes want, run.out, '--json - on 3 ranks'
  end
end
