# frozen_string_literal: true

# Line and branch coverage of every file from the counters of a build folder (`make cover`), of what parses and of all;
# exit status 1 when one is less than it has to be.

require 'csv'
require 'open3'

SOURCES = '(base|pipeline|partition|graph|reduce|report|history|fleet)/.*|heapbatch[.]c'
PARSING = %r{\A(pipeline/(scan|inflate|gzip|source)\w*[.][ch]|pipeline/collect[.]c|fleet/(journal|manifest\w*|option\w*)[.]c)\z}
LEAST = { 'what parses' => [95, 90], 'all' => [85, nil] }.freeze # per cent of lines, of branches

# Lines, covered lines, branches, covered branches.
Figures = Struct.new(:lines, :lines_run, :branches, :branches_run) do
  def add(other)
    Figures.new(*to_a.zip(other.to_a).map(&:sum))
  end

  def shares
    [share(lines_run, lines), share(branches_run, branches)]
  end

  def to_s
    format('%6d  %5.1f %%  %6d  %5.1f %%', lines, shares[0], branches, shares[1])
  end

  def share(part, whole)
    whole.zero? ? 100.0 : 100.0 * part / whole
  end
end

csv, status = Open3.capture2('gcovr', '--root', '.', '--object-directory', ARGV[0], '--filter', SOURCES, ARGV[0], '--csv')
abort 'cover: gcovr failed' unless status.success?

files = CSV.parse(csv, headers: true).to_h do |row|
  [row['filename'], Figures.new(*%w[line_total line_covered branch_total branch_covered].map { |key| row[key].to_i })]
end
abort 'cover: no file was run' if files.empty?

sums = { 'what parses' => files.select { |name, _| name =~ PARSING }, 'all' => files }
       .transform_values { |chosen| chosen.values.reduce(Figures.new(0, 0, 0, 0), :add) }
puts format('%-28s  %6s  %7s  %6s  %7s', 'cover', 'lines', 'run', 'branch', 'taken')
files.sort.each { |name, figures| puts "#{name.ljust(28)}  #{figures}#{'  parses' if name =~ PARSING}" }
sums.each { |name, figures| puts "#{name.ljust(28)}  #{figures}" }

less = LEAST.flat_map do |name, (lines, branches)|
  shares = sums[name].shares
  [("lines of #{name}: less than #{lines} %" if shares[0] < lines),
   ("branches of #{name}: less than #{branches} %" if branches && shares[1] < branches)].compact
end
less.each { |line| puts "cover: #{line}" }
exit less.empty?
