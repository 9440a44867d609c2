# frozen_string_literal: true

require 'json'

# Files that are given to one run together. objects: of each file, nil where nobody counted them. missing: the command
# that makes them, nil when they are there.
FileSet = Struct.new(:label, :paths, :objects, :missing) do
  def all_objects
    objects.sum
  end

  def last_objects
    objects.last
  end

  # Read once, so that every run finds them in the page cache.
  def warm
    paths.each { |path| IO.copy_stream(path, File::NULL) }
  end
end

# The series that bench/make_dumps.sh made, and what is taken of them.
class Dumps
  DATA = File.expand_path('../../tests/data', __dir__)
  ARGUMENT = { 'small' => ' small', 'small-list' => ' small', 'small-shuffled' => ' small', 'large' => ' large' }.freeze
  # [series without a list, series with one...]
  QUICK = %w[small small-list small-shuffled].freeze
  FULL = %w[main list1m].freeze
  # Series and dump of each size that is compared.
  QUICK_SIZES = [['small', 0], ['small', 1], ['small', 2]].freeze
  FULL_SIZES = [['main', 0], ['main', 1], ['large', 0], ['large', 1]].freeze

  def initialize(dir, quick)
    @dir = dir
    @main, *@lists = quick ? QUICK : FULL
    @size_names = quick ? QUICK_SIZES : FULL_SIZES
    @manifests = {}
  end

  # The middle dump of the series.
  def one
    @one ||= part(@main, 1)
  end

  def one_plain
    @one_plain ||= part(@main, 1, plain: true)
  end

  def series
    @series ||= whole(@main)
  end

  def lists
    @lists_found ||= @lists.map { |name| whole(name) }
  end

  def sizes
    @sizes ||= @size_names.map { |name, index| name == @main && index == 1 ? one : part(name, index) }
  end

  # Three dumps of 20,000 objects, which the tests have.
  def tiny
    @tiny ||= FileSet.new('three small dumps', (0..2).map { |i| File.join(DATA, "ruby31.#{i}.json.gz") }, nil, nil)
  end

  private

  def manifest(name)
    @manifests[name] ||= JSON.parse(File.read(File.join(@dir, name, 'series.json')))
  rescue Errno::ENOENT
    nil
  end

  def whole(name)
    dumps = manifest(name)&.fetch('dumps')
    find(name, dumps, dumps&.map { |dump| "#{dump['name']}.gz" }, name)
  end

  def part(name, index, plain: false)
    dump = manifest(name)&.fetch('dumps')&.fetch(index)
    label = "#{name}.#{index}#{', plain' if plain}"
    find(label, dump && [dump], dump && [plain ? dump['name'] : "#{dump['name']}.gz"], name)
  end

  def find(label, dumps, names, series)
    paths = (names || []).map { |name| File.join(@dir, series, name) }
    made = dumps && paths.all? { |path| File.file?(path) }
    FileSet.new(label, paths, dumps&.map { |dump| dump['objects'] },
                made ? nil : "bench/make_dumps.sh#{ARGUMENT[series]}")
  end
end
