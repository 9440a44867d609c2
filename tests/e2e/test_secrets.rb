# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# What a dump holds of a program's data stays in the program.
class TestSecrets < E2E::Test
  S = Synthetic
  # Fields whose text is for the report.
  SHOWN = %w[name file struct imemo_type root].freeze
  # What a program worked with, and fields that no version of Ruby has written yet.
  HIDDEN = %w[value encoding coderange method superclass node_type called_id mid real_class_name novel flags nested key].freeze

  def canary(field)
    "CANARY-#{field}"
  end

  # Every field holds its own name; all objects are reachable, and grow from dump to dump.
  def dump(n)
    base = S::BASE
    hidden = (HIDDEN - %w[flags nested key]).to_h { |field| [field.to_sym, canary(field)] }
    odd = hidden.merge(nested: { a: [canary('nested')] }, canary('key').to_sym => 1)
    lines = [S.root(canary('root'), [base, base + 80]), S.object(base, 'CLASS', klass: base, name: canary('name'), memsize: 500),
             S.object(base + 80, 'DATA', klass: base, struct: canary('struct'), refs: (0..n + 3).map { |i| base + 800 + i * 40 }, memsize: 99),
             S.object(base + 120, 'IMEMO', imemo_type: canary('imemo_type'), memsize: 40, **hidden),
             %({"address":"0x99", "type":"SHAPE", "id":1, "parent_id":0, "shape_type":"IVAR", "edge_name":"#{canary('edge_name')}", "memsize":8}),
             S.object(base + 800, 'OBJECT', klass: base, shape_id: 1, ivars: 1, refs: [base + 840], memsize: 40),
             S.object(base + 840, 'IMEMO', imemo_type: canary('imemo_type'), memsize: 40, **hidden)]
    lines += (2..n + 3).map do |i|
      S.object(base + 800 + i * 40, 'STRING', klass: base, file: "/#{canary('file')}.rb", line: 3, generation: n, memsize: 40, **odd)
    end
    torn = S.object(base + 40, 'STRING', klass: base, memsize: 40, **odd)[0, 200]
    S.dump(*lines, torn, "#{canary('value')} no JSON #{canary('flags')}")
  end

  # All that a run leaves anywhere, by where: its streams, files, and what is in its folder for temporary ones.
  def traces(run)
    files = Dir["#{@dir}/left/**/*"].select { |file| File.file?(file) }
    { 'stdout' => run.out, 'stderr' => run.err }.merge(files.to_h { |file| [file, File.binread(file)] })
  end

  def all_outputs
    left = "#{@dir}/left"
    FileUtils.mkdir_p("#{left}/tmp")
    { '--out' => 'out', '--json' => 'report.json', '--timings' => 'timings.json', '--history' => 'history.db' }.flat_map { |option, name| [option, "#{left}/#{name}"] }
  end

  def three_dumps
    [1, 9, 20].each_with_index.map { |n, i| put("web.#{i}.json", dump(n)) }
  end

  [nil, 3].each do |ranks|
    [[], %w[portable]].each do |scanner|
      define_method("test_canaries_#{[ranks || 'alone', *scanner].join('_')}") do
        dumps = three_dumps
        run = heapbatch(*all_outputs, *('--strings' if ranks || scanner.any?), '--log', 'debug', '--progress', '--path', "class:#{canary('name')}", *dumps, ranks: ranks,
                        env: { 'HB_SCAN' => scanner[0], 'TMPDIR' => "#{@dir}/left/tmp" })
        assert_status 0, run
        seen = traces(run)
        assert_operator seen.size, :>, 8, seen.keys.inspect
        HIDDEN.each { |field| seen.each { |where, text| refute text.b.include?(canary(field)), "#{field} in #{where}" } }
        json = File.read("#{@dir}/left/report.json")
        assert_empty SHOWN.reject { |field| json.include?(canary(field)) }
      end
    end
  end

  # With --show-values contents are where they are asked for, and nowhere else.
  [nil, 3].each do |ranks|
    define_method("test_values_are_shown_in_their_place_#{ranks || 'alone'}") do
      run = heapbatch(*all_outputs, '--show-values', '--log', 'debug', '--progress', *three_dumps, ranks: ranks, env: { 'TMPDIR' => "#{@dir}/left/tmp" })
      assert_status 0, run
      seen = traces(run)
      (HIDDEN - %w[value]).each { |field| seen.each { |where, text| refute text.b.include?(canary(field)), "#{field} in #{where}" } }
      holding = seen.select { |_, text| text.b.include?(canary('value')) }
      assert_equal ['stdout', 'report.json', 'fleet.json', 'fleet.txt', '.json', '.txt', '.report'].sort, holding.keys.map { |where| place(where) }.sort
      holding.each { |where, text| assert_equal 1, text.b.scan(canary('value')).size, where }
      rows = JSON.parse(File.read("#{@dir}/left/report.json"))['series'][0]['strings']['top']
      assert_equal [[12, canary('value')]], rows.map { |row| row.values_at('bytes', 'value') }
      refute_equal 0, run.out.scan(/^ .*"#{canary('value')}"$/).size
    end
  end

  # Questions about objects of all kinds, with an index that stays.
  def inspect_all(*more, **options)
    left = "#{@dir}/left"
    FileUtils.mkdir_p("#{left}/tmp")
    file = put('web.json', dump(4))
    addresses = [0, 80, 800, 840, 880].map { |offset| format('0x%x', S::BASE + offset) }
    [%w[show], %w[path], %w[objects --top 0]].product([[], %w[--format jsonl]]).flat_map do |words, format|
      flags = words[0] == 'show' ? more : []
      run = heapbatch(*words, *format, *flags, '--index', "#{left}/index", '--log', 'debug', '--progress', file,
                      *(addresses unless words[0] == 'objects'), validate: false, spread: false, env: { 'TMPDIR' => "#{left}/tmp" }, **options)
      assert_status 0, run
      traces(run).to_a
    end
  end

  [nil, 3].each do |ranks|
    define_method("test_canaries_of_questions_#{ranks || 'alone'}") do
      seen = inspect_all(ranks: ranks)
      assert_equal 6, seen.count { |where, _| where.end_with?('.hbindex') }
      HIDDEN.each { |field| seen.each { |where, text| refute text.b.include?(canary(field)), "#{field} in #{where}" } }
      SHOWN.each { |field| assert seen.any? { |where, text| where == 'stdout' && text.b.include?(canary(field)) }, field }
    end
  end

  def test_values_of_questions_are_on_standard_output_only
    seen = inspect_all('--show-values')
    holding = seen.select { |_, text| text.b.include?(canary('value')) }.map(&:first)
    assert_equal %w[stdout stdout], holding
  end

  # Files of a series are called after its id.
  def place(where)
    File.basename(where).sub(/\A\h{16}(?=[.])/, '')
  end

  def redacted(key, dumps, **options)
    FileUtils.rm_rf("#{@dir}/left")
    run = heapbatch(*all_outputs, '--log', 'debug', "--redact#{key}", *dumps, **options)
    assert_status 0, run
    traces(run).each { |where, text| refute text.b.include?(canary('file')), where }
    json = File.read("#{@dir}/left/report.json")
    assert_includes json, canary('name')
    [json, json.scan(/path-\h{12}\.rb/).uniq]
  end

  def test_redacted_paths_are_nowhere_and_stable
    dumps = [1, 9, 20].each_with_index.map { |n, i| put("web.#{i}.json", dump(n)) }
    shown = heapbatch_json(*dumps).json_text
    json, names = redacted('=secret', dumps)
    assert_equal 1, names.size
    assert_equal shown, json.gsub(names[0], "/#{canary('file')}.rb").gsub(/"fingerprint": "\h+"/) { shown[/"fingerprint": "\h+"/] }
    assert_equal [json, names], redacted('=secret', dumps, ranks: 3)
    refute_equal names, redacted('=other', dumps)[1]
    refute_equal names, redacted('', dumps)[1]
  end

  # What `read` and `diff` print for programs.
  def test_rows_have_names_alone
    dumps = three_dumps
    [['read', dumps[2]], ['read', dumps[2], 'all'], ['read', dumps[2], 20], ['diff', *dumps.last(2)]].product([nil, 2]).each do |words, ranks|
      run = heapbatch(*words, '--format', 'jsonl', '--top', 0, '--log', 'debug', '--progress', ranks: ranks, spread: false, validate: false)
      assert_status 0, run
      refute_empty run.out
      HIDDEN.each { |field| refute (run.out + run.err).b.include?(canary(field)), "#{field} of #{words}" }
    end
    run = heapbatch('read', '--show-values', dumps[2], 'all', '--format', 'jsonl', spread: false, validate: false)
    rows = run.out.lines.map { |line| JSON.parse(line) }
    assert_equal [['string', canary('value')]], rows.select { |row| row.key?('value') }.map { |row| row.values_at('ranking', 'value') }
    assert_equal 1, run.out.scan(canary('value')).size
    (HIDDEN - %w[value]).each { |field| refute run.out.include?(canary(field)), field }
  end

  # What a run without it has left is not taken over by one with it.
  def test_resume_does_not_bring_paths_back
    dumps = [1, 9].each_with_index.map { |n, i| put("web.#{i}.json", dump(n)) }
    assert_status 0, heapbatch('--out', "#{@dir}/out", *dumps)
    run = heapbatch('--out', "#{@dir}/out", '--resume', '--redact', *dumps)
    assert_status 0, run
    refute_includes run.out, canary('file')
    refute_includes File.read("#{@dir}/out/fleet.json"), canary('file')
  end

  # A process that is reading a dump, and is killed by what would leave a core.
  def while_reading(env = {})
    input, text = IO.pipe
    pid = Process.spawn(E2E::MPI_ENV.merge(env), E2E::PROGRAM, '-', in: input, out: File::NULL, err: File::NULL, chdir: @dir,
                                                                   rlimit_core: Process.getrlimit(:CORE)[1])
    input.close
    text.write(dump(4) * 400)
    yield pid
  ensure
    Process.kill('ABRT', pid)
    _, status = Process.wait2(pid)
    assert_equal Signal.list['ABRT'], status.termsig
    text.close
  end

  # The mapping of all large arrays, the only one that is larger than the machine's memory. "dd" is what the kernel calls MADV_DONTDUMP.
  def arena_flags(pid)
    memory = File.read('/proc/meminfo')[/^MemTotal: +(\d+) kB/, 1].to_i
    limit = E2E.now + 20
    loop do
      found = File.read("/proc/#{pid}/smaps").scan(/^Size: +(\d+) kB$.*?^VmFlags: ([a-z ]+)$/m).find { |size, _| size.to_i > memory }
      return found[1].split if found

      flunk 'it has no large arrays' if E2E.now > limit
      sleep 0.01
    end
  end

  def test_no_core_dump
    skip_if_sanitized
    while_reading do |pid|
      flags = arena_flags(pid)
      assert_includes flags, 'dd'
      assert_match(/^Max core file size +0 +0 /, File.read("/proc/#{pid}/limits"))
    end
    assert_empty Dir["#{@dir}/core*"]
    while_reading('HB_CORE' => '1') { |pid| refute_includes arena_flags(pid), 'dd' }
  end
end
