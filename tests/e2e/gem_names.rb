# frozen_string_literal: true

# The gem of a file, told by its path with Ruby's regular expressions.
module GemNames
  GEMS = [%r{(?<![^/])gems/([^/]+-\d[^/]*)/}n, %r{(?<![^/])bundler/gems/([^/]+-[^/]+)/}n,
          %r{(?<![^/])extensions/[^/]+/\d[^/]*/([^/]+-[^/]+)/}n].freeze
  NAMED_GEM = %r{(?<![^/])gems/(?!extensions/)([^/\d][^/]*)/}n
  VERSION = %r{\d[^/]*/(?>[^/]+-[^/]+/)?}n
  LIBRARY = %r{(?<![^/])(?>(?:ruby/#{VERSION}|(?:vendor_ruby|site_ruby)/)(?:#{VERSION})*)([^/]+)(/?)}n
  APPLICATION = %r{(?<![^/])(?!(?:usr|local|var|\.+)/)([^/]+/(?:app|bin|lib))/}n

  def last_match(path, pattern)
    path.rindex(pattern) && Regexp.last_match
  end

  def gem_of(path)
    return 'rubygems' if path.end_with?('.gemspec')

    found = GEMS.filter_map { |pattern| last_match(path, pattern) }.max_by { |match| match.begin(1) } || last_match(path, NAMED_GEM)
    return found[1] if found

    library = last_match(path, LIBRARY)
    return library[2].empty? ? library[1][/\A.[^.]*/mn] : library[1] if library

    path[APPLICATION, 1] || 'other'
  end
end
