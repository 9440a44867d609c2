# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# The oracle itself against tests/data/expected.json, figures from a reference that is neither it nor heapbatch, and its
# dominators against their definition.
class TestExpected < Minitest::Test
  EXPECTED = JSON.parse(File.read(File.join(E2E::DATA, 'expected.json')))

  EXPECTED.each do |name, want|
    define_method("test_#{name.tr('-', '_')}_dumps") do
      want['dumps'].each { |row| assert_equal row, dump_figures(row['path']), row['path'] }
    end

    define_method("test_#{name.tr('-', '_')}_retained") do
      assert_equal want['retained'], retained_figures(name, 'strict', want['retained']['first'].size)
    end

    # By address alone an object can differ from what was born at its address, and the reference, like heapy,
    # counts the size of the latter: 128 bytes in ruby27, where a HASH's slot holds a STRING in the last dump.
    define_method("test_#{name.tr('-', '_')}_retained_address") do
      row = want['retained-address']
      assert_equal row, retained_figures(name, 'address', row['first'].size).merge('memsize' => memsize_at_birth(name))
    end

    define_method("test_#{name.tr('-', '_')}_dominators") do
      row = want['dominators of the last']
      assert_equal row, dominator_figures(E2E.loaded(E2E.series_paths(name).last), row['top'].size)
    end

    # All that is reachable is below one child of the root or another, once.
    define_method("test_#{name.tr('-', '_')}_dominators_add_up") do
      dump = E2E.loaded(E2E.series_paths(name).last)
      reached = Oracle.distances(dump).keys
      outermost = dump.dominators.children[0]
      assert_equal reached.size, outermost.sum { |v| dump.dominators.count[v] }
      assert_equal reached.sum { |a| dump.by_address[a].memsize }, outermost.sum { |v| dump.dominators.memsize[v] }
    end
  end

  # a dominates b when b cannot be reached without a: an object retains itself and what is lost with it.
  30.times do |i|
    define_method("test_dominators_by_definition_#{format('%02d', i)}") do
      seed = Integer(ENV['SEED'] || '20240601') + i
      dump = Oracle.parse('random', Synthetic::Random.new(seed).series.last)
      want = retained_by_definition(dump)
      assert_equal want, retained_of_tree(dump.dominators), "SEED=#{seed}"
      assert_equal idoms_by_definition(want), idoms_of_tree(dump.dominators), "SEED=#{seed}"
    end
  end

  private

  def dump_figures(file)
    dump = E2E.loaded(File.join(E2E::DATA, file))
    Oracle.dump_row(dump).slice('objects', 'memsize', 'roots', 'invalid_lines')
          .merge(Oracle.reachability(dump, Oracle.distances(dump))).merge('path' => file)
  end

  def dominator_figures(dump, n_top)
    found = Oracle.dominator_report(dump, dump.dominators, n_top)
    top = found['top'].map { |r| r.slice('address', 'type', 'retained_memsize', 'retained_objects', 'idom') }
    found.slice('total_memsize', 'total_objects').merge('top' => top)
  end

  # address => addresses that it retains
  def retained_by_definition(dump)
    reached = Oracle.distances(dump).keys
    reached.to_h { |gone| [gone, (reached - reached_without(dump, gone)).to_set] }
  end

  def reached_without(dump, gone)
    queue = dump.roots.flat_map(&:refs)
    seen = {}
    until queue.empty?
      address = queue.shift
      next if address == gone || seen[address] || !dump.by_address.key?(address)

      seen[address] = true
      queue.concat(Oracle.edges(dump, dump.by_address[address]).map(&:first))
    end
    seen.keys
  end

  # The immediate dominator is the proper one that retains least.
  def idoms_by_definition(retained)
    retained.to_h do |address, _|
      proper = retained.select { |a, below| a != address && below.include?(address) }
      [address, proper.min_by { |_, below| below.size }&.first]
    end
  end

  def retained_of_tree(tree)
    below = tree.objects.map { |o| [o&.address] }
    (tree.objects.size - 1).downto(1) { |v| below[tree.idom[v]].concat(below[v]) unless tree.idom[v].zero? }
    (1...tree.objects.size).to_h { |v| [tree.objects[v].address, below[v].to_set] }
  end

  def idoms_of_tree(tree)
    (1...tree.objects.size).to_h { |v| [tree.objects[v].address, tree.objects[tree.idom[v]]&.address] }
  end

  # Without the class, by number of objects, then type, file, line.
  def retained_figures(name, identity, n_first)
    dumps = E2E.series_paths(name).map { |path| E2E.loaded(path) }
    retained = Oracle.retained_hash(Oracle.retained_sites(dumps, Oracle.births(dumps, identity)), 0)
    sites = retained['sites'].group_by { |row| row.values_at('type', 'file', 'line') }.map do |key, rows|
      { 'type' => key[0], 'file' => key[1], 'line' => key[2],
        'objects' => rows.sum { |r| r['objects'] }, 'memsize' => rows.sum { |r| r['memsize'] } }
    end
    sites.sort_by! { |r| [-r['objects'], Oracle.order(r.values_at('type', 'file', 'line'))] }
    retained.slice('objects', 'memsize').merge('sites' => sites.size, 'first' => sites.first(n_first))
  end

  def memsize_at_birth(name)
    dumps = E2E.series_paths(name).map { |path| E2E.loaded(path) }
    born = Oracle.births(dumps, 'address')
    born.select { |_, b| b == 1 }.keys.sum { |address| dumps[1].by_address[address].memsize }
  end
end
