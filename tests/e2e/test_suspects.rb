# frozen_string_literal: true

require_relative 'support'

# Leaks that were planted are found: a real program leaks in one known way (tests/leaks/leaky.rb), and the first suspect
# is that leak, with its holder and what it adds. Exact figures are held against the oracle's difference and dominators.
class TestSuspects < E2E::Test
  LEAKY = File.join(E2E::REPO, 'tests/leaks/leaky.rb')
  N = 1000        # entries that a leak gains between two dumps
  N_OF_ALL = 600  # the same when all leaks run at once
  NOISE = 16_384  # bytes that survive in any program: the file of the dump before with its buffer

  # What is known of each leak. objects, memsize: what one entry adds. holders: [type, class] that are right for the
  # container; where there are two, either tells a person what to look for. path: what the labels above it have to
  # say. names: what the first screen of the text has to say. classes: those of the leaked objects.
  Leak = Struct.new(:held_by, :holders, :path, :names, :objects, :memsize, :classes, keyword_init: true)

  STRING = %w[STRING String].freeze
  ARRAY = %w[ARRAY Array].freeze
  HASH = %w[HASH Hash].freeze
  CLOSURE = [%w[DATA Proc], ['IMEMO', nil], STRING].freeze
  CLOSURE_BYTES = 80 + 88 + 141

  LEAKS = {
    'cache' => Leak.new(held_by: 'constant_or_ivar', holders: [HASH], path: /CLASS Registry/, names: /Registry/,
                        objects: 3, memsize: 40 + 40 + 141, classes: [STRING, ARRAY]),
    'closures' => Leak.new(held_by: 'constant_or_ivar', holders: [ARRAY], path: /MODULE Hooks/, names: /Hooks/,
                           objects: 3, memsize: CLOSURE_BYTES, classes: CLOSURE),
    'fiber_local' => Leak.new(held_by: 'thread', holders: [ARRAY], path: %r{DATA VM/thread}, names: /thread/i,
                              objects: 1, memsize: 141, classes: [STRING]),
    'thread_local' => Leak.new(held_by: 'thread', holders: [HASH], path: %r{DATA VM/thread}, names: /thread/i,
                               objects: 1, memsize: 141, classes: [STRING]),
    'fiber' => Leak.new(held_by: 'fiber', holders: [ARRAY], path: /DATA fiber/, names: /fiber/i,
                        objects: 1, memsize: 141, classes: [STRING]),
    # The queue's array is hidden: it has no class. The queue is what a person can find.
    'queue' => Leak.new(held_by: 'c_extension', holders: [%w[DATA Thread::Queue]], path: /DATA queue/,
                        names: /queue/i, objects: 1, memsize: 141, classes: [STRING]),
    'set' => Leak.new(held_by: 'constant_or_ivar', holders: [HASH, %w[OBJECT Set]], path: /OBJECT Set/,
                      names: /Visitors/, objects: 1, memsize: 141, classes: [STRING]),
    'finalizer' => Leak.new(held_by: 'finalizer', holders: [['ARRAY', nil]], path: /ROOT finalizers/,
                            names: /finalizer/i, objects: 3, memsize: CLOSURE_BYTES, classes: CLOSURE),
    'global' => Leak.new(held_by: 'global', holders: [ARRAY], path: /ROOT global_tbl/, names: /global/i,
                         objects: 1, memsize: 141, classes: [STRING]),
    # What retains the list is its first node and what holds that, not the node at which the leak began.
    'list' => Leak.new(held_by: 'constant_or_ivar', holders: [%w[OBJECT Journal], %w[STRUCT Node]],
                       path: /OBJECT Journal/, names: /Journal/, objects: 2, memsize: 40 + 141,
                       classes: [%w[STRUCT Node], STRING]),
    # One tenth of the entries has a second object: a text and its duplicate share their bytes.
    'ten_sites' => Leak.new(held_by: 'constant_or_ivar', holders: [HASH], path: /CLASS Catalogue/, names: /Catalogue/,
                            objects: 1.1, memsize: 159.1, classes: [STRING]),
    # Two tables hold each entry: there is no single holder, but the shortest way is one.
    'shared' => Leak.new(held_by: 'global', holders: [[nil, nil]], path: /ROOT global_tbl > ARRAY Array\z/, names: /global/i,
                         objects: 1, memsize: 141, classes: [STRING])
  }.freeze

  # What the sentence says of who holds it.
  HELD = { 'constant_or_ivar' => 'constant or instance variable of', 'thread' => 'locals or the stack of DATA VM/thread',
           'fiber' => 'locals or the stack of DATA fiber', 'c_extension' => 'a struct of C code',
           'finalizer' => 'held by a finalizer', 'global' => 'held by a global variable' }.freeze

  # ---- dumps, made once for all tests ------------------------------------------------------------------------

  # The three dumps of a mode.
  def self.paths(mode, traced)
    folder = E2E.shared("leaks-#{mode}-#{traced ? 'traced' : 'untraced'}") do |dir|
      n = mode == 'all' ? N_OF_ALL : N
      run = E2E.execute([RbConfig.ruby, LEAKY, mode, "#{dir}/dump", n.to_s], env: { 'TRACE' => traced ? '1' : '0' })
      raise run.to_s unless run.status == 0
    end
    (0..2).map { |i| "#{folder}/dump.#{i}.json" }
  end

  # The traced dumps of a mode, and births, as the oracle has them.
  Known = Struct.new(:dumps, :born) do
    def last
      dumps.last
    end

    def vertex(address)
      @vertices ||= last.dominators.objects.each_with_index.to_h { |o, v| [o && Oracle.hex(o.address), v] }
      @vertices[address]
    end

    # Objects below a vertex of the dominator tree, itself not among them.
    def below(vertex)
      found = last.dominators.children[vertex].dup
      found.each { |v| found.concat(last.dominators.children[v]) }
      found.map { |v| last.dominators.objects[v] }
    end

    def survivors_below(vertex)
      below(vertex).select { |o| born[o.address] == 1 }
    end
  end

  def self.known(mode)
    dumps = paths(mode, true).map { |path| Oracle.load(path) }
    Known.new(dumps, Oracle.births(dumps, 'strict'))
  end

  def series_of(mode, traced, **options)
    run = heapbatch_json('--series', 'one', *self.class.paths(mode, traced), **options)
    assert_status 0, run
    found = run.json['series'][0]
    assert_kind_of Array, found['suspects'], "no suspects in the report\n#{run}"
    found
  end

  # ---- one leak at a time ------------------------------------------------------------------------------------

  LEAKS.each do |mode, leak|
    [true, false].each do |traced|
      name = "#{mode}_#{traced ? 'traced' : 'untraced'}"

      define_method("test_#{name}") do
        suspects = series_of(mode, traced)['suspects']
        refute_empty suspects
        suspect = suspects.first
        assert_operator suspect['share_permille'], :>=, 800
        assert_leak leak, suspect, N
        assert_well_formed suspects
        assert_known suspect, self.class.known(mode) if traced
      end
    end

    define_method("test_#{mode}_on_the_first_screen") do
      paths = self.class.paths(mode, true)
      run = heapbatch('--series', 'one', '--json', File.join(@dir, 'report.json'), *paths)
      assert_status 0, run
      assert_first_screen leak, JSON.parse(File.read(File.join(@dir, 'report.json')))['series'][0]['suspects'][0], run
    end

    define_method("test_#{mode}_with_three_ranks") do
      one, three = [nil, 3].map do |ranks|
        heapbatch_json('--series', 'one', *self.class.paths(mode, true), ranks: ranks).json['series'][0]
      end
      assert_kind_of Array, one['suspects']
      assert_nil E2E.difference(one, three)
    end
  end

  def test_ten_sites_are_one_suspect
    first, *others = series_of('ten_sites', true)['suspects']
    others.each { |other| assert_operator other['memsize'], :<, NOISE }
    lines = first['sites'].select { |s| s['file'] == LEAKY }.map { |s| s['line'] }
    ten = File.readlines(LEAKY).each.with_index(1).select { |text, _| text.match?(/when \d then text/) }.map(&:last)
    assert_equal 10, ten.size
    assert_empty ten - lines
  end

  def test_sites_of_a_traced_cache
    sites = series_of('cache', true)['suspects'][0]['sites']
    assert_equal [LEAKY], sites.map { |s| s['file'] }.uniq
    assert_equal sites.sort_by { |s| [-s['memsize'], s['line']] }, sites
  end

  def test_no_sites_without_tracing
    sites = series_of('cache', false)['suspects'][0]['sites']
    assert_empty sites.map { |s| s['file'] }.compact
  end

  # ---- no leak, all leaks ------------------------------------------------------------------------------------

  [true, false].each do |traced|
    define_method("test_none_#{traced ? 'traced' : 'untraced'}") do
      suspects = series_of('none', traced)['suspects']
      suspects.each { |s| assert_operator s['memsize'], :<, NOISE, s['text'] }
    end

    # Each leak is a suspect of its own, and there is nothing else.
    define_method("test_all_at_once_#{traced ? 'traced' : 'untraced'}") do
      suspects = series_of('all', traced, ranks: 2)['suspects']
      assert_well_formed suspects
      LEAKS.each do |mode, leak|
        mine = suspects.select { |s| leak?(leak, s) }
        assert_equal 1, mine.size, "#{mode} among #{suspects.map { |s| s['text'] }.join("\n")}"
        assert_leak leak, mine.first, N_OF_ALL
      end
      others = suspects.reject { |s| LEAKS.each_value.any? { |leak| leak?(leak, s) } }
      others.each { |s| assert_operator s['memsize'], :<, NOISE, s['text'] }
    end
  end

  # The leaks of tests/data/workload.rb, in the dumps of four Rubies: a global hash of jobs, and the hooks of a class.
  Dir[File.join(E2E::DATA, '*.0.json.gz')].sort.each do |path|
    name = File.basename(path, '.0.json.gz')
    define_method("test_workload_#{name}") do
      run = heapbatch_json('--series', 'one', *E2E.series_paths(name), ranks: 3)
      assert_status 0, run
      jobs, hooks, *others = run.json['series'][0]['suspects']
      assert_empty others
      assert_equal %w[HASH global], [jobs['holder']['type'], jobs['held_by']]
      assert_in_delta 870, jobs['share_permille'], 20
      assert_equal %w[ARRAY constant_or_ivar], [hooks['holder']['type'], hooks['held_by']]
      assert_match(/CLASS Hooks/, labels(hooks))
      assert_operator jobs['survival_permille'], :>, 950
    end
  end

  # With one dump: what dominates a tenth of the heap, grown or not.
  def test_one_dump
    run = heapbatch_json('--series', 'one', self.class.paths('cache', true).last)
    assert_status 0, run
    series = run.json['series'][0]
    suspects = series['suspects']
    suspects.each do |s|
      assert_operator s['holder']['retained_memsize'] * 10, :>=, series['reachability']['reachable_memsize']
      assert_nil s['survival_permille']
      assert_empty s['born']
    end
    registry = suspects.find { |s| labels(s).include?('Registry') }
    assert_equal %w[HASH constant_or_ivar], registry.values_at('holder', 'held_by').then { |h, by| [h['type'], by] }
  end

  NESTED = <<~'RUBY'
    require 'objspace'
    inner = Array.new(2000) { [] }
    $a, $b = Array.new(2) { Array.new(2000) { |i| inner[i] } }   # dup would share a hidden Array
    inner = $a
    3.times do |k|
      2000.times { |i| inner[i] << "kept #{k} #{i} #{'x' * 60}" }
      GC.start
      File.open("#{ARGV[0]}.#{k}.json", 'w') { |f| ObjectSpace.dump_all(output: f) }
    end
  RUBY

  # The lowest address in ARRAY (x 2) is of one of the many inner Arrays, not of what the ROOT line names: the path has to
  # be one path.
  def test_no_single_holder_and_arrays_in_arrays
    base = File.join(@dir, 'nested')
    assert_status 0, E2E.execute([RbConfig.ruby, '-e', NESTED, base])
    [nil, 3].each do |ranks|
      run = heapbatch_json(*(0..2).map { |k| "#{base}.#{k}.json" }, ranks: ranks)
      suspect = run.json['series'][0]['suspects'][0]
      assert_equal ['global', nil], suspect.values_at('held_by', 'holder')
      assert_equal 'ROOT global_tbl > ARRAY Array > ARRAY Array', labels(suspect)
    end
  end

  TRACED = <<~'RUBY'
    require 'objspace'
    ObjectSpace.trace_object_allocations_start
    KEPT = Array.new(20_000) { Object.new }
    File.open(ARGV[0], 'w') { |f| ObjectSpace.dump_all(output: f) }
  RUBY

  # What tracing itself keeps is a tenth of many a traced heap; it must not pass for a leak of C code.
  def test_tracing_is_told_from_leaks
    dump = File.join(@dir, 'traced.json')
    assert_status 0, E2E.execute([RbConfig.ruby, '-e', TRACED, dump])
    run = heapbatch_json(dump)
    assert_status 0, run
    tracer = run.json['series'][0]['suspects'].find { |s| s['path'].any? { |step| step['label'].include?('_tracer') } }
    assert_equal 'tracing', tracer['held_by']
    assert_includes tracer['text'], "Ruby's record of allocations, which goes when tracing stops"
  end

  private

  def labels(suspect)
    suspect['path'].map { |step| step['label'] }.join(' > ')
  end

  def leak?(leak, suspect)
    holder = suspect['holder'] || {}
    suspect['held_by'] == leak.held_by && leak.holders.include?(holder.values_at('type', 'class')) &&
      leak.path.match?(labels(suspect))
  end

  # A screen of 24 lines of 100 columns says in one sentence what leaks, how much, and who holds it, and names the path.
  def assert_first_screen(leak, suspect, run)
    lines = run.out.dup.force_encoding('UTF-8').lines.first(24).map(&:chomp)
    lines.each { |line| assert_operator line.size, :<=, 100, line }
    screen = lines.map(&:strip).join(' ')
    assert_includes screen, suspect['text'], run.to_s
    what = suspect['holder'] ? "hangs below #{suspect['holder']['label']}" : 'has no single holder'
    assert_match(/#{Regexp.escape(what)}, .*#{HELD[leak.held_by]}/, suspect['text'])
    assert_match(/freeing it frees [\d.]+ kB/, suspect['text']) if suspect['holder']
    assert_match(/it grows by [\d,]+ objects/, suspect['text'])
    assert_match leak.names, screen, run.to_s
    assert_includes screen, "path     #{suspect['path'].map { |step| step['label'] }.join(' -> ')}"
  end

  # The suspect is this leak, which gained n entries between two dumps.
  def assert_leak(leak, suspect, n)
    assert_equal leak.held_by, suspect['held_by'], labels(suspect)
    assert_includes leak.holders, (suspect['holder'] || {}).values_at('type', 'class'), labels(suspect)
    assert_match leak.path, labels(suspect)
    assert_near leak.objects * n, suspect['objects'], 'objects'
    assert_near leak.memsize * n, suspect['memsize'], 'memsize'
    assert_near leak.objects * n, suspect['growth_objects'], 'growth_objects'
    assert_near leak.memsize * n, suspect['growth_memsize'], 'growth_memsize', 0.5 # the container's own may count
    leak.classes.each { |c| assert_includes suspect['classes'].map { |row| row.values_at('type', 'class') }, c }
  end

  def assert_near(want, got, what, tolerance = 0.05)
    assert_kind_of Integer, got, what
    assert_in_delta want, got, want * tolerance + 5, what
  end

  # What holds for every suspect.
  def assert_well_formed(suspects)
    assert_equal suspects.map { |s| -s['memsize'] }.sort, suspects.map { |s| -s['memsize'] }
    assert_operator suspects.sum { |s| s['share_permille'] }, :<=, 1000
    suspects.each do |s|
      assert_equal 3, s['born'].size
      assert_equal s['objects'], s['born'][1]
      assert_includes 0..1000, s['survival_permille']
      assert_match(/\AROOT /, s['path'].first['label']) if s['holder']
      assert_operator s['classes'].sum { |row| row['objects'] }, :<=, s['objects']
      refute_match(/[\x00-\x1f]/, s['text'])
      assert_match(/\S/, s['text'])
    end
  end

  # The figures of the holder and of what survived below it; and that the path is one.
  def assert_known(suspect, known)
    holder = suspect['holder']
    return assert_path(suspect['path'], known.last) unless holder

    vertex = known.vertex(holder['address'])
    assert vertex, "the holder is not reachable: #{holder}"
    tree = known.last.dominators
    assert_equal [tree.memsize[vertex], tree.count[vertex]], holder.values_at('retained_memsize', 'retained_objects')
    survivors = known.survivors_below(vertex)
    assert_equal [survivors.size, survivors.sum(&:memsize)], suspect.values_at('objects', 'memsize')
    assert_includes suspect['path'].map { |step| step['address'] }, holder['address']
    assert_path suspect['path'], known.last
  end

  # Each step refers to the next, but where steps of one label stand for a run of them.
  def assert_path(path, dump)
    first = Integer(path[1]['address'], 16)
    named = dump.roots.select { |root| path[0]['label'] == "ROOT #{root.name}" }
    assert(named.any? { |root| root.refs.include?(first) }, 'the ROOT does not name the first step')
    path.drop(1).each_cons(2) do |above, below|
      next if [above, below].any? { |step| step['address'].nil? || (step['repeat'] || 1) > 1 }

      targets = Oracle.edges(dump, dump.by_address[Integer(above['address'], 16)]).map { |edge| Oracle.hex(edge[0]) }
      assert_includes targets, below['address'], "#{above['label']} > #{below['label']}"
    end
  end
end
