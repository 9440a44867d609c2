# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# --max: what meets a limit is told with the name of its option, and is the same however the dump is read.
class TestLimits < E2E::Test
  S = Synthetic
  NAME = 'd.json' # what a file is, is told by its first bytes
  TIME = Time.at(1_700_000_000)

  LONG = 5000
  LONG_LINE = S.object(S::BASE + 160, 'STRING', klass: S::BASE + 40, value: 'x' * LONG, memsize: 40).b + "\n"

  # Lines 1 to 6 are small; 7, 8 and 10 are long; line 9 and 11 on are small.
  def text
    @text ||= begin
      lines = S.small(more: 30).lines
      (lines.first(6) + [LONG_LINE, LONG_LINE.sub('c7', 'd7')] + lines[6, 1] + [LONG_LINE] + lines.drop(7)).join
    end
  end

  # A file of that name in a folder of its own.
  def place(folder, bytes)
    Dir.mkdir(dir = File.join(@dir, folder))
    path = File.join(dir, NAME)
    File.binwrite(path, bytes)
    File.utime(TIME, TIME, path)
    dir
  end

  def forget_names(json)
    report = JSON.parse(json.gsub('"-"', "\"#{NAME}\"").gsub('-: ', "#{NAME}: "))
    report['series'][0].delete('name')
    report['series'][0]['dumps'].each { |dump| %w[taken_at time_source].each { |key| dump.delete(key) } }
    (report['fleet']['findings'] || []).each { |finding| finding.delete('names') }
    report
  end

  # The dump as a plain file, gzip in one member and in many, and standard input; alone and by several ranks. Returns the
  # run of one rank.
  def everywhere(bytes, status, *options, packed: nil)
    gz = packed || E2E.gzip(bytes)
    folders = { 'gz' => place('gz', gz) }
    unless packed
      folders['plain'] = place('plain', bytes)
      folders['members'] = place('members', E2E.multi_member(bytes, size: 777))
    end
    first = nil
    folders.each do |kind, dir|
      [[nil, []], [nil, ['--chunk', 1]], [nil, ['--chunk', 100, '--threads', 3]], [2, []], [3, ['--chunk', 64]]].each do |ranks, more|
        run = heapbatch_json(*options, *more, NAME, ranks: ranks, chdir: dir)
        assert_status status, run
        first ||= run
        assert_equal first.json_text, run.json_text, "#{kind}, #{ranks} ranks, #{more.join(' ')}"
      end
      run = heapbatch_json(*options, NAME, chdir: dir, env: { 'HB_INFLATE' => 'zlib', 'HB_SCAN' => 'portable' })
      assert_equal first.json_text, run.json_text, "#{kind}, zlib and the portable scanner"
      [nil, 2].each do |ranks|
        run = heapbatch_json(*options, '-', stdin: File.join(dir, NAME), ranks: ranks)
        assert_status status, run
        assert_nil E2E.difference(forget_names(first.json_text), forget_names(run.json_text)), "#{kind} as standard input"
      end
    end
    first
  end

  def row(run)
    run.json['series'][0]['dumps'][0]
  end

  def assert_named(option, run)
    assert_includes run.err, option, 'standard error does not name the option'
    assert_includes run.json['problems'].to_s + row(run).to_s, option, 'the report does not name the option'
  end

  def test_line
    run = everywhere(text, 0, '--max', "line=#{LONG}")
    assert_named '--max line', run
    dump = row(run)
    assert_equal [text.bytesize, text.lines.size, 3], dump.values_at('bytes', 'lines', 'invalid_lines')
    offsets = [6, 7, 9].map { |n| text.lines.first(n).sum(&:bytesize) }
    assert_equal([[7, offsets[0]], [8, offsets[1]], [10, offsets[2]]], dump['invalid'].map { |l| l.values_at('line', 'byte') })
    assert_equal ['longer than --max line allows'], dump['invalid'].map { |l| l['reason'] }.uniq
    assert_equal 'ok', dump['status']
  end

  # One byte less or more.
  def test_line_exactly_at_the_limit
    dir = place('plain', text)
    length = LONG_LINE.bytesize - 1
    [[length - 1, 3], [length, 0]].each do |limit, invalid|
      run = heapbatch_json('--max', "line=#{limit}", NAME, chdir: dir)
      assert_status 0, run
      assert_equal invalid, row(run)['invalid_lines']
    end
  end

  # The last line may be too long as well: without its newline it cannot be read, and the dump is cut off.
  def test_last_line
    bytes = S.small + LONG_LINE.chomp
    run = everywhere(bytes, 3, '--max', 'line=1000')
    assert_named '--max line', run
    assert_equal ['truncated', bytes.bytesize, 1], row(run).values_at('status', 'bytes', 'invalid_lines')
    run = heapbatch_json(put('whole.json', "#{bytes}\n"), '--max', 'line=1000')
    assert_status 0, run
    assert_equal ['ok', 1], row(run).values_at('status', 'invalid_lines')
  end

  def test_nothing_but_a_long_line
    run = everywhere('x' * 100_000, 1, '--max', 'line=1000')
    assert_equal 'failed', row(run)['status']
  end

  # 200 MiB, of which 10 are held.
  def test_memory_of_a_line_ends_at_the_limit
    skip_if_sanitized
    path = File.join(@dir, 'line.json')
    File.open(path, 'wb') do |out|
      out << S.small << LONG_LINE[0, 150]
      200.times { out << 'x' * (1 << 20) }
      out << LONG_LINE[150..]
    end
    peaks = { 'line=10M' => 1, 'line=none' => 0 }.map do |limit, invalid|
      timings = File.join(@dir, 'timings.json')
      run = heapbatch_json('--threads', 2, '--timings', timings, '--max', limit, path, validate: false)
      assert_status 0, run
      assert_equal invalid, row(run)['invalid_lines']
      JSON.parse(File.read(timings))['peak_bytes'] >> 20
    end
    assert_operator peaks[0], :<, 80
    assert_operator peaks[1], :>, 200
  end

  def test_lines
    n = text.lines.size
    run = everywhere(text, 1, '--max', "lines=#{n - 1}")
    assert_named '--max lines', run
    assert_equal ['failed', 0, 0], row(run).values_at('status', 'lines', 'objects')
    assert_match(/more than #{n - 1} lines/, row(run)['error'])
    run = heapbatch_json('--max', "lines=#{n}", NAME, chdir: File.join(@dir, 'gz'), ranks: 2)
    assert_status 0, run
    assert_equal n, row(run)['lines']
  end

  # Whether it was met before the damage or with it: the dump is refused all the same.
  def test_lines_of_a_dump_that_is_cut_off_too
    path = put('cut.json.gz', E2E.gzip(text)[0..-20])
    [nil, 3].each do |ranks|
      [1, 64, 1 << 20].each do |chunk|
        run = heapbatch_json('--max', 'lines=5', '--chunk', chunk, path, ranks: ranks)
        assert_status 1, run
        assert_match(/more than 5 lines/, row(run)['error'])
      end
    end
  end

  # The others are analysed.
  def test_lines_of_one_dump_of_several
    good = put('good.0.json', S.small)
    bad = put('good.1.json', S.small(more: 100))
    [nil, 2, 3].each do |ranks|
      run = heapbatch_json('--series', 'one', '--max', 'lines=50', good, bad, ranks: ranks)
      assert_status 3, run
      assert_equal(%w[ok failed], run.json['series'][0]['dumps'].map { |d| d['status'] })
      assert_includes run.err, '--max lines'
    end
  end

  def test_references
    run = everywhere(text, 0, '--max', 'references=30')
    assert_named '--max references', run
    assert_equal ['more references than --max references allows'], row(run)['invalid'].map { |l| l['reason'] }
    run = heapbatch_json('--max', 'references=31', NAME, chdir: File.join(@dir, 'gz'))
    assert_equal 0, row(run)['invalid_lines']
  end

  def test_nesting
    nested = %({"address":"0x10", "type":"STRING", "odd":#{'[' * 100}#{']' * 100}, "memsize":40}\n)
    bytes = S.small + nested
    run = everywhere(bytes, 0)
    assert_named '--max nesting', run
    assert_equal 1, row(run)['invalid_lines']
    dir = File.join(@dir, 'gz')
    [[99, 1], [100, 0], [1024, 0]].each do |limit, invalid|
      assert_equal invalid, row(heapbatch_json('--max', "nesting=#{limit}", NAME, chdir: dir))['invalid_lines'], "nesting #{limit}"
    end
  end

  # Of a plain file nothing inflates.
  def test_inflated
    limit = text.bytesize - 2000
    run = everywhere(text, 3, '--max', "inflated=#{limit}", packed: E2E.multi_member(text, size: 3000))
    assert_named '--max inflated', run
    assert_equal ['truncated', limit], row(run).values_at('status', 'bytes')
    assert_operator row(run)['objects'], :>, 5
    assert_status 0, heapbatch('--max', "inflated=#{text.bytesize}", NAME, chdir: File.join(@dir, 'gz'))
    assert_status 0, heapbatch('--max', 'inflated=1', put('plain.json', text))
  end

  def test_members
    packed = E2E.multi_member(text, size: 2000)
    n = (text.bytesize + 1999) / 2000
    run = everywhere(text, 3, '--max', "members=#{n - 1}", packed: packed)
    assert_named '--max members', run
    assert_equal ['truncated', (n - 1) * 2000], row(run).values_at('status', 'bytes')
    assert_status 0, heapbatch('--max', "members=#{n}", NAME, chdir: File.join(@dir, 'gz'))
  end

  # 80 MiB of blanks.
  def test_ratio
    path = File.join(@dir, 'blanks.json.gz')
    Zlib::GzipWriter.open(path, 9) do |gz|
      gz.write(S.small)
      80.times { gz.write("#{' ' * ((1 << 20) - 1)}\n") }
    end
    [nil, 2].each do |ranks|
      run = heapbatch_json(path, ranks: ranks)
      assert_status 3, run
      assert_named '--max ratio', run
      assert_equal ['truncated', (64 << 20) + 1], row(run).values_at('status', 'bytes')
      %w[2000 none].each do |ratio|
        run = heapbatch_json('--max', "ratio=#{ratio}", path, ranks: ranks)
        assert_status 0, run
        assert_equal S.small.bytesize + (80 << 20), row(run)['bytes']
      end
    end
  end

  # What was made with other limits is made again.
  def test_resume_with_other_limits
    path = put('a.json', text)
    out = File.join(@dir, 'out')
    done = -> { File.readlines("#{out}/journal").count { |line| line.include?(' done ') } }
    run_with = ->(*options) { heapbatch_json('--out', out, '--resume', *options, path) }
    fresh = ->(*options) { heapbatch_json(*options, path).json_text }
    [[[], 1], [[], 1], [%w[--max line=1000], 2], [%w[--max line=1000], 2], [%w[--max references=2], 3], [%w[--max lines=3], 4],
     [%w[--max nesting=3], 5], [%w[--max ratio=3], 6], [%w[--max inflated=3], 7], [%w[--max members=3], 8], [[], 8],
     [%w[--max line=1G], 8]].each do |options, n|
      run = run_with.call(*options)
      assert_equal fresh.call(*options), run.json_text, options.join(' ')
      assert_equal n, done.call, options.join(' ')
    end
  end

  def test_usage
    path = put('a.json', text)
    ['line=', 'lines=ten', 'nesting=1025', 'references=4294967296', 'depth=3', 'ratio=0'].each do |wrong|
      run = heapbatch('--max', wrong, path)
      assert_status 1, run
      assert_match(/--max takes line=BYTES/, run.err)
    end
  end
end
