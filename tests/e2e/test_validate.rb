# frozen_string_literal: true

require_relative 'support'

# --validate when the answer does not hold. The program is another one of the same objects, which falsifies what
# HB_TEST_FAULT names (tests/faults/faulty.c).
class TestValidate < E2E::Test
  FAULTY = File.expand_path(ENV['HEAPBATCH_FAULTY'] || File.join(E2E::REPO, 'build/tests/faulty'))
  DUMPS = E2E.series_paths('ruby31').freeze
  PARENT = 'the parent in the search does not hold the object at that distance'
  SAID = {
    'parent' => PARENT,
    'distance' => PARENT,
    'idom' => 'the immediate dominator is not the nearest',
    'retained' => 'the retained size is not the sum of what the object dominates',
    'paths' => 'the merged paths of row 1 do not add up to its reached objects'
  }.freeze

  def faulty(fault, *args, **options)
    flunk "#{FAULTY} is not there: build it first, or name it in HEAPBATCH_FAULTY" unless File.executable?(FAULTY)

    heapbatch_json(*args, *DUMPS, program: FAULTY, env: { 'HB_TEST_FAULT' => fault }, **options)
  end

  # What standard error says, once. A sum that is wrong disagrees with that of the immediate dominator, the object before
  # it in the list, as well.
  def what_is_wrong(fault, run)
    victim = run.err[/the victim is (0x\h+)\n/, 1]
    objects = { 'paths' => '', 'retained' => / \(2 objects: 0x\h+, #{victim}\)/ }.fetch(fault, " (1 object: #{victim})")
    said = run.err.scan(/the answer does not hold: (.*)\n/).flatten
    assert_equal 1, said.size, run.to_s
    assert_match(/\A#{Regexp.escape(SAID[fault])}#{Regexp.union(objects)}\z/, said[0])
    said[0]
  end

  # The report names it beside the dump, and all else is there as well.
  def assert_found(fault, run)
    assert_status 1, run
    wrong = what_is_wrong(fault, run)
    problem = { 'path' => DUMPS[2], 'what' => "the answer does not hold, do not go by it: #{wrong}" }
    assert_equal [problem], run.json['problems']
    assert_equal 'ok', run.json['series'][0]['dumps'][2]['status']
    refute_empty run.json['series'][0]['paths']
    assert_includes run.out.gsub(/\s+/, ' '), 'the answer does not hold, do not go by it'
  end

  SAID.each_key do |fault|
    [nil, 3].each do |ranks|
      define_method("test_#{fault}_#{ranks || 1}") { assert_found fault, faulty(fault, ranks: ranks) }
    end
  end

  # A wrong answer is no limit that was exceeded.
  def test_comes_before_a_limit
    run = faulty('retained', '--fail-on', 'objects=0')
    assert_found 'retained', run
    assert_match(/more than the limit/, run.err)
  end

  def test_one_series_of_two
    run = faulty('idom', *E2E.series_paths('ruby33'))
    assert_status 1, run
    assert_equal [DUMPS[2], E2E.series_paths('ruby33')[2]], run.json['problems'].map { |problem| problem['path'] }
  end

  def test_nobody_asked
    run = faulty('retained', validate: false)
    assert_status 0, run
    assert_empty run.json['problems']
  end

  # Without a fault it is the program.
  def test_no_fault
    [nil, 3].each do |ranks|
      run = faulty(nil, '--log', 'info', ranks: ranks)
      assert_status 0, run
      assert_match(/validated: distances, parents, dominators and retained sizes hold/, run.err)
      assert_match(/validated: \d+ merged paths add up/, run.err)
      assert_empty run.json['problems']
      assert_equal heapbatch_json(*DUMPS).json_text, run.json_text
    end
  end
end
