# frozen_string_literal: true

require 'pty'
require_relative 'support'

# The man pages and the completion name what --help names, all of it and nothing else; and what make install installs works.
class TestManual < E2E::Test
  COMPLETION = File.join(E2E::REPO, 'completion/heapbatch.bash')
  CAPTURE = File.join(E2E::REPO, 'capture/heapbatch-capture')
  COMMANDS = { 'heapbatch' => [E2E::PROGRAM], 'heapbatch-capture' => [CAPTURE] }.freeze

  def help(*command)
    run = E2E.execute([*command, '--help'])
    assert_status 0, run
    run.out
  end

  # Those of the list: what stands there before the text, which begins behind two spaces.
  def options_of_help(text)
    text.lines.grep(/^ {2}--/).flat_map { |line| line.strip.split(/ {2,}/)[0].scan(/--[a-z-]+/) }.uniq.sort
  end

  def options_of_page(name)
    flags(page(name)[/^[.]Sh DESCRIPTION.*?^[.]Sh (?:COMMANDS|EXIT)/m].lines.grep(/^[.]It Fl/).join)
  end

  def page(name)
    File.read(File.join(E2E::REPO, 'man', "#{name}.1"))
  end

  def flags(mdoc)
    mdoc.scan(/\bFl -([a-z-]+)/).flatten.map { |word| "--#{word}" }.uniq.sort
  end

  # Those that stand in its usage as: heapbatch NAME ...
  def commands
    help(E2E::PROGRAM)[/^Usage:.*?\n\n/m].scan(/ heapbatch ([a-z]+) /).flatten
  end

  # What bash offers for the last of these words, as readline splits them.
  def complete(*words, dir: @dir)
    program, current, before = words.first, words.last, words[-2]
    function = program == 'heapbatch' ? '_heapbatch' : '_heapbatch_capture'
    script = <<~'BASH'
      compopt() { :; }
      source "$1"; function=$2; shift 2
      current=$1 before=$2; shift 2
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
      $function "${COMP_WORDS[0]}" "$current" "$before"
      printf '%s\n' "${COMPREPLY[@]}"
    BASH
    run = E2E.execute(['bash', '-uc', script, 'bash', COMPLETION, function, current, before, *words], chdir: dir)
    assert_status 0, run
    assert_empty run.err
    run.out.split("\n").reject(&:empty?).sort
  end

  def test_every_option_is_everywhere
    COMMANDS.each do |name, command|
      options = options_of_help(help(*command))
      assert_operator options.size, :>=, 10, name
      assert_equal options, options_of_page(name), "man/#{name}.1"
      assert_equal options, complete(name, '--'), "completion of #{name}"
    end
  end

  # An option is offered behind one that takes no value only.
  def test_which_take_values
    COMMANDS.each do |name, command|
      help(*command).lines.grep(/^ {2}--/).map { |line| line.strip.split(/ {2,}/)[0] }.each do |usage|
        option = usage[/\A--[a-z-]+/]
        offered = complete(name, option, '--h')
        usage.start_with?("#{option} ") ? assert_empty(offered, usage) : assert_includes(offered, '--help', usage)
      end
    end
  end

  def test_every_command_is_everywhere
    assert_includes commands, 'history'
    assert_equal commands.sort, page('heapbatch')[/^[.]Sh COMMANDS.*?^[.]Sh E/m].scan(/^[.]It Cm (\w+)/).flatten.sort
    assert_equal commands.sort, complete('heapbatch', '')
    commands.each do |command|
      options = options_of_help(help(E2E::PROGRAM, command))
      assert_equal options, complete('heapbatch', command, '--'), command
      assert_equal options, (flags(page('heapbatch')[/^[.]It Cm #{command} .*?^[.](?:It|El)/m]) | ['--help']).sort, command
    end
  end

  # A list in --help, after the word, and the words that the completion offers.
  def test_words_of_options
    text = help(E2E::PROGRAM)
    { '--series' => text[/^ {2}--series (\S+)/, 1].split('|') - ['REGEX'],
      '--identity' => text[/^ {2}--identity (\S+)/, 1].split('|'),
      '--log' => text[/--log LEVEL +(.*) \(/, 1].split(/, | or /),
      '--max' => text[/^ {2}--max NAME=.*?\n\n/m].scan(/([a-z]+=)[BN]/).flatten,
      '--fail-on' => text.scan(/^ {2}--fail-on (\S+)/).join('|').split('|').map { |word| word[/\A\w+=?/] } }
      .each { |option, words| assert_equal words.sort, complete('heapbatch', option, ''), option }
    assert_equal %w[auto gdb rbtrace], complete('heapbatch-capture', '--via', '')
    %w[diff read].each do |command|
      formats = help(E2E::PROGRAM, command)[/^ {2}--format (\S+)/, 1].split('|').sort
      assert_equal formats, complete('heapbatch', command, '--format', ''), command
      of_page = page('heapbatch')[/^[.]It Cm #{command} .*?^[.](?:It|El)/m][/^[.]Fl -format.*?[.]$/m]
      assert_equal formats, of_page.scan(/\bCm (\w+)/).flatten.sort, command
    end
  end

  def test_completion
    %w[a.json.gz b.json].each { |name| put(name, '') }
    Dir.mkdir(File.join(@dir, 'history.d'))
    assert_equal %w[a.json.gz b.json diff history history.d objects path read show], complete('heapbatch', '')
    assert_equal %w[a.json.gz b.json history.d], complete('heapbatch', '--quiet', '')
    assert_equal %w[a.json.gz], complete('heapbatch', 'b.json', 'a')
    assert_equal %w[--strings], complete('heapbatch', 'b.json', '--str')
    assert_equal %w[auto], complete('heapbatch', '--series', '=', 'a')
    assert_equal %w[each one], complete('heapbatch', '--series', '=').grep(/e\z|h\z/)
    assert_equal %w[one], complete('heapbatch', '--series=o')
    assert_empty complete('heapbatch', '--fail-on', 'retained', '=')
    assert_empty complete('heapbatch', '--top', '')
    assert_equal %w[history.d], complete('heapbatch', '--out', '')
    assert_equal %w[b.json], complete('heapbatch', '--json', 'b')
    assert_equal %w[a.json.gz], complete('heapbatch', 'history', 'a')
    assert_equal %w[a.json.gz b.json history.d], complete('heapbatch', 'diff', '')
    assert_equal %w[heapy jsonl table], complete('heapbatch', 'read', '--format', '')
    assert_equal %w[strict], complete('heapbatch', 'diff', '--identity', 's')
    assert_equal %w[jsonl table], complete('heapbatch', 'show', '--format', '')
    assert_equal %w[history.d], complete('heapbatch', 'objects', '--index', '')
    assert_equal %w[address memsize retained], complete('heapbatch', 'objects', 'b.json', '--order', '')
    assert_equal %w[STRING STRUCT], complete('heapbatch', 'objects', '--type', 'STR')
    assert_equal %w[--show-values], complete('heapbatch', 'show', '--sh')
    assert_equal %w[history.d], complete('heapbatch-capture', '--out', 'h')
    assert_includes complete('heapbatch-capture', '--pid', ''), Process.pid.to_s
  end

  # As readline calls it, in a bash that is interactive: TAB completes the word.
  def test_in_a_terminal
    put('rc', "source #{COMPLETION}\nPS1='> '\nbind 'set enable-bracketed-paste off'\nheapbatch() { echo \"<$*>\"; }\n")
    shown = +''
    PTY.spawn('bash', '--noprofile', '--rcfile', File.join(@dir, 'rc'), '-i') do |out, keys, pid|
      shown << out.readpartial(4096) until shown.include?('> ')
      keys.write("heapbatch --iden\tstr\t--ser\tea\t--fail\tret\t5k\nexit\n")
      begin
        loop { shown << out.readpartial(4096) }
      rescue EOFError, Errno::EIO
        Process.wait(pid)
      end
    end
    assert_includes shown, '<--identity strict --series each --fail-on retained=5k>'
  end

  def test_lint
    skip 'mandoc is not installed' if system('mandoc', File::NULL, out: File::NULL, err: File::NULL).nil?
    run = E2E.execute(['mandoc', '-T', 'lint', '-W', 'warning', *Dir[File.join(E2E::REPO, 'man/*.1')]])
    assert_status 0, run
    assert_empty run.out + run.err
  end

  def make(target, root)
    build = File.dirname(E2E::PROGRAM)
    # What is built is installed as it is: a test builds nothing.
    run = E2E.execute(['make', '-s', '-C', E2E::REPO, "B=#{build}", '-o', 'all', target, "DESTDIR=#{root}", 'PREFIX=/opt/hb'])
    assert_status 0, run
  end

  def test_installed
    skip 'the program is a wrapper' unless E2E::PROGRAM.end_with?('/heapbatch')
    root = File.join(@dir, 'root')
    make('install', root)
    bin = File.join(root, 'opt/hb/bin')
    assert_equal E2E.execute([E2E::PROGRAM, '--version']).out, E2E.execute([File.join(bin, 'heapbatch'), '--version']).out
    assert_equal help(CAPTURE), help(File.join(bin, 'heapbatch-capture'))
    share = File.join(root, 'opt/hb/share')
    assert_equal %w[heapbatch-capture.1 heapbatch.1], Dir.children(File.join(share, 'man/man1')).sort
    %w[heapbatch heapbatch-capture].each do |name|
      assert_equal File.read(COMPLETION), File.read(File.join(share, 'bash-completion/completions', name)), name
    end
    others = ['opt/hb/bin/other', 'opt/hb/share/man/man1/other.1'].map { |name| File.join(root, name).tap { |path| File.write(path, '') } }
    make('uninstall', root)
    assert_equal others.sort, Dir[File.join(root, '**/*')].reject { |path| File.directory?(path) }.sort
    refute File.exist?(File.join(root, 'opt/hb/lib/heapbatch'))
  end
end
