# frozen_string_literal: true

require_relative 'support'
require_relative 'synthetic'

# --index DIR: the next question finds what the first one left, and nothing that is stale, damaged or half-written is believed.
class TestIndex < E2E::Test
  HEAD = 4096
  ADDRESSES = 5

  def setup
    super
    @dump = put('heap.json', Oracle.read_text(E2E.series_paths('ruby33').last))
    @index = File.join(@dir, 'index')
    @addresses = addresses_of(@dump)
  end

  def addresses_of(dump)
    all = File.read(dump).scan(/^\{"address":"(0x\h+)", "type":"(?!SHAPE|NONE)/).flatten
    (0...ADDRESSES).map { |i| all[i * all.size / ADDRESSES] }
  end

  # What is told of some objects; read: whether the dump is to be read for it.
  def ask(*more, dump: @dump, status: 0, read: nil, ranks: nil, index: @index, **options)
    run = heapbatch('show', '--log', 'info', *('--spread' if ranks), *(['--index', index] if index), *more, dump, *@addresses,
                    ranks: ranks, validate: false, spread: false, **options)
    assert_status status, run
    assert_equal read, run.err.include?('info: read '), run.to_s unless read.nil?
    run
  end

  def files
    Dir.children(@index).map { |name| File.join(@index, name) }
  end

  def file
    assert_equal 1, files.size, files.to_s
    files.first
  end

  def body(path)
    File.binread(path)[HEAD..]
  end

  def flip(path, at)
    File.open(path, 'r+b') do |f|
      f.seek(at)
      byte = f.getbyte
      f.seek(at)
      f.putc(byte ^ (1 << (at % 8)))
    end
  end

  # ---- kept ----------------------------------------------------------------------------------------------------

  def test_second_question
    first = ask(read: true)
    before = File.stat(file)
    assert_equal first.out, ask(read: false).out
    assert_equal [before.ino, before.mtime], [File.stat(file).ino, File.stat(file).mtime]
    assert_equal first.out, ask(index: nil, read: true).out
    assert_equal [0o600, 0o700], [before.mode & 0o7777, File.stat(@index).mode & 0o7777]
    assert_equal 'heap.json-', File.basename(file)[0, 10]
    assert file.end_with?('.hbindex')
  end

  # One file for any number of ranks and threads, chunks and compression; but for the head, which has size and time of the dump.
  def test_one_file
    expected = ask.out
    whole = File.binread(file)
    [{ ranks: 2 }, { ranks: 3 }, { more: %w[--threads 1] }, { more: %w[--chunk 700] }, { more: %w[--threads 3], ranks: 2 }].each do |way|
      File.unlink(file)
      assert_equal expected, ask(*way[:more], ranks: way[:ranks], read: true).out, way.to_s
      assert_equal whole, File.binread(file), way.to_s
    end
    packed = put('packed.json.gz', E2E.gzip(File.binread(@dump)))
    other = File.join(@dir, 'other')
    assert_equal expected, ask(dump: packed, index: other).out
    assert_equal whole[HEAD..], body(Dir["#{other}/*"].first)
  end

  E2E::SERIES.each do |name|
    define_method("test_ranks_of_#{name.tr('-', '_')}") do
      dump = put('a.json.gz', File.binread(E2E.series_paths(name).first))
      bodies = [nil, 2, 3].map do |ranks|
        index = File.join(@dir, "index#{ranks}")
        heapbatch('objects', *('--spread' if ranks), '--index', index, dump, ranks: ranks, validate: false, spread: false)
        File.binread(Dir["#{index}/*"].first)
      end
      assert_equal 1, bodies.uniq.size
    end
  end

  # Under mpirun, too, it is looked for first.
  def test_ranks_find_it
    expected = ask.out
    assert_equal expected, ask(ranks: 3, read: false).out
  end

  # Dumps of one name in two folders have an index each.
  def test_same_name
    other = File.join(@dir, 'sub', 'heap.json')
    FileUtils.mkdir(File.dirname(other))
    FileUtils.cp(@dump, other)
    ask
    ask(dump: other, read: true)
    assert_equal 2, files.size
    ask(read: false)
    ask(dump: other, read: false)
  end

  # ---- stale ---------------------------------------------------------------------------------------------------

  def test_changed_dump
    ask
    File.open(@dump, 'a') { |f| f.puts '{"address":"0x7", "type":"STRING", "class":"0x1", "memsize":40, "flags":{}}' }
    run = ask(read: true)
    assert_match(/info: .*heap\.json-\h{16}\.hbindex: the dump has changed since/, run.err)
    ask(read: false)
    File.utime(Time.now, Time.at(1_700_000_000, 5, :nsec), @dump)
    ask(read: true)
    ask(read: false)
    File.utime(Time.now, Time.at(1_700_000_000, 6, :nsec), @dump)
    ask(read: true)
    assert_equal 1, files.size
  end

  def test_other_limits
    ask(read: true)
    ask('--max', 'references=1', read: true)
    ask('--max', 'references=1', read: false)
    ask(read: true)
  end

  # ---- damaged -------------------------------------------------------------------------------------------------

  # Wherever a bit is wrong: the answer is right, and where that was looked at the index is made anew, and said so.
  def test_wrong_bits
    expected = ask.out
    random = Random.new((ENV['SEED'] || 1).to_i)
    size = File.size(file)
    noticed = (0...30).count do |i|
      flip(file, i < 10 ? random.rand(400) : random.rand(size))
      run = ask
      assert_equal expected, run.out
      assert_equal run.err.match?(/warn: .*hbindex: .*made anew/), run.err.include?('info: read '), run.to_s
      assert_equal 1, files.size
      run.err.include?('info: read ')
    end
    assert_operator noticed, :>=, 10
  end

  def test_cut_off_and_foreign
    expected = ask.out
    whole = File.binread(file)
    [whole[0, whole.size / 2], whole[0, HEAD], whole[0, 100], '', "#{whole}x", 'x' * whole.size,
     whole.sub([1].pack('Q'), [2].pack('Q'))].each_with_index do |bytes, i|
      File.binwrite(file, bytes)
      run = ask(read: true)
      assert_equal expected, run.out
      assert_match(/warn: .*hbindex: .*: it is made anew/, run.err, i.to_s)
      assert_equal whole, File.binread(file)
    end
  end

  # Whoever wrote it may have made it up.
  def test_another_users
    skip 'only root can give files away' unless Process.uid.zero?
    expected = ask.out
    File.chown(65_534, 65_534, file)
    run = ask(read: true)
    assert_equal expected, run.out
    assert_match(/hbindex: the index is another user's: it is made anew/, run.err)
    assert_equal 0, File.stat(file).uid
  end

  # A link to the dump is the dump.
  def test_link_to_dump
    ask
    link = File.join(@dir, 'link.json')
    File.symlink(@dump, link)
    ask(dump: link, read: false)
    file
  end

  # What has its name and is no file of ours is not followed, waited for or read.
  def test_no_regular_file
    expected = ask.out
    name = file
    elsewhere = put('elsewhere', 'untouched')
    [-> { File.symlink(elsewhere, name) }, -> { File.mkfifo(name) }].each do |make|
      File.unlink(name)
      make.call
      run = ask(read: true)
      assert_equal expected, run.out
      assert_match(/hbindex: .*: it is made anew/, run.err)
      assert_equal 'file', File.lstat(name).ftype
      assert_equal 'untouched', File.read(elsewhere)
    end
    File.unlink(name)
    FileUtils.mkdir(name)
    assert_match(/cannot be put in place/, ask(status: 4).err)
    assert_equal [name], files
  end

  # ---- machines that fail --------------------------------------------------------------------------------------

  def test_no_directory
    assert_match(/elsewhere: cannot be a directory for indexes: Not a directory/, ask(index: put('elsewhere', ''), status: 4).err)
    assert_match(%r{no/such/dir: cannot be a directory for indexes: No such file}, ask(index: File.join(@dir, 'no/such/dir'), status: 4).err)
    run = ask(index: nil, env: { 'TMPDIR' => '/proc' }, status: 4)
    assert_match(%r{/proc: no index can be made there: .*TMPDIR names another directory}, run.err)
  end

  def test_full_disk
    skip_if_files_are_mapped
    run = ask(status: 4, prefix: ['bash', '-c', 'trap "" XFSZ; ulimit -f 100; exec "$@"', 'bash'])
    assert_match(/hbindex: the index cannot be written: File too large/, run.err)
    assert_empty files
    ask(read: true)
  end

  # Nothing is left in the folder for temporary files, nor anywhere else.
  def test_temporary
    folder = File.join(@dir, 'tmp')
    FileUtils.mkdir(folder)
    before = Dir.children(@dir)
    ask(index: nil, env: { 'TMPDIR' => folder })
    assert_empty Dir.children(folder)
    assert_equal before, Dir.children(@dir)
  end

  # Killed at any moment: no file that is not whole, none without its name.
  def test_killed
    FileUtils.mkdir(@index)
    expected = ask(index: nil).out
    took = E2E.now.then { |t| ask(index: nil) && E2E.now - t }
    random = Random.new((ENV['SEED'] || 2).to_i)
    12.times do
      pid = Process.spawn(E2E::MPI_ENV, E2E::PROGRAM, 'show', '--index', @index, @dump, *@addresses, out: File::NULL, err: File::NULL)
      sleep(random.rand * took)
      Process.kill('KILL', pid)
      Process.wait(pid)
      assert_empty files.reject { |name| name.end_with?('.hbindex') }
      assert_equal expected, ask.out
      FileUtils.rm(files)
    end
  end

  def test_side_by_side
    expected = ask(index: nil).out
    outs = (0...6).map { |i| File.join(@dir, "out#{i}") }
    pids = outs.map { |out| Process.spawn(E2E::MPI_ENV, E2E::PROGRAM, 'show', '--index', @index, @dump, *@addresses, out: out) }
    pids.each { |pid| assert_equal 0, Process.wait2(pid)[1].exitstatus }
    outs.each { |out| assert_equal expected, File.binread(out) }
    file
    ask(read: false)
  end

  # ---- what is not a whole dump --------------------------------------------------------------------------------

  # It is said the second time, too, and the status is the same.
  def test_truncated
    text = File.binread(@dump)
    File.binwrite(@dump, text[0, text.size / 2])
    @addresses = addresses_of(@dump)
    first = ask(status: 3, read: true)
    second = ask(status: 3, read: false)
    assert_equal first.out, second.out
    said = first.err[/warn: .*heap\.json: truncated: .*/]
    refute_nil said
    assert_includes second.err, said
  end

  def test_invalid_lines
    File.open(@dump, 'a') { |f| 3.times { f.puts '{"address":"0x' } }
    ask(read: true)
    assert_match(/heap\.json: 3 lines cannot be read in all/, ask(read: false).err)
  end

  def test_no_dump
    File.write(@dump, "no dump\n" * 5)
    run = ask(status: 1)
    assert_match(/heap\.json: not analysed: /, run.err)
    assert_empty files
    assert_match(/no\.json/, ask(dump: File.join(@dir, 'no.json'), status: 1).err)
    assert_empty files
  end

  def test_standard_input
    assert_match(/--index .*standard input/, ask(dump: '-', status: 1, stdin: @dump).err)
    assert_equal ask(index: nil).out, ask(dump: '-', index: nil, stdin: @dump).out
  end

  # Without ROOT lines nothing is reached, and all the rest is known.
  def test_no_roots
    File.write(@dump, File.readlines(@dump).grep_v(/"type":"ROOT"/).join)
    assert_match(/no ROOT lines/, ask(read: true).err)
    assert_equal ask(read: false).out, ask(index: nil).out
  end
end
