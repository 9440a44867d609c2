# frozen_string_literal: true

# Files that are small or odd and want much: what heapbatch says of them, and how much memory it takes. ruby tests/hostile/bombs.rb [DIR]
# needs 2.2 GB of room in DIR (a temporary one in /var/tmp) and Debian's `time`. Prints a table; ends with status 1 when something is not as it has to be.

require 'open3'
require 'tmpdir'
require 'zlib'

PROGRAM = File.expand_path(ENV.fetch('HEAPBATCH', 'build/heapbatch'))
MIB = 1 << 20

# bound: of the peak resident set, in MiB. status: of exit. says: what has to be on standard error, or in the report.
Bomb = Struct.new(:name, :what, :bound, :status, :says, :write)

def gzip(path, pieces)
  Zlib::GzipWriter.open(path, 9) { |gz| pieces.each { |piece| gz.write(piece) } }
end

def repeated(text, bytes)
  piece = text * (MIB / text.bytesize)
  Enumerator.new { |out| (bytes / piece.bytesize).times { out << piece } }
end

ROOT = %({"type":"ROOT", "root":"vm", "references":["0x8"]}\n)
LINE = %({"address":"0x8", "type":"STRING", "bytesize":1, "memsize":40}\n)

def references(path, n)
  File.open(path, 'wb') do |out|
    out << ROOT << '{"address":"0x8", "type":"ARRAY", "references":["0x8"'
    (n / 1000).times { |i| out << (1..1000).map { |k| format(', "0x%x"', 16 + 8 * (i * 1000 + k)) }.join }
    out << %(], "memsize":40}\n)
  end
end

def members(path, n)
  nothing = Zlib.gzip('') * 1000
  File.open(path, 'wb') do |out|
    out << Zlib.gzip(ROOT)
    (n / 1000).times { out << nothing }
    out << Zlib.gzip(LINE)
  end
end

BOMBS = [
  Bomb.new('zeros.json.gz', '1 GiB of zeros', 250, 1, 'gzip bomb', ->(path) { gzip(path, repeated("\0", 1024 * MIB)) }),
  Bomb.new('newlines.json.gz', '1 GiB of newlines', 100, 1, 'gzip bomb', ->(path) { gzip(path, repeated("\n", 1024 * MIB)) }),
  Bomb.new('lines.json.gz', '1 GiB of one line, over and over', 250, 3, 'gzip bomb',
           ->(path) { gzip(path, [ROOT].chain(repeated(LINE, 1024 * MIB))) }),
  Bomb.new('line.json', 'a line of 2 GiB', 1200, 0, '--max line', lambda { |path|
    File.open(path, 'wb') do |out|
      out << ROOT << LINE.sub('"memsize"', '"value":"')[0..-6]
      repeated('a', 2048 * MIB).each { |piece| out << piece }
      out << %(", "memsize":40}\n)
    end
  }),
  Bomb.new('members.json.gz', '10 million members', 60, 0, nil, ->(path) { members(path, 10_000_000) }),
  Bomb.new('references5.json', 'an object with 5 million references', 300, 0, nil, ->(path) { references(path, 5_000_000) }),
  Bomb.new('references50.json', 'an object with 50 million references', 2500, 0, nil, ->(path) { references(path, 50_000_000) })
].freeze

def try(bomb, dir)
  path = File.join(dir, bomb.name)
  bomb.write.call(path)
  out, err, status = Open3.capture3('/usr/bin/time', '-f', '%M %e', PROGRAM, '--threads', '2', '--log', 'warn', path)
  kib, seconds = err.lines.last.split.map(&:to_f)
  wrong = []
  wrong << "status #{status.exitstatus}" if status.exitstatus != bomb.status
  wrong << 'not said' if bomb.says && !err.include?(bomb.says)
  wrong << 'too much memory' if kib / 1024 > bomb.bound
  wrong << 'no report' if bomb.status.zero? && !out.include?('Series')
  puts format('| %s | %.0f MB | %.0f MB | %d MiB | %.1f s | %d | %s |', bomb.what, File.size(path) / 1e6, kib / 1000, bomb.bound, seconds,
              status.exitstatus, wrong.empty? ? 'as it has to be' : "**#{wrong.join(', ')}**")
  warn err unless wrong.empty?
  wrong.empty?
ensure
  File.delete(path) if path && File.exist?(path)
end

def run(dir)
  puts '| file | its size | peak | at most | time | status | |', '|---|---|---|---|---|---|---|'
  BOMBS.map { |bomb| try(bomb, dir) }.all?
end

$stdout.sync = true
fine = ARGV[0] ? run(ARGV[0]) : Dir.mktmpdir('hb-bombs', '/var/tmp') { |dir| run(dir) }
exit(fine ? 0 : 1)
