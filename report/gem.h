/* Which gem a file of Ruby code is of, told by its path alone. */
#ifndef HB_REPORT_GEM_H
#define HB_REPORT_GEM_H

#include "pipeline/line.h"

/* A part of the path, or a word of ours, `rubygems` or `other`; never empty. What comes first in this list:
 *
 *   rubygems          a file that ends in .gemspec: RubyGems evaluates it
 *   NAME-VERSION[-PLATFORM], NAME-SHA
 *                     the last directory so called in `gems` (a gem), in `bundler/gems` (a git checkout) or in
 *                     `extensions/PLATFORM/RUBY` (its library of C code)
 *   NAME              the last directory in `gems`, with no version: a gem in the application's own tree
 *   LIBRARY           the last file, without its extension, or directory in `ruby/RUBY`, `vendor_ruby` or `site_ruby` (a version or
 *                     platform in between is passed over): Ruby's own library, or one that a Linux distribution has put there
 *   APP/app, APP/bin, APP/lib
 *                     the first such directory, and the one that it is in, unless that is `usr`, `local` or `var`
 *   other             anything else
 *
 * These are the groups of heap-profiler (Shopify, lib/heap_profiler/index.rb, guess_gem), which takes whatever follows the last `/gems/`,
 * knows the library of Ruby 2 alone, and looks at directories in part only. */
hb_view hb_gem_of(hb_view path);

#endif
