# frozen_string_literal: true

require_relative 'support'

# docs/TEN_MINUTES.md does what it says: its commands are run, in their order and in one shell, in a folder of their own, and
# what each block prints has what the page shows below it.
class TestTenMinutes < E2E::Test
  PAGE = File.join(E2E::REPO, 'docs/TEN_MINUTES.md')
  Block = Struct.new(:commands, :shown)

  # Each block of commands, with the lines of the blocks of output that follow it.
  def blocks
    File.read(PAGE).scan(/^```(sh)?\n(.*?)^```$/m).each_with_object([]) do |(is_commands, text), blocks|
      if is_commands
        blocks << Block.new(text, [])
      else
        blocks.last.shown.concat(text.lines(chomp: true).reject { |line| line == '[...]' })
      end
    end
  end

  # A line of the page as a pattern: figures, addresses, names of dumps, and how wide the columns are may differ.
  def pattern(line)
    words = line.split.map do |word|
      word = word.gsub(/\w+…\w+[.]json[.]gz|\A0x\h+\z/, '*')
      Regexp.escape(word).gsub(/\d+(?:[.,]\d+)*/) { '[\d,.]+' }.gsub('\*', '\S+').gsub(/\b[kM]?B\b/, '[kM]?B')
    end
    /^\s*#{words.join('\s+')}\s*$/
  end

  # The sentences of a suspect are broken where the figures let them: as one line.
  KEY_LINES = [
    /hangs below HASH Hash \([\d,]+ entries\), held by a constant or instance variable of CLASS Prices; freeing it frees/,
    /path ROOT vm -> CLASS Object -> CLASS Prices -> HASH Hash/,
    /sites [\d,]+ at orders.rb:19 \(.*?\), [\d,]+ at orders.rb:20/
  ].freeze

  def run_page(blocks)
    path = [File.dirname(E2E::PROGRAM), File.join(E2E::REPO, 'capture'), ENV.fetch('PATH')].join(':')
    script = blocks.map { |block| "#{block.commands}\necho '=== end'\n" }.join
    FileUtils.cp(File.join(E2E::REPO, 'docs/example/orders.rb'), @dir)
    run = E2E.execute(['bash', '-euo', 'pipefail', '-c', "trap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n#{script}"], env: { 'PATH' => path }, chdir: @dir)
    assert_status 0, run
    run.out.force_encoding('UTF-8').split("=== end\n")
  end

  def test_page
    skip 'the program has another name' unless File.basename(E2E::PROGRAM) == 'heapbatch'
    pieces = run_page(blocks)
    assert_equal blocks.size, pieces.size
    blocks.zip(pieces).each do |block, printed|
      block.shown.each { |line| assert_match pattern(line), printed, block.commands unless broken?(line) }
    end
    report = pieces[2].gsub(/\s+/, ' ')
    KEY_LINES.each { |line| assert_match line, report }
    check_figures(pieces)
  end

  # Lines of paragraphs that are broken according to their figures.
  def broken?(line)
    line =~ /\A {2}1[.] |\A {5}(?!path)|^Series/
  end

  # What the text says of them: almost all hangs there, nothing is left after the mend.
  def check_figures(pieces)
    share = pieces[2][/(\d+) % of what is retained/, 1].to_i
    assert_operator share, :>=, 90
    assert_operator pieces.find { |piece| piece.include?('No suspect') }[/Retained: ([\d,]+) objects/, 1].delete(',').to_i, :<, 100
    assert_equal 1, pieces[2].scan(/^ +\d+[.] \d+ % of what/).size
  end

  # The lines of the page that name a place in the program, and those of other pages that name it.
  def test_places
    program = File.readlines(File.join(E2E::REPO, 'docs/example/orders.rb'), chomp: true)
    assert_includes program[18], 'Array.new'
    assert_includes program[19], 'Order.new'
    assert_includes File.read(File.join(E2E::REPO, 'README.md')), 'docs/TEN_MINUTES.md'
  end
end
