#!/usr/bin/env ruby
# frozen_string_literal: true

# What heapbatch has to answer, computed the slow obvious way: a JSON parser, dictionaries, textbook algorithms, no
# care for memory or time. The end-to-end tests hold the program against it.
#
#   ruby tests/oracle/oracle.rb [--identity strict|address-type|address] [--top N] [--strings | --show-values] DUMP...
#
# prints what `heapbatch --json - --series one` prints for these dumps, oldest first, without `generator` and
# `suspects`. docs/REPORT.md says what the keys mean. Where the two differ on purpose:
#   invalid[].reason   absent, and every invalid line is listed, where the program lists the first few
#   error, problems    null and empty: the oracle reads whole dumps only
#   dominators[].label null: text for people
#
# All text is kept as bytes, compared as bytes, and turned into UTF-8 when it is printed.

require 'json'
require 'open3'
require 'optparse'
require 'set'
require 'zlib'

module Oracle
  IDENTITIES = %w[strict address-type address].freeze

  # obj_type() of ext/objspace/objspace_dump.c; any other name counts as UNKNOWN.
  TYPES = %w[ARRAY BIGNUM CLASS COMPLEX DATA FALSE FILE FIXNUM FLOAT HASH ICLASS IMEMO MATCH MODULE MOVED NIL NODE
             NONE OBJECT RATIONAL REGEXP ROOT SHAPE STRING STRUCT SYMBOL TRUE UNDEF UNKNOWN ZOMBIE].to_set.freeze

  Obj = Struct.new(:address, :type, :klass, :file, :line, :generation, :memsize, :refs,
                   :name, :struct, :imemo_type, :singleton, :shape, :ivars, :value, :landmark)
  Shape = Struct.new(:parent, :ivar)
  Root = Struct.new(:name, :refs)
  Dump = Struct.new(:path, :bytes, :lines, :invalid, :objects, :roots, :shapes, :empty_slots, :shape) do
    # address => object; of several lines with one address the first
    def by_address
      @by_address ||= objects.each_with_object({}) { |o, h| h[o.address] ||= o }
    end

    # address of a class => the name of the class or module whose class it is
    def attached
      @attached ||= by_address.values.select { |o| %w[CLASS MODULE].include?(o.type) && o.name }
                              .group_by(&:klass).transform_values { |classes| classes.map(&:name).min }
    end

    # nil when the dump was not traced
    def highest_generation
      @highest_generation = objects.map(&:generation).compact.max unless defined?(@highest_generation)
      @highest_generation
    end

    def dominators
      @dominators ||= Oracle.dominators(self)
    end
  end

  module_function

  # ---- reading -----------------------------------------------------------------------------------------------

  def read_text(path)
    raw = File.binread(path)
    case raw
    when /\A\x1f\x8b/n then inflate_members(raw)
    when /\A\x28\xb5\x2f\xfd/n then Open3.capture2('zstd', '-dc', stdin_data: raw, binmode: true).first
    else raw
    end
  end

  def inflate_members(raw)
    text = +''.b
    until raw.delete("\0").empty?
      inflater = Zlib::Inflate.new(Zlib::MAX_WBITS + 16)
      text << inflater.inflate(raw)
      raise "gzip member is cut off" unless inflater.finished?

      raw = raw.byteslice(inflater.total_in..)
    end
    text
  end

  # Ruby writes these three unescaped. The raw value ends at the first quote that is followed by the end of the
  # line's object or by another key. A quote inside a properly escaped string always has a backslash before it, so
  # that what the first group matches is a key.
  UNESCAPED = /([,{] ?"(?:file|struct|real_class_name)":)"(.*?)"(?=\}\s*\z|, ?"[a-z_]+":)/mn

  # JSON in which the three stand for exactly their raw bytes.
  def repair(line)
    line.gsub(UNESCAPED) do
      key = Regexp.last_match(1)
      raw = Regexp.last_match(2)
      %(#{key}"#{raw.gsub(/["\\\x00-\x1f]/n) { |c| format('\\u%04x', c.ord) }}").b
    end
  end

  def load(path)
    parse(path, read_text(path))
  end

  def parse(path, text)
    dump = Dump.new(path, text.bytesize, 0, [], [], [], 0, 0, {})
    byte = 0
    text.b.each_line do |line|
      dump.lines += 1
      unless line.strip.empty? || take(dump, line)
        dump.invalid << { 'line' => dump.lines, 'byte' => byte }
      end
      byte += line.bytesize
    end
    dump
  end

  # Whether an object, a root, a shape or an empty slot could be read from the line.
  def take(dump, line)
    fields = begin
      JSON.parse(repair(line).force_encoding('UTF-8'), max_nesting: false)
    rescue JSON::ParserError
      nil
    end
    return false unless fields.is_a?(Hash) && fields['type'].is_a?(String)

    refs = (fields['references'] || []).map { |a| Integer(a, 16) }
    if fields['type'] == 'ROOT'
      dump.roots << Root.new(bytes_of(fields['root']), refs)
      return true
    end
    return false unless fields['address'].is_a?(String)

    case fields['type']
    when 'SHAPE' then shape(dump, fields)
    when 'NONE' then dump.empty_slots += 1
    else dump.objects << object(fields, refs).tap { |o| o.landmark = landmark(o, fields['fstring'], line) }
    end
    true
  end

  def shape(dump, fields)
    dump.shapes += 1
    ivar = fields['shape_type'] == 'IVAR' ? bytes_of(fields['edge_name']) : nil
    dump.shape[fields['id']] ||= Shape.new(fields['parent_id'], ivar) if fields['id']
  end

  def object(fields, refs)
    file = bytes_of(fields['file'])
    klass = fields['class'] ? Integer(fields['class'], 16) : 0
    Obj.new(Integer(fields['address'], 16), TYPES.include?(fields['type']) ? fields['type'] : 'UNKNOWN',
            klass.zero? ? nil : klass, file, file && (fields['line'] || 0), fields['generation'], fields['memsize'] || 0, refs,
            bytes_of(fields['name']), bytes_of(fields['struct']), bytes_of(fields['imemo_type']),
            fields['singleton'] == true, fields['shape_id'], fields['ivars'], contents(fields['value']))
  end

  def contents(value)
    bytes_of(value) if value.is_a?(String)
  end

  # [kind, contents] of an object that can be told by them (pipeline/landmarks.h).
  def landmark(object, interned, line)
    return [:fixed, object.type, object.name] if %w[CLASS MODULE].include?(object.type) && object.name
    return unless object.type == 'STRING'

    value = line.scan(/"value":\s*"((?:[^"\\]++|\\.)*+)"/mn).dig(-1, 0)
    [interned ? :fixed : :string, object.type, value] if value && (interned || value.bytesize >= 8)
  end

  def bytes_of(text)
    text&.b
  end

  # ---- counting ----------------------------------------------------------------------------------------------

  def dump_row(dump)
    references = dump.roots.flat_map(&:refs) + dump.objects.flat_map(&:refs)
    {
      'path' => dump.path, 'status' => 'ok', 'error' => nil, 'compared' => true, 'bytes' => dump.bytes, 'lines' => dump.lines,
      'invalid_lines' => dump.invalid.size, 'invalid' => dump.invalid,
      'objects' => dump.objects.size, 'memsize' => dump.objects.sum(&:memsize),
      'roots' => dump.roots.size, 'shapes' => dump.shapes, 'empty_slots' => dump.empty_slots,
      'references' => references.size,
      'dangling_references' => references.count { |a| !dump.by_address.key?(a) },
      'types' => dump.objects.group_by(&:type).sort.to_h { |type, objects| [type, tally(objects)] },
      'generations' => dump.objects.group_by(&:generation).sort_by { |g, _| g || -1 }
                           .map { |g, objects| { 'generation' => g }.merge(tally(objects)) }
    }
  end

  def tally(objects)
    { 'objects' => objects.size, 'memsize' => objects.sum(&:memsize) }
  end

  # The name of the object's class: of the CLASS or MODULE line at its class address.
  def class_name(dump, object)
    klass = object.klass && dump.by_address[object.klass]
    klass.name if klass && %w[CLASS MODULE].include?(klass.type)
  end

  def site_key(dump, object)
    [object.type, class_name(dump, object), object.file, object.line]
  end

  # Sorts before its like when it is nil, as bytes when it is text.
  def order(values)
    values.map { |v| v.nil? ? [0] : [1, v.is_a?(String) ? v.b : v] }
  end

  def site_hash(key)
    { 'type' => text(key[0]), 'class' => text(key[1]), 'file' => text(key[2]), 'line' => key[3] }
  end

  def text(bytes)
    bytes&.dup&.force_encoding('UTF-8')&.scrub("\u{FFFD}")
  end

  def cut(rows, top)
    top.zero? ? rows : rows.first(top)
  end

  # [[key, objects]] by number of objects, then by key.
  def ranking(groups)
    groups.sort_by { |key, objects| [-objects.size, order(key)] }
  end

  def classes(last, top)
    cut(ranking(last.by_address.values.group_by { |o| [class_name(last, o)] }), top)
      .map { |key, objects| { 'class' => text(key[0]) }.merge(tally(objects)) }
  end

  def live_sites(last)
    ranking(last.by_address.values.group_by { |o| site_key(last, o) })
  end

  # ---- the difference ----------------------------------------------------------------------------------------

  def identity_of(object, identity)
    case identity
    when 'strict'
      [object.address, object.type, object.klass, object.file, object.line, object.generation]
    when 'address-type' then [object.address, object.type]
    when 'address' then object.address
    else raise ArgumentError, identity
    end
  end

  LEAST_SCORE = 90  # HB_DIFF_LEAST_SCORE of partition/diff.h

  # The dumps that are compared: the last, and before it those in which nine tenths of what must have been there are found again.
  def comparable(dumps, identity)
    dumps[0...-1].reverse.inject([dumps.last]) do |kept, dump|
      fits = identity != 'strict' || (in_order?(dump, dumps.last) && step_score(dump, kept) >= LEAST_SCORE && in_place?(dump, dumps.last))
      fits ? [dump, *kept] : kept
    end
  end

  def in_order?(older, last)
    [older, last].any? { |dump| dump.highest_generation.nil? } || last.highest_generation >= older.highest_generation
  end

  def step_score(older, kept)
    everywhere = births(kept, 'strict').select { |_, born| born.zero? }.keys.map { |a| kept.last.by_address[a] }
    found, gone = everywhere.partition { |o| same?(older.by_address[o.address], o, 'strict') }
    highest = older.highest_generation
    moved = gone.count { |o| highest && (o.generation.nil? || o.generation < highest) }
    (found.size + moved).zero? ? 100 : found.size * 100 / (found.size + moved)
  end

  LANDMARKS = 8192       # HB_LANDMARKS_MOST of pipeline/landmarks.h: the oracle takes all there are
  LEAST_LANDMARKS = 20   # HB_DIFF_LANDMARKS of partition/diff.h

  def in_place?(older, last)
    share_in_place(*landmarks(older, last, :fixed)) >= LEAST_SCORE
  end

  def share_in_place(found, elsewhere)
    found < LEAST_LANDMARKS ? 100 : (found - elsewhere) * 100 / found
  end

  # How many contents an untraced dump and the last one have once, and how many of these at another address.
  def landmarks(older, last, kind)
    return [0, 0] if older.highest_generation

    old, new = [older, last].map do |dump|
      all = dump.objects.select { |o| o.landmark && o.landmark[0] == kind }.group_by(&:landmark)
      raise "#{dump.path}: too many contents for the oracle" if all.size > LANDMARKS

      all.transform_values { |objects| objects.map(&:address).uniq }.select { |_, addresses| addresses.size == 1 }
    end
    both = old.keys & new.keys
    [both.size, both.count { |contents| old[contents] != new[contents] }]
  end

  # address => the first dump from which the last dump's object has been there without a gap.
  def births(dumps, identity)
    last = dumps.last
    last.by_address.transform_values do |object|
      born = dumps.size - 1
      born -= 1 while born.positive? && same?(dumps[born - 1].by_address[object.address], object, identity)
      born
    end
  end

  def same?(old, object, identity)
    !old.nil? && identity_of(old, identity) == identity_of(object, identity)
  end

  def trust(dumps, born, identity)
    return { 'same' => 0, 'reused_slots' => 0, 'moved' => 0, 'strings' => 0, 'strings_elsewhere' => 0, 'score' => 100 } if dumps.size == 1

    later = dumps.last.by_address.values.reject { |o| born[o.address].zero? }
    same = born.values.count { |b| b <= dumps.size - 2 }
    reused = later.count { |o| dumps[born[o.address] - 1].by_address.key?(o.address) }
    moved = later.count do |o|
      highest = dumps[born[o.address] - 1].highest_generation
      highest && (o.generation.nil? || o.generation < highest)
    end
    strings, elsewhere = strings_in_place(dumps, identity)
    score = [(same + moved).zero? ? 100 : same * 100 / (same + moved), share_in_place(strings, elsewhere)].min
    { 'same' => same, 'reused_slots' => reused, 'moved' => moved, 'strings' => strings, 'strings_elsewhere' => elsewhere, 'score' => score }
  end

  # Of the older dump with the smallest share in place, the newest such.
  def strings_in_place(dumps, identity)
    return [0, 0] unless identity == 'strict'

    all = dumps[0...-1].reverse.map { |dump| landmarks(dump, dumps.last, :string) }.reject { |found, _| found.zero? }
    all.min_by.with_index { |counts, i| [share_in_place(*counts), i] } || [0, 0]
  end

  # Classes that have more objects or bytes in the last dump than in the first, with those of every dump.
  def class_growth(all, top)
    counts = all.map { |dump| dump.objects.group_by { |o| [o.type, class_name(dump, o)] }.transform_values { |objects| tally(objects) } }
    rows = counts.flat_map(&:keys).uniq.map do |key|
      figures = %w[objects memsize].to_h { |name| [name, counts.map { |dump| dump.dig(key, name) || 0 }] }
      [key, figures, figures['memsize'][-1] - figures['memsize'][0], figures['objects'][-1] - figures['objects'][0]]
    end
    grown = rows.select { |_, _, bytes, objects| bytes.positive? || objects.positive? }
                .sort_by { |key, _, bytes, objects| [-bytes, -objects, order(key)] }
    cut(grown, top).map { |key, figures,| { 'type' => text(key[0]), 'class' => text(key[1]) }.merge(figures) }
  end

  SHOWN = 200  # HB_STRING_SHOWN of pipeline/string_counts.h

  # Contents that several strings have, in the order of the first line that has them where all else is equal.
  def strings(last, top, values)
    all = last.objects.select { |o| o.type == 'STRING' }
    groups = all.select(&:value).group_by(&:value)
    later = groups.values.flat_map { |objects| objects.drop(1) }
    rows = groups.select { |_, objects| objects.size > 1 }.each_with_index
                 .sort_by { |(_, objects), i| [-objects.sum(&:memsize), -objects.size, i] }.map(&:first)
    { 'objects' => all.size, 'without_value' => all.count { |o| o.value.nil? }, 'distinct' => groups.size,
      'duplicate_objects' => later.size, 'duplicate_memsize' => later.sum(&:memsize),
      'top' => cut(rows, top).map { |value, objects| string_row(value, objects, values) } }
  end

  def string_row(value, objects, shows)
    shown = value.dup.force_encoding('UTF-8').each_char.inject('') { |s, c| s.bytesize + c.bytesize > SHOWN ? (break s) : s + c }
    { 'bytes' => value.bytesize }.merge(tally(objects)).merge(
      'first' => hex(objects[0].address), 'value' => shows ? shown.tr("\0", "\u{FFFD}") : nil, 'value_cut' => shows && shown.bytesize < value.bytesize
    )
  end

  def retained_births(n_dumps)
    n_dumps == 2 ? (1..1) : (1..n_dumps - 2)
  end

  # [[site key, retained objects of the site, born histogram of all its objects]]
  def retained_sites(dumps, born)
    last = dumps.last
    all = last.by_address.values.group_by { |o| site_key(last, o) }
    kept = all.transform_values { |os| os.select { |o| retained_births(dumps.size).cover?(born[o.address]) } }
    ranking(kept.reject { |_, objects| objects.empty? }).map do |key, objects|
      histogram = Array.new(dumps.size, 0)
      all[key].each { |o| histogram[born[o.address]] += 1 }
      [key, objects, histogram]
    end
  end

  def retained_hash(sites, top)
    everything = sites.flat_map { |_, objects, _| objects }
    rows = cut(sites, top).map { |key, objects, h| site_hash(key).merge(tally(objects)).merge('born' => h) }
    tally(everything).merge('sites' => rows)
  end

  # ---- the graph ---------------------------------------------------------------------------------------------

  # [[target address, class edges, hops]] of one object.
  def edges(dump, object)
    out = object.refs.select { |a| dump.by_address.key?(a) }.map { |a| [a, 0, 1] }
    out << [object.klass, 1, 1] if object.klass && dump.by_address.key?(object.klass)
    out
  end

  # Dijkstra (1959) over [class edges, hops]: address => distance. A ROOT line's reference is one hop.
  def distances(dump)
    distance = {}
    queue = Hash.new { |h, k| h[k] = [] }
    dump.roots.each { |root| queue[[0, 1]].concat(root.refs.select { |a| dump.by_address.key?(a) }) }
    until queue.empty?
      nearest = queue.keys.min
      queue.delete(nearest).each do |address|
        next if distance.key?(address)

        distance[address] = nearest
        edges(dump, dump.by_address[address]).each do |target, classes, hops|
          queue[[nearest[0] + classes, nearest[1] + hops]] << target unless distance.key?(target)
        end
      end
    end
    distance
  end

  def reachability(dump, distance)
    direct = distance.values.select { |classes, _| classes.zero? }.map { |_, hops| hops }
    {
      'reachable' => distance.size, 'unreachable' => dump.by_address.size - distance.size,
      'reachable_memsize' => distance.keys.sum { |a| dump.by_address[a].memsize },
      'without_class_edges' => direct.size, 'max_hops' => direct.max || 0, 'hops_sum' => direct.sum
    }
  end

  # address => [parent, whether over the class edge]; the parent is a Root or the lowest address that fits.
  def parents(dump, distance)
    parent = {}
    dump.roots.each { |root| root.refs.each { |a| parent[a] ||= [root, false] if distance.key?(a) } }
    distance.keys.sort.each do |address|
      classes, hops = distance[address]
      edges(dump, dump.by_address[address]).each do |target, c, h|
        parent[target] ||= [address, c == 1] if distance[target] == [classes + c, hops + h]
      end
    end
    parent
  end

  # ---- merged paths ------------------------------------------------------------------------------------------

  MAX_DEPTH = 40  # of a node; what is deeper ends in a "..." at this depth

  Node = Struct.new(:label, :depth, :above, :children, :objects, :memsize, :example, :repeat)

  # The names of an object's instance variables from the first on; nil when that cannot be told.
  def ivars(dump, object)
    names = []
    at = object.shape
    seen = Set.new
    until at.nil?
      shape = dump.shape[at]
      return nil if shape.nil? || !seen.add?(at)

      names.unshift(shape.ivar) if shape.ivar
      at = shape.parent
    end
    names unless object.shape.nil?
  end

  # The instance variable of `above` that the object at the address is.
  def via(dump, above, address)
    return nil unless above.type == 'OBJECT' && above.ivars == above.refs.size
    return nil unless above.refs.all? { |a| dump.by_address.key?(a) }

    names = ivars(dump, above)
    names[above.refs.index(address)] if names && names.size == above.refs.size
  end

  def class_label(dump, object)
    return object.name if object.name
    return '(anonymous)' unless object.singleton

    name = dump.attached[object.address]
    name ? "#<Class:#{name}>" : '(singleton)'
  end

  def label(dump, object, over_class)
    detail =
      case object.type
      when 'CLASS', 'MODULE', 'ICLASS' then class_label(dump, object)
      when 'DATA' then object.struct || class_name(dump, object)
      when 'IMEMO' then object.imemo_type
      else class_name(dump, object)
      end
    [object.type, detail].compact.join(' ').b + (over_class ? ' (class)' : '')
  end

  # From the ROOT line down: [Root, [address, over the class edge], ...]
  def way_to(address, parent)
    steps = []
    until address.is_a?(Root)
      up, over_class = parent[address]
      steps.unshift([address, over_class])
      address = up
    end
    [address, *steps]
  end

  def child(above, name)
    siblings = above.children
    siblings[name] ||= Node.new(name, above.depth + 1, above, {}, 0, 0, nil, 1)
  end

  # The node that the step below `node` belongs to.
  def step_into(node, name)
    return node if node.depth == MAX_DEPTH || (node.depth >= 1 && node.label == name)

    child(node, node.depth + 1 == MAX_DEPTH ? '...' : name)
  end

  # What the step is called, with the instance variable of `above`, an address or a Root, that it takes.
  def step_label(dump, above, address, over_class)
    ivar = via(dump, dump.by_address[above], address) unless above.is_a?(Root) || over_class
    [ivar, label(dump, dump.by_address[address], over_class)].compact.join(' ').b
  end

  def path_tree(dump, objects, parent)
    top = Node.new(nil, -1, nil, {}, 0, 0, nil, 1)
    labels = {} # of an address: there is one way to it
    objects.each do |object|
      root, *steps = way_to(object.address, parent)
      node = child(top, "ROOT #{root.name}".b)
      passed = [node]
      above = root
      steps.each do |address, over_class|
        node = step_into(node, labels[address] ||= step_label(dump, above, address, over_class))
        node.example = [node.example, address].compact.min
        passed << node
        above = address
      end
      passed.chunk_while { |a, b| a.equal?(b) }.each do |run|
        run.first.repeat = [run.first.repeat, run.size].max unless run.first.depth == MAX_DEPTH
      end
      passed.uniq(&:object_id).each do |n|
        n.objects += 1
        n.memsize += object.memsize
      end
    end
    tree_rows(fold(top))
  end

  # Labels that go around in a circle of two or three: the steps of the second whole round and of all later ones are those of
  # the first.
  def fold(top)
    folded = Node.new(nil, -1, nil, {}, 0, 0, nil, 1)
    fold_below(top, folded, {}.compare_by_identity)
    folded
  end

  # repeats: of the nodes of the folded tree, on the line down to `node`.
  def fold_below(node, place, repeats)
    node.children.each_value do |below|
      at = round_again(place, below.label) || child(place, below.label)
      passed = repeats.fetch(at, 0) + below.repeat
      at.repeat = [at.repeat, passed].max
      at.example = [at.example, below.example].compact.min
      add_to_line(at, below.objects - below.children.each_value.sum(&:objects),
                  below.memsize - below.children.each_value.sum(&:memsize))
      fold_below(below, at, repeats.dup.tap { |r| r[at] = passed })
    end
  end

  def add_to_line(node, objects, memsize)
    until node.depth.negative?
      node.objects += objects
      node.memsize += memsize
      node = node.above
    end
  end

  # The node of the first round that a step with this label comes back to.
  def round_again(place, label)
    line = [label]
    at = place
    while at.depth >= 0 && line.size < 6
      line << at.label
      at = at.above
    end
    [2, 3].each do |n|
      next unless line.size >= 2 * n && line[0, n] == line[n, n]

      n.times { |k| place = place.above if k.positive? }
      return place
    end
    nil
  end

  def tree_rows(node)
    node.children.values.sort_by { |n| [-n.objects, n.label.b] }.map do |n|
      { 'label' => text(n.label), 'repeat' => n.repeat, 'objects' => n.objects, 'memsize' => n.memsize,
        'example' => n.example && format('0x%x', n.example), 'children' => tree_rows(n) }
    end
  end

  def path_rows(dump, groups, distance)
    parent = parents(dump, distance)
    groups.map do |key, objects|
      reached = objects.select { |o| distance.key?(o.address) }
      { 'site' => site_hash(key) }.merge(tally(objects)).merge(
        'unreachable' => objects.size - reached.size, 'tree' => path_tree(dump, reached, parent)
      )
    end
  end

  # ---- dominators --------------------------------------------------------------------------------------------

  # The dominator tree of what the ROOT lines reach, below one vertex that stands for all of them. Objects are numbered
  # in reverse postorder of a depth-first search, so that an object comes after its dominators; 0 is the root above.
  #   objects[v]   the object, nil for 0
  #   idom[v]      number of the immediate dominator
  #   memsize[v], count[v]   what v retains: bytes and objects of its subtree
  #   children[v]  numbers of those whose idom is v
  Dominators = Struct.new(:objects, :idom, :memsize, :count, :children)

  def dominators(dump)
    order, successors = reverse_postorder(dump)
    predecessors = order.map { [] }
    number = order.each_with_index.to_h
    successors.each { |above, below| below.each { |v| predecessors[number[v]] << number[above] } }
    idom = immediate_dominators(predecessors.map(&:uniq))
    objects = order.map { |address| address && dump.by_address[address] }
    memsize, count = subtree_sums(idom, objects)
    children = order.map { [] }
    idom.each_with_index { |above, v| children[above] << v unless v.zero? }
    Dominators.new(objects, idom, memsize, count, children)
  end

  # [addresses in reverse postorder, nil (the root above) first; address => addresses it has edges to]
  def reverse_postorder(dump)
    below = { nil => dump.roots.flat_map(&:refs).select { |a| dump.by_address.key?(a) } }
    finished = []
    stack = [[nil, 0]] # the way down: vertex, next of its edges
    until stack.empty?
      vertex, at = stack.pop
      target = below[vertex][at]
      next finished << vertex unless target

      stack << [vertex, at + 1]
      next if below.key?(target)

      below[target] = edges(dump, dump.by_address[target]).map(&:first)
      stack << [target, 0]
    end
    [finished.reverse, below]
  end

  # Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001): the immediate dominator of a vertex is the
  # nearest common dominator of its predecessors; this is repeated over all vertices until nothing changes.
  def immediate_dominators(predecessors)
    idom = Array.new(predecessors.size)
    idom[0] = 0
    changed = true
    while changed
      changed = false
      (1...predecessors.size).each do |v|
        nearest = common_dominator(predecessors[v].select { |p| idom[p] }, idom)
        changed ||= nearest != idom[v]
        idom[v] = nearest
      end
    end
    idom
  end

  # The smaller a number, the nearer to the root: of two, the larger one climbs. What was met on the way is below
  # `common`, so a climb that comes to it need not go on; that keeps long lists from taking quadratic time.
  def common_dominator(vertices, idom)
    common = vertices.first
    return common if vertices.size == 1

    met = { common => true }
    vertices.each do |v|
      until met[v]
        if v > common
          met[v] = true
          v = idom[v]
        else
          common = idom[common]
          met[common] = true
        end
      end
    end
    common
  end

  # What each vertex retains. A dominator has a smaller number than what it dominates.
  def subtree_sums(idom, objects)
    memsize = objects.map { |o| o ? o.memsize : 0 }
    count = objects.map { |o| o ? 1 : 0 }
    (idom.size - 1).downto(1) do |v|
      memsize[idom[v]] += memsize[v]
      count[idom[v]] += count[v]
    end
    [memsize, count]
  end

  def dominator_report(dump, tree, top)
    {
      'total_objects' => tree.count[0], 'total_memsize' => tree.memsize[0],
      'top' => dominator_rows(dump, tree, top),
      'classes' => group_rows(tree, top, %w[type class]) { |o| [o.type, class_name(dump, o)] },
      'sites' => group_rows(tree, top, %w[file line]) { |o| o.file && [o.file, o.line] },
      'big_drops' => drop_rows(dump, tree, top)
    }
  end

  def hex(address)
    format('0x%x', address)
  end

  def retainer_hash(dump, tree, vertex)
    object = tree.objects[vertex]
    { 'address' => hex(object.address), 'type' => object.type, 'class' => text(class_name(dump, object)),
      'label' => nil, 'retained_memsize' => tree.memsize[vertex], 'retained_objects' => tree.count[vertex] }
  end

  # The objects that retain most; with top 0 those that retain a thousandth of everything.
  def dominator_rows(dump, tree, top)
    vertices = (1...tree.objects.size).sort_by { |v| [-tree.memsize[v], tree.objects[v].address] }
    vertices.select! { |v| tree.memsize[v] * 1000 >= tree.memsize[0] } if top.zero?
    cut(vertices, top).map do |v|
      above = tree.objects[tree.idom[v]]
      retainer_hash(dump, tree, v).merge('idom' => above ? hex(above.address) : 'root')
    end
  end

  # What the objects of each group retain together. An object below another one of its group is retained by that one
  # already: only the outermost add up. Objects for which the block says nil are in no group.
  def group_rows(tree, top, names)
    groups = tree.objects.map { |o| o && yield(o) }
    rows = Hash.new do |h, k|
      h[k] = { 'objects' => 0, 'outermost' => 0, 'retained_memsize' => 0, 'retained_objects' => 0 }
    end
    groups.compact.each { |key| rows[key]['objects'] += 1 }
    outermost(tree, groups).each do |v|
      row = rows[groups[v]]
      row['outermost'] += 1
      row['retained_memsize'] += tree.memsize[v]
      row['retained_objects'] += tree.count[v]
    end
    sorted = rows.sort_by { |key, row| [-row['retained_memsize'], order(key)] }
    cut(sorted, top).map { |key, row| names.zip(key.map { |k| k.is_a?(String) ? text(k) : k }).to_h.merge(row) }
  end

  # The vertices that no other one of their group dominates: a walk over the tree that knows which groups are above.
  def outermost(tree, groups)
    found = []
    above = Hash.new(0)
    stack = [[:enter, 0]]
    until stack.empty?
      what, v = stack.pop
      next above[groups[v]] -= 1 if what == :leave

      found << v if groups[v] && above[groups[v]].zero?
      above[groups[v]] += 1
      stack << [:leave, v]
      tree.children[v].each { |c| stack << [:enter, c] }
    end
    found
  end

  # Where much ends at once: objects that retain a hundredth of everything, of which no child has 70 %.
  def drop_rows(dump, tree, top)
    drops = (1...tree.objects.size).filter_map do |v|
      child = tree.children[v].min_by { |c| [-tree.memsize[c], tree.objects[c].address] }
      largest = child ? tree.memsize[child] : 0
      [v, child, largest] if tree.memsize[v] * 100 >= tree.memsize[0] && 10 * largest < 7 * tree.memsize[v]
    end
    drops.sort_by! { |v, _, largest| [largest - tree.memsize[v], tree.objects[v].address] }
    cut(drops, top).map do |v, child, largest|
      retainer_hash(dump, tree, v).merge('largest_child' => child && hex(tree.objects[child].address),
                                         'largest_child_memsize' => largest)
    end
  end

  # ---- the report --------------------------------------------------------------------------------------------

  # One series of loaded dumps, oldest first.
  # strings: false, true, or :values to show what they hold.
  def series(all, identity: 'strict', top: 20, strings: false)
    dumps = comparable(all, identity)
    last = dumps.last
    born = births(dumps, identity)
    live = live_sites(last)
    kept = dumps.size > 1 ? padded(retained_sites(dumps, born), all, dumps) : nil
    distance = last.roots.empty? ? nil : distances(last)
    trust = trust(dumps, born, identity)
    {
      'name' => series_name(all), 'dumps' => all.map { |d| dump_row(d).merge('compared' => dumps.any? { |one| one.equal?(d) }) },
      'classes' => classes(last, top),
      'sites' => cut(live, top).map { |key, objects| site_hash(key).merge(tally(objects)) },
      'trust' => trust,
      'class_growth' => (class_growth(all, top) if dumps.size < all.size || trust['score'] < LEAST_SCORE),
      'strings' => (strings(last, top, strings == :values) if strings), 'retained' => kept && retained_hash(kept, top),
      'reachability' => distance && reachability(last, distance),
      'paths' => distance ? path_rows(last, cut(kept || live, top), distance) : [],
      'dominators' => distance && dominator_report(last, last.dominators, top),
      'all' => kept ? retained_hash(kept, 0)['sites'] : [] # for the fleet, not of the document
    }
  end

  # The histograms have a figure for each dump, 0 for one that is left out.
  def padded(sites, all, compared)
    sites.map do |key, objects, histogram|
      figures = compared.each_with_index.map { |dump, i| [dump.object_id, histogram[i]] }.to_h
      [key, objects, all.map { |dump| figures.fetch(dump.object_id, 0) }]
    end
  end

  # What the paths without extensions have in common, no number cut in two (fleet/series.h).
  def series_name(dumps)
    names = dumps.map { |d| d.path.delete_prefix('./').sub(/\.(gz|zst)\z/i, '').sub(/\.(json|ndjson|jsonl|dump)\z/i, '') }
    prefix = names.first
    prefix = prefix[0..-2] until names.all? { |n| n.start_with?(prefix) }
    prefix = prefix.sub(/\d+\z/, '') if names.any? { |n| n[prefix.size..].match?(/\A\d/) }
    prefix = prefix.sub(%r{[/._ -]+\z}, '')
    prefix.empty? ? 'series' : prefix
  end

  # What several series have in common.
  def fleet(all, top)
    merged = {}
    all.each do |one|
      one.delete('all').each do |row|
        key = row.values_at('type', 'class', 'file', 'line')
        sum = (merged[key] ||= { 'objects' => 0, 'memsize' => 0, 'series' => 0 })
        sum['objects'] += row['objects']
        sum['memsize'] += row['memsize']
        sum['series'] += 1
      end
    end
    sorted = merged.sort_by { |key, sum| [-sum['objects'], order(key)] }
    { 'series' => all.size, 'dumps' => all.sum { |s| s['dumps'].size },
      'sites' => cut(sorted, top).map { |key, sum| site_hash(key).merge(sum) } }
  end

  # The whole document for series of loaded dumps.
  def report(all_dumps, identity: 'strict', top: 20, strings: false)
    all = all_dumps.map { |dumps| series(dumps, identity: identity, top: top, strings: strings) }
    { 'schema' => 1, 'identity' => identity, 'series' => all, 'fleet' => fleet(all, top), 'problems' => [] }
  end
end

if $PROGRAM_NAME == __FILE__
  identity = 'strict'
  top = 20
  strings = false
  OptionParser.new do |o|
    o.banner = 'usage: oracle.rb [--identity I] [--top N] [--strings | --show-values] DUMP...'
    o.on('--identity I', Oracle::IDENTITIES) { |i| identity = i }
    o.on('--top N', Integer) { |n| top = n }
    o.on('--strings') { strings ||= true }
    o.on('--show-values') { strings = :values }
  end.parse!
  abort 'oracle.rb: no dump named' if ARGV.empty?
  puts JSON.pretty_generate(Oracle.report([ARGV.map { |p| Oracle.load(p) }], identity: identity, top: top, strings: strings))
end
