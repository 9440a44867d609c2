# frozen_string_literal: true

require_relative 'support'

# The oracle itself against tests/data/expected.json, figures from a reference that is neither it nor heapbatch.
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
  end

  private

  def dump_figures(file)
    dump = E2E.loaded(File.join(E2E::DATA, file))
    Oracle.dump_row(dump).slice('objects', 'memsize', 'roots', 'invalid_lines')
          .merge(Oracle.reachability(dump, Oracle.distances(dump))).merge('path' => file)
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
