# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# A bad dump never takes the sweep down: it is named, the others are analysed, the exit status tells.
class TestBadInput < E2E::Test
  S = Synthetic

  def good
    @good ||= put('good.json', S.small(more: 4))
  end

  def dump_row(run, path)
    run.json['series'].flat_map { |s| s['dumps'] }.find { |d| d['path'] == path } or
      flunk "the report does not list #{path}\n#{run}"
  end

  def problem(run, path)
    run.json['problems'].find { |p| p['path'] == path }
  end

  def assert_good_was_analysed(run)
    expected = Oracle.report([[Oracle.load(good)]])['series'][0]
    actual = E2E.comparable(run.json)['series'].find { |s| s['dumps'].any? { |d| d['path'] == good } }
    assert actual, "no series of #{good}\n#{run}"
    want = E2E.comparable('series' => [expected])['series'][0]
    assert_nil E2E.difference(want, actual), run.to_s
  end

  # The bad file with a good one beside it, each a series; one process and two ranks.
  # status: ok, truncated, failed. byte: a message must say where.
  def assert_bad(path, status:, exit_status: 3, byte: false, **options)
    [nil, 2].each do |ranks|
      run = heapbatch_json('--series', 'each', good, path, ranks: ranks, **options)
      assert_status exit_status, run
      assert run.json_text, "no JSON was written\n#{run}"
      assert_named run, path, byte
      row = dump_row(run, path)
      assert_equal status, row['status'], run.to_s
      assert_equal status == 'ok', row['error'].nil?, "error: #{row['error'].inspect}"
      assert problem(run, path), "no entry in problems for #{path}\n#{run}" unless status == 'ok'
      assert_good_was_analysed run
      yield run, row if block_given?
    end
  end

  def assert_named(run, path, byte)
    said = run.err.lines.select { |line| line.include?(File.basename(path)) }
    refute_empty said, "standard error does not name #{path}\n#{run}"
    assert said.any? { |line| line =~ /byte\D{0,12}\d+/i }, "standard error gives no byte\n#{run}" if byte
  end

  # Failed dumps: exit 3 beside a good one, exit 1 alone.
  def assert_failed(path, byte: false, **options)
    assert_bad path, status: 'failed', byte: byte, **options
    run = heapbatch_json(path, **options)
    assert_status 1, run
    assert_named run, path, false
    return unless run.json_text && !run.json_text.empty?

    assert_equal 'failed', dump_row(run, path)['status'], run.to_s
  end

  def assert_truncated(path, byte: true, &block)
    assert_bad(path, status: 'truncated', byte: byte, &block)
    assert_status 3, heapbatch_json(path)
  end

  # ---- files that are none -----------------------------------------------------------------------------------

  def test_missing_file
    assert_failed File.join(@dir, 'missing.json')
    assert_failed File.join(@dir, 'missing.json.gz')
  end

  def test_directory
    path = File.join(@dir, 'folder.json')
    Dir.mkdir(path)
    assert_failed path
  end

  def test_no_read_permission
    path = put('secret.json', S.small)
    File.chmod(0o000, path)
    return assert_failed(path) unless Process.uid.zero?

    File.chmod(0o755, @dir)
    prefix = %w[setpriv --reuid=65534 --regid=65534 --clear-groups]
    skip 'root reads everything, and there is no setpriv' unless system(*prefix, 'true', err: File::NULL)
    # The checkout may be where nobody may not go.
    program = File.join(@dir, 'heapbatch')
    FileUtils.cp(E2E::PROGRAM, program)
    File.chmod(0o755, program)
    run = E2E.execute([*prefix, program, '--series', 'each', '--json', '-', good, path], env: { 'HOME' => '/tmp' },
                                                                                      chdir: '/')
    assert_status 3, run
    assert_named run, path, false
    run.json_text = run.out
    assert_equal 'failed', dump_row(run, path)['status']
    assert_good_was_analysed run
  end

  def test_fifo_without_a_writer
    path = File.join(@dir, 'fifo.json')
    File.mkfifo(path)
    assert_failed path, timeout: 20
  end

  def test_devices
    assert_failed '/dev/null', timeout: 20
    assert_failed '/dev/zero', timeout: 20
  end

  def test_broken_link
    path = File.join(@dir, 'link.json')
    File.symlink(File.join(@dir, 'nowhere'), path)
    assert_failed path
  end

  # ---- files that are no dump --------------------------------------------------------------------------------

  def test_empty_file
    assert_failed put('empty.json', '')
  end

  def test_empty_file_named_gz
    assert_failed put('empty.json.gz', '')
  end

  def test_gzip_of_nothing
    assert_failed put('nothing.json.gz', E2E.gzip(''))
  end

  def test_blank_lines_only
    assert_failed put('blank.json', "\n\n\n")
  end

  def test_text_that_is_no_dump
    assert_failed put('prose.json', "It was a dark\nand stormy night.\n" * 200)
  end

  def test_other_json
    assert_failed put('package.json', JSON.pretty_generate('name' => 'x', 'type' => 'module', 'list' => [1, 2]))
  end

  def test_binary
    assert_failed put('noise.json', ::Random.new(7).bytes(300_000))
  end

  def test_zeros
    assert_failed put('zeros.json', "\0" * 100_000)
  end

  def test_plain_text_named_gz
    assert_failed put('plain.json.gz', S.small)
  end

  # Refused with a hint, by its magic (RFC 8878, section 3.1.1), whatever its name: never taken for text.
  def test_zstd
    %w[dump.json.zst dump.json].each do |name|
      path = put(name, "\x28\xb5\x2f\xfd".b + S.small.b)
      assert_failed path
      run = heapbatch('--series', 'each', good, path)
      assert_match(/zstd -d/, run.err, 'no hint at what to do')
    end
  end

  # ---- damaged dumps -----------------------------------------------------------------------------------------

  def test_gzip_cut_off
    packed = E2E.gzip(S.small(more: 500))
    [packed.bytesize / 2, packed.bytesize - 9, packed.bytesize - 1].each do |size|
      assert_truncated put("cut#{size}.json.gz", packed[0, size]) do |_, row|
        assert_operator row['objects'], :>, 0
      end
    end
  end

  def test_gzip_cut_off_in_its_first_bytes
    packed = E2E.gzip(S.small)
    [1, 5, 9, 12].each do |size|
      path = put("stub#{size}.json.gz", packed[0, size])
      run = heapbatch_json('--series', 'each', good, path)
      assert_status 3, run
      assert_named run, path, false
      assert_includes %w[truncated failed], dump_row(run, path)['status']
      assert_good_was_analysed run
    end
  end

  def test_gzip_cut_off_between_members
    packed = E2E.multi_member(S.small(more: 500), size: 5000)
    assert_truncated put('members.json.gz', packed[0, packed.bytesize - 20])
  end

  def test_gzip_with_a_wrong_checksum
    packed = E2E.gzip(S.small(more: 50))
    packed.setbyte(-6, packed.getbyte(-6) ^ 0x55)
    assert_truncated put('crc.json.gz', packed)
  end

  def test_gzip_with_a_wrong_length
    packed = E2E.gzip(S.small(more: 50))
    packed.setbyte(-1, packed.getbyte(-1) ^ 0x55)
    assert_truncated put('length.json.gz', packed)
  end

  def test_gzip_damaged_in_the_middle
    packed = E2E.gzip(S.small(more: 2000))
    middle = packed.bytesize / 2
    200.times { |i| packed.setbyte(middle + i, 0xff) }
    assert_truncated put('damaged.json.gz', packed)
  end

  def test_gzip_with_other_bytes_behind_it
    assert_truncated put('trailing.json.gz', E2E.gzip(S.small(more: 50)) + 'and then some text')
  end

  # Three quarters of the way through the last line; what came before it counts.
  def test_last_line_cut_off
    text = S.small(more: 10)
    last = text.lines.last
    [last.bytesize / 4, last.bytesize * 3 / 4, last.bytesize - 3].each do |size|
      path = put("line#{size}.json", text[0, text.bytesize - last.bytesize] + last[0, size])
      assert_truncated path, byte: false do |_, row|
        assert_equal Oracle.load(path).objects.size, row['objects']
      end
    end
  end

  def test_last_of_three_dumps_cut_off
    texts = S.small_series
    paths = texts.each_with_index.map { |t, i| put("s.#{i}.json", i == 2 ? t[0, t.bytesize - 40] : t) }
    run = heapbatch_json('--series', 'one', *paths)
    assert_status 3, run
    assert_equal %w[ok ok truncated], run.json['series'][0]['dumps'].map { |d| d['status'] }
  end

  # What the middle dump lacks must not look freed and new again: the others are compared without it.
  def test_middle_of_three_dumps_cut_off_is_left_out_of_the_difference
    texts = E2E.series_paths('ruby31').map { |p| Zlib::GzipReader.wrap(File.open(p, 'rb'), &:read) }
    paths = texts.each_with_index.map { |t, i| put("m.#{i}.json", i == 1 ? t[0, t.bytesize / 3] : t) }
    run = heapbatch_json('--series', 'one', *paths)
    assert_status 3, run
    series = run.json['series'][0]
    want = Oracle.report([[0, 2].map { |i| Oracle.load(paths[i]) }])['series'][0]
    assert_equal want['retained'].slice('objects', 'memsize'), series['retained'].slice('objects', 'memsize')
    assert_equal want['trust'], series['trust']
    assert_equal([true, false, true], series['dumps'].map { |d| d['compared'] })
    assert(series['retained']['sites'].all? { |row| row['born'].size == 3 && row['born'][1].zero? })
    assert_includes run.err, 'm.1.json'
  end

  # A newest dump that is cut off must not hide what the ones before it retain.
  def test_newest_dump_cut_off_gives_its_place_to_the_one_before
    texts = E2E.series_paths('ruby31').map { |p| Zlib::GzipReader.wrap(File.open(p, 'rb'), &:read) }
    texts << texts[2][0, texts[2].index("\n") + 400]
    paths = texts.each_with_index.map { |t, i| put("n.#{i}.json", t) }
    [nil, 3].each do |ranks|
      run = heapbatch_json('--series', 'one', '--fail-on', 'objects=50', *paths, ranks: ranks)
      assert_status 2, run
      series = run.json['series'][0]
      want = Oracle.report([paths.first(3).map { |p| Oracle.load(p) }])['series'][0]
      %w[trust reachability paths].each { |key| assert_equal want[key], series[key], key }
      assert_equal([true, true, true, false], series['dumps'].map { |d| d['compared'] })
      assert_equal 'truncated', series['dumps'][3]['status']
      assert_operator series['dumps'][3]['references'], :>, 0
    end
  end

  # The answer of the files, but for path and name, when one of them comes on standard input instead, which cannot be read
  # again. keep: how much of each dump is there.
  { none_cut: [1, 1, 1], newest_cut: [1, 1, 1, 0.5], middle_cut: [1, 0.5, 1], oldest_cut: [0.5, 1, 1],
    only_oldest_whole: [1, 0.5, 0.6], all_cut: [0.4, 0.5, 0.6] }.each do |name, keep|
    define_method("test_standard_input_in_a_series_#{name}") do
      texts = E2E.series_paths('ruby31').map { |p| Zlib::GzipReader.wrap(File.open(p, 'rb'), &:read) }
      paths = keep.each_with_index.map do |part, i|
        text = texts[[i, 2].min]
        put("i.#{i}.json", text[0, (text.bytesize * part).to_i])
      end
      want = heapbatch_json('--series', 'one', *paths)
      paths.each_index do |i|
        names = paths.dup.tap { |all| all[i] = '-' }
        # Spread or not: a last dump that another takes the place of was held by all ranks, or by one.
        [[nil, true], [3, true], [3, false]].each do |ranks, spread|
          got = heapbatch_json('--series', 'one', *names, stdin: paths[i], ranks: ranks, spread: spread)
          assert_status want.status, got
          expected = JSON.parse(want.json_text.gsub(paths[i].to_json, '"-"'))
          [expected, got.json].each do |report|
            report['series'][0].delete('name')
            report['fleet']['findings'].each { |finding| finding.delete('names') }
          end
          assert_nil E2E.difference(expected, got.json), "dump #{i} as -"
        end
      end
    end
  end

  # Nothing whole: the newest one is explained as far as it goes.
  def test_all_dumps_cut_off
    texts = E2E.series_paths('ruby31').map { |p| Zlib::GzipReader.wrap(File.open(p, 'rb'), &:read) }
    paths = texts.each_with_index.map { |t, i| put("a.#{i}.json", t[0, t.bytesize * 2 / 3]) }
    one = heapbatch_json('--series', 'one', *paths)
    assert_status 3, one
    assert_equal([false, false, true], one.json['series'][0]['dumps'].map { |d| d['compared'] })
    assert_equal one.json_text, heapbatch_json('--series', 'one', *paths, ranks: 2).json_text
  end

  # Sums must not wrap: a gate would open.
  def test_forged_memsize
    line = '{"address":"0x%x", "type":"STRING", "memsize":%s}' + "\n"
    paths = [[8], [8, 16, 24]].each_with_index.map do |addresses, i|
      put("f.#{i}.json", addresses.map { |a| format(line, a, a == 16 ? 2**64 - 1 : 40) }.join)
    end
    run = heapbatch_json('--series', 'one', '--fail-on', 'retained=1000', *paths)
    assert_status 2, run
    assert_equal 2**40 + 40, run.json['series'][0]['retained']['memsize']
    assert_status 2, heapbatch('--series', 'one', '--fail-on', 'growth=100', *paths)
  end

  # 2^24 objects of 2^40 bytes made a sum of 0.
  def test_so_many_forged_memsizes_that_a_sum_could_wrap
    line = '{"address":"0x%x", "type":"STRING", "memsize":' + (2**40).to_s + "}\n"
    path = put('most.json', (1..1023).map { |i| format(line, i * 8) }.join)
    run = heapbatch_json(path)
    assert_status 0, run
    assert_equal 1023 * 2**40, run.json['series'][0]['dumps'][0]['memsize']
    path = put('forged.json', (1..1024).map { |i| format(line, i * 8) }.join)
    assert_bad path, status: 'failed' do |_, row|
      assert_match(/claim a pebibyte/, row['error'])
      assert_equal [0, {}], row.values_at('memsize', 'types')
    end
  end

  # Only sizes of 4 GiB and more were counted.
  def test_a_pebibyte_of_objects_below_4_gib
    line = %({"address":"0x8", "type":"STRING", "memsize":#{2**32 - 1}}\n)
    run = heapbatch_json put('most.json', line * (2**18))
    assert_status 0, run
    assert_equal 2**18 * (2**32 - 1), run.json['series'][0]['dumps'][0]['memsize']
    run = heapbatch_json put('forged.json', line * (2**18 + 1))
    assert_status 1, run
    assert_match(/claim a pebibyte/, run.json['series'][0]['dumps'][0]['error'])
  end

  # The largest generation there can be: one more is not.
  def test_forged_generation
    line = '{"address":"0x%x", "type":"STRING", "memsize":40, "generation":%d}' + "\n"
    paths = [[8], [8, 16]].each_with_index.map do |addresses, i|
      put("g.#{i}.json", addresses.map { |a| format(line, a, 2**63 - 1) }.join)
    end
    [nil, 2].each do |ranks|
      run = heapbatch_json('--series', 'one', *paths, ranks: ranks)
      assert_status 0, run
      assert_equal [2**63 - 1], run.json['series'][0]['dumps'][1]['generations'].map { |row| row['generation'] }
    end
  end

  # One search for the end of an unescaped text that has none, not one for each.
  def test_a_line_of_many_unescaped_texts_takes_no_longer_than_its_length
    line = '{"address":"0x10", "type":"STRING"' + ', "file":"a", "K":1' * 500_000 + "}\n"
    run = heapbatch_json(put('texts.json', line), timeout: 30)
    assert_status 0, run
    assert_equal 1, dump_row(run, run.json['series'][0]['dumps'][0]['path'])['objects']
  end

  def test_outputs_that_are_no_files
    assert_status 0, heapbatch('--quiet', '--json', '/dev/null', good)
    left = File.join(@dir, 'r.json')
    3.times { assert_status 0, heapbatch('--quiet', '--json', left, good) }
    assert_equal ['r.json'], Dir.children(@dir).grep(/\Ar[.]json/)
  end

  def test_an_output_that_cannot_be_created_is_told_before_the_work
    run = heapbatch('--json', File.join(@dir, 'nowhere', 'report.json'), good)
    assert_status 4, run
    assert_includes run.err, 'nowhere/report.json'
    assert_empty run.out
  end

  def test_a_limit_that_cannot_be_tested_is_told
    run = heapbatch('--fail-on', 'objects=1', good)
    assert_status 0, run
    assert_includes run.err, 'was not tested'
  end

  # The series goes on without it; what failed is still listed.
  def test_a_dump_of_a_series_is_missing
    paths = S.small_series.each_with_index.map { |t, i| put("s.#{i}.json", t) }
    3.times do |i|
      File.rename(paths[i], "#{paths[i]}.away")
      run = heapbatch_json('--series', 'one', *paths, ranks: i.zero? ? nil : 2)
      File.rename("#{paths[i]}.away", paths[i])
      assert_status 3, run
      statuses = %w[ok ok ok]
      statuses[i] = 'failed'
      series = run.json['series'][0]
      assert_equal statuses, series['dumps'].map { |d| d['status'] }
      assert series['retained'], 'two dumps are enough to say what is retained'
      assert_equal [5, 10, 5][i], series['retained']['objects'], "without dump #{i}"
    end
  end

  # ---- bad lines ---------------------------------------------------------------------------------------------

  JUNK = ['this is not JSON', '{"address":"0x7f0000000100", "type":', '[1,2,3]', '{}', '{"type":"STRING", "memsize":40}',
          '{"address":"0x7f0000000100", "memsize":40}'].freeze

  def test_bad_lines_in_the_middle
    lines = S.small(more: 10).lines
    JUNK.each_with_index do |junk, i|
      at = 3 + i
      text = (lines[0...at] + ["#{junk}\n"] + lines[at..]).join
      path = put("junk#{i}.json", text)
      assert_bad path, status: 'ok', exit_status: 0 do |_, row|
        assert_equal 1, row['invalid_lines'], junk
        assert_equal [at + 1, lines[0...at].sum(&:bytesize)], row['invalid'][0].values_at('line', 'byte')
        assert_kind_of String, row['invalid'][0]['reason']
        refute_empty row['invalid'][0]['reason']
        assert_equal Oracle.load(good).objects.size + 6, row['objects']
      end
    end
  end

  def test_many_bad_lines
    lines = S.small(more: 400).lines
    text = lines.each_slice(10).flat_map { |some| some + ["garbage\n"] }.join
    path = put('many.json', text)
    expected = Oracle.load(path)
    assert_bad path, status: 'ok', exit_status: 0 do |_, row|
      assert_equal expected.invalid.size, row['invalid_lines']
      shown = row['invalid'].map { |l| l.slice('line', 'byte') }
      assert_equal expected.invalid.first(shown.size), shown, 'the first examples, in order'
      assert_includes 1..100, shown.size
    end
  end

  def test_no_root_lines
    path = put('rootless.json', S.small(more: 4).lines.reject { |l| l.include?('"ROOT"') }.join)
    assert_bad path, status: 'ok', exit_status: 0 do |run, _|
      assert problem(run, path), 'no entry in problems'
      series = run.json['series'].find { |s| s['dumps'][0]['path'] == path }
      assert_nil series['reachability']
      assert_equal [], series['paths']
    end
  end

  def test_everything_at_once_on_five_ranks
    packed = E2E.gzip(S.small(more: 300))
    bad = { 'truncated' => put('b1.json.gz', packed[0, packed.bytesize / 2]), 'failed' => put('b2.json.gz', 'text'),
            'ok' => put('b3.json', "#{S.small}nonsense\n") }
    missing = File.join(@dir, 'b4.json')
    run = heapbatch_json('--series', 'each', missing, *bad.values, good, ranks: 5)
    assert_status 3, run
    bad.each { |status, path| assert_equal status, dump_row(run, path)['status'], path }
    assert_equal 'failed', dump_row(run, missing)['status']
    assert_good_was_analysed run
  end

  def test_no_dump_could_be_read
    run = heapbatch('--series', 'each', put('a.json', ''), File.join(@dir, 'missing.json'), put('b.json.gz', 'x'), ranks: 3)
    assert_status 1, run
    %w[a.json missing.json b.json.gz].each { |name| assert_includes run.err, name }
  end

  # 300 MiB of zeros in 300 KiB.
  def test_gzip_bomb
    path = File.join(@dir, 'bomb.json.gz')
    Zlib::GzipWriter.open(path, 9) { |z| 300.times { z.write("\0" * (1 << 20)) } }
    run = heapbatch_json('--series', 'each', good, path)
    assert_status 3, run
    assert_includes %w[failed truncated], dump_row(run, path)['status']
    assert_good_was_analysed run
  end
end
