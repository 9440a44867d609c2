# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# --path and --referrers against the oracle.
class TestQueries < E2E::Test
  S = Synthetic
  BASE = S::BASE

  # Steps behind the ROOT line, runs of equal ones counted out.
  def length_of(steps)
    steps.drop(1).sum { |step| step['repeat'] }
  end

  # ---- one object --------------------------------------------------------------------------------------------

  Answers = Struct.new(:dump) do
    def distance
      @distance ||= Oracle.distances(dump)
    end

    def parent
      @parent ||= Oracle.parents(dump, distance)
    end

    # address => bytes retained; what is not reached retains nothing
    def retained
      tree = dump.dominators
      @retained ||= tree.objects.zip(tree.memsize).drop(1).to_h { |o, memsize| [o.address, memsize] }.tap { |h| h.default = 0 }
    end
  end

  def of_series(name)
    file = E2E.series_paths(name).last
    [Answers.new(E2E.loaded(file)), file]
  end

  # With one rank and with three.
  def same_answers(args, file)
    one, three = [nil, 3].map { |ranks| queries(args, [file], ranks: ranks) }
    assert_nil E2E.difference(one, three)
    one
  end

  def check_path(want, address, answer)
    object = want.dump.by_address[address]
    assert_equal %w[path found objects memsize unreachable steps], answer.keys
    assert_equal [hex(address), true, 1, object.memsize], answer.values_at('path', 'found', 'objects', 'memsize')
    return check_steps(want, address, answer) if want.distance[address]

    assert_equal [1, []], answer.values_at('unreachable', 'steps')
  end

  # The way from the ROOT line down is the oracle's; of a run of steps the first stands for all.
  def check_steps(want, address, answer)
    root, *way = Oracle.way_to(address, want.parent)
    top, *steps = answer['steps']
    assert_equal [0, want.distance[address][1]], [answer['unreachable'], length_of(answer['steps'])]
    assert_equal ["ROOT #{root.name}", nil, nil, nil], top.values_at('label', 'address', 'memsize', 'retained_memsize')
    steps.each do |step|
      at = way.first[0]
      assert_equal [hex(at), want.dump.by_address[at].memsize, want.retained[at]],
                   step.values_at('address', 'memsize', 'retained_memsize')
      way.shift(step['repeat'])
    end
    assert_empty way
    assert_equal hex(address), steps.last['address']
  end

  E2E::SERIES.each do |series|
    define_method("test_paths_of_objects_#{series}".tr('-', '_')) do
      want, file = of_series(series)
      addresses = some(want.dump, 200)
      answers = same_answers(addresses.flat_map { |a| ['--path', hex(a)] }, file)
      assert_equal addresses.size, answers.size
      addresses.zip(answers) { |address, answer| check_path(want, address, answer) }
    end

    define_method("test_referrers_#{series}".tr('-', '_')) do
      want, file = of_series(series)
      addresses = some(want.dump, 25) + [want.dump.by_address.values.map(&:klass).compact.tally.max_by(&:last)[0]]
      answers = same_answers(['--top', 7, *addresses.flat_map { |a| ['--referrers', hex(a)] }], file)
      assert_equal addresses.size, answers.size
      addresses.zip(answers) { |address, answer| check_referrers(want, address, answer, 7) }
    end

    define_method("test_paths_of_groups_#{series}".tr('-', '_')) do
      check_groups(*of_series(series))
    end
  end

  def test_no_object_and_no_root_reaches_it
    path = put('d.json', S.dump(S.root('vm', [BASE]), S.classes, S.object(BASE + 80, 'STRING', klass: BASE + 40, memsize: 40)))
    args = ['--path', '0x10', '--path', hex(BASE + 80).upcase.sub('X', 'x'), '--referrers', '0x0', '--path', 'class:None',
            '--path', 'site:a.rb:1']
    answers = queries(args, [path])
    assert_equal({ 'path' => '0x10', 'found' => false, 'objects' => 0, 'memsize' => 0, 'unreachable' => 0, 'steps' => [] },
                 answers[0])
    assert_equal({ 'path' => hex(BASE + 80), 'found' => true, 'objects' => 1, 'memsize' => 40, 'unreachable' => 1,
                   'steps' => [] }, answers[1])
    assert_equal({ 'referrers' => '0x0', 'found' => false, 'roots' => [], 'references' => 0, 'instances' => 0,
                   'objects' => [] }, answers[2])
    answers.drop(3).each { |q| assert_equal [false, 0, []], q.values_at('found', 'objects', 'tree') }
    text = heapbatch(*args, path).out
    assert_includes text, '0x10: no object of the last dump has this address'
    assert_includes text, "#{hex(BASE + 80)}: no root reaches this object"
    assert_includes text, 'class:None: no object of the last dump fits'
  end

  def test_asked_only_when_asked_and_only_of_dumps_with_roots
    path = put('d.json', S.small)
    refute heapbatch_json(path).json['series'][0].key?('queries')
    since = put('s.json', S.dump(S.classes))
    assert_equal [], queries(['--path', 'class:String'], [since])
  end

  # A list is one step; its last node stands for itself.
  def test_a_long_list
    last = BASE + 4000 + 40 * 2999
    path = put('list.json', S.list(3000) { BASE + 40 })
    [nil, 3].each do |ranks|
      answer = queries(['--path', hex(last), '--path', 'site:list.rb:3'], [path], ranks: ranks)
      assert_equal [1, 2999, 1], answer[0]['steps'].map { |step| step['repeat'] }
      assert_equal 3000, answer[1]['objects']
    end
  end

  # ---- referrers ---------------------------------------------------------------------------------------------

  def check_referrers(want, address, answer, top)
    dump = want.dump
    all = dump.by_address.values.select { |o| o.refs.include?(address) }
    first = all.sort_by { |o| [-want.retained[o.address], o.address] }.first(top)
    assert_equal [hex(address), true, all.size], answer.values_at('referrers', 'found', 'references')
    assert_equal dump.roots.select { |r| r.refs.include?(address) }.map(&:name), answer['roots']
    assert_equal dump.by_address.values.count { |o| o.klass == address }, answer['instances']
    assert_equal first.map { |o| [hex(o.address), o.type, want.retained[o.address], via(dump, o, address)] },
                 answer['objects'].map { |o| o.values_at('address', 'type', 'retained_memsize', 'via') }
  end

  def via(dump, object, address)
    name = Oracle.via(dump, object, address)
    name && Oracle.text(name)
  end

  # ---- groups ------------------------------------------------------------------------------------------------

  def tree_of(want, objects)
    reached = objects.select { |o| want.distance.key?(o.address) }
    Oracle.tally(objects).merge('unreachable' => objects.size - reached.size,
                                'tree' => Oracle.path_tree(want.dump, reached, want.parent))
  end

  def assert_group(want, objects, answer)
    where = E2E.difference(tree_of(want, objects), answer.slice('objects', 'memsize', 'unreachable', 'tree'))
    assert_nil where, answer['path']
  end

  # Some classes, a struct, a site by its whole path and by the end of it: groups overlap.
  def check_groups(want, file)
    all = want.dump.by_address.values
    site = all.filter_map { |o| o.file && [o.file, o.line] }.tally.max_by { |key, n| [n, key] }&.first
    args = %w[String Hash Class].map { |name| "class:#{name}" } + ['class:proc']
    args += ["site:#{site[0]}:#{site[1]}", "site:#{File.basename(site[0])}:#{site[1]}", "site:#{site[0][-5..]}:#{site[1]}"] if site
    answers = same_answers(args.flat_map { |a| ['--path', a] }, file)
    assert_equal args, answers.map { |q| q['path'] }
    %w[String Hash Class proc].zip(answers) { |name, answer| assert_group(want, of_class(want.dump, all, name), answer) }
    return unless site

    by_end = all.select { |o| o.line == site[1] && o.file && File.basename(o.file) == File.basename(site[0]) }
    assert_group(want, all.select { |o| [o.file, o.line] == site }, answers[4])
    assert_group(want, by_end, answers[5])
    refute answers[6]['found'], 'a piece of a file name is no end of a path'
  end

  def of_class(dump, all, name)
    all.select { |o| Oracle.class_name(dump, o) == name || (o.type == 'DATA' ? o.struct : o.type == 'IMEMO' && o.imemo_type) == name }
  end
end
