/* The gem of a path: every layout in which gems and libraries are installed, and paths that are none or that mean ill. The end-to-end
 * tests hold random paths against Ruby's regular expressions (tests/e2e/test_places.rb). */
#include <stdlib.h>
#include <string.h>

#include "report/gem.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 1415u

typedef struct way {
    const char *path, *gem;
} way;

/* Of a copy of exactly its size, so that a sanitizer sees a byte too far. */
static int is_gem(const char *path, const char *gem)
{
    const size_t n = strlen(path);
    char *copy = must_alloc(n, 1);
    memcpy(copy, path, n);
    const hb_view found = hb_gem_of((hb_view){ copy, n });
    const int is_same = found.n == strlen(gem) && memcmp(found.text, gem, found.n) == 0;
    if (!is_same) printf("\n  %s: '%.*s' in place of '%s'\n", path, (int)found.n, found.text, gem);
    free(copy);
    return is_same;
}

static void try_ways(const way *ways, size_t n)
{
    for (size_t i = 0; i < n; i++) CU_ASSERT(is_gem(ways[i].path, ways[i].gem));
}

#define TRY(ways) try_ways(ways, sizeof(ways) / sizeof *(ways))

static void test_gems(void)
{
    static const way ways[] = {
        { "/usr/lib/ruby/gems/3.1.0/gems/minitest-5.15.0/lib/minitest.rb", "minitest-5.15.0" },
        { "/var/lib/gems/3.1.0/gems/rack-2.2.4/lib/rack/request.rb", "rack-2.2.4" },
        { "/usr/share/rubygems-integration/all/gems/thor-1.2.1/lib/thor.rb", "thor-1.2.1" },
        { "/usr/lib/x86_64-linux-gnu/rubygems-integration/3.1.0/gems/puma-5.6.5/lib/puma.rb", "puma-5.6.5" },
        { "/home/u/.rbenv/versions/3.1.2/lib/ruby/gems/3.1.0/gems/pg-1.4.5/lib/pg.rb", "pg-1.4.5" },
        { "/home/u/.rvm/gems/ruby-3.1.2@shop/gems/rack-2.2.4/lib/rack.rb", "rack-2.2.4" },
        { "/home/u/.gem/ruby/3.1.0/gems/rack-2.2.4/lib/rack.rb", "rack-2.2.4" },
        { "/srv/shop/vendor/bundle/ruby/3.1.0/gems/rack-2.2.4/lib/rack.rb", "rack-2.2.4" },
        { "gems/rack-2.2.4/lib/rack.rb", "rack-2.2.4" },
        /* versions and platforms */
        { "/g/gems/nokogiri-1.15.0-x86_64-linux/lib/nokogiri.rb", "nokogiri-1.15.0-x86_64-linux" },
        { "/g/gems/google-protobuf-3.21.0.rc.1-arm64-darwin/lib/p.rb", "google-protobuf-3.21.0.rc.1-arm64-darwin" },
        { "/g/gems/rails-7.1.0.beta1/lib/rails.rb", "rails-7.1.0.beta1" },
        { "/g/gems/x-0/a.rb", "x-0" },
        /* names */
        { "/g/gems/aws-sdk-s3-1.120.0/lib/aws-sdk-s3.rb", "aws-sdk-s3-1.120.0" },
        { "/g/gems/2captcha-1.1.0/lib/a.rb", "2captcha-1.1.0" },
        { "/g/gems/rack-3-compat-0.1/lib/a.rb", "rack-3-compat-0.1" },
        { "/g/gems/net.http_2-1.0/lib/a.rb", "net.http_2-1.0" },
        { "/g/gems/app-1.0/app/models/a.rb", "app-1.0" },
        /* git checkouts, and what gems have in C */
        { "/v/ruby/3.1.0/bundler/gems/rails-f0ab7d1c2e3f/activerecord/lib/a.rb", "rails-f0ab7d1c2e3f" },
        { "/v/ruby/3.1.0/bundler/gems/mono-0123456789ab/gems/part/lib/a.rb", "mono-0123456789ab" },
        { "/v/ruby/3.1.0/extensions/x86_64-linux/3.1.0/msgpack-1.4.2/msgpack/msgpack.so", "msgpack-1.4.2" },
        { "/v/ruby/3.1.0/extensions/x86_64-linux/3.1.0-static/msgpack-1.4.2/m.so", "msgpack-1.4.2" },
        { "/v/ruby/3.1.0/bundler/gems/extensions/x86_64-linux/3.1.0/toy-fedcba987654/toy.so", "toy-fedcba987654" },
        /* gems within gems: the last; one with a version comes before one without */
        { "/home/gems/app-2/vendor/bundle/ruby/3.1.0/gems/rack-2.2.4/lib/rack.rb", "rack-2.2.4" },
        { "/g/gems/engine-1.0/lib/gems/list/a.rb", "engine-1.0" },
        { "/g/gems/engine-1.0/lib/gems/list.rb", "engine-1.0" },
        { "/g/gems/outer-1.0/spec/gems/inner-2.0/a.rb", "inner-2.0" },
        /* gems of the application's own tree */
        { "/srv/shop/gems/billing/lib/billing.rb", "billing" },
        { "/srv/shop/gems/a/gems/b/lib/b.rb", "b" },
        { "/srv/shop/gems/no-version/lib/a.rb", "no-version" },
        /* code that is evaluated */
        { "(eval at /g/gems/rack-2.2.4/lib/rack.rb:12)", "rack-2.2.4" },
    };
    TRY(ways);
}

static void test_libraries(void)
{
    static const way ways[] = {
        { "/usr/lib/ruby/2.7.0/set.rb", "set" },
        { "/usr/lib/ruby/3.1.0/set.rb", "set" },
        { "/usr/lib/ruby/3.1.0/json/common.rb", "json" },
        { "/usr/lib/ruby/3.1.0/open-uri.rb", "open-uri" },
        { "/usr/lib/ruby/3.1.0/bundler/vendor/thor/lib/thor.rb", "bundler" },
        { "/usr/lib/ruby/3.1.0/rubygems/version.rb", "rubygems" },
        { "/opt/ruby/lib/ruby/4.1.0+1/net/http.rb", "net" },
        { "/opt/ruby/lib/ruby/3.3.0/x86_64-linux/rbconfig.rb", "rbconfig" },
        { "/opt/ruby/lib/ruby/3.3.0/x86_64-linux/json/ext/parser.so", "json" },
        { "/usr/lib/x86_64-linux-gnu/ruby/3.1.0/io/console.so", "io" },
        { "/usr/lib/x86_64-linux-gnu/ruby/3.1.0/date_core.so", "date_core" },
        { "/usr/lib/ruby/vendor_ruby/rack.rb", "rack" },
        { "/usr/lib/ruby/vendor_ruby/rack/request.rb", "rack" },
        { "/usr/lib/x86_64-linux-gnu/ruby/vendor_ruby/3.1.0/nokogiri/nokogiri.so", "nokogiri" },
        { "/usr/local/lib/ruby/site_ruby/3.1.0/x86_64-linux/own/a.rb", "own" },
        { "/usr/local/lib/site_ruby/own.rb", "own" },
        { "/home/u/.asdf/installs/ruby/3.1.2/lib/ruby/3.1.0/set.rb", "set" },
        { "/home/u/.rvm/rubies/ruby-3.1.2/lib/ruby/3.1.0/set.rb", "set" },
        { "<internal:/usr/lib/ruby/vendor_ruby/rubygems/core_ext/kernel_require.rb>", "rubygems" },
        { "(eval at /usr/lib/ruby/3.3.0/delegate.rb:397)", "delegate" },
        { "/usr/lib/ruby/3.1.0/.hidden.rb", ".hidden" },
        /* RubyGems evaluates them */
        { "/var/lib/gems/3.1.0/specifications/rack-2.2.4.gemspec", "rubygems" },
        { "/usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec", "rubygems" },
        { "/v/ruby/3.1.0/bundler/gems/toy-0123456789ab/toy.gemspec", "rubygems" },
    };
    TRY(ways);
}

static void test_applications(void)
{
    static const way ways[] = {
        { "/srv/shop/app/models/order.rb", "shop/app" },
        { "/srv/shop/lib/tasks/app/a.rb", "shop/lib" },
        { "/srv/shop/bin/rails", "shop/bin" },
        { "/app/app/models/order.rb", "app/app" },
        { "/app/lib/order.rb", "app/lib" },
        { "/var/lib/shop/app/a.rb", "shop/app" },
        { "/usr/local/lib/shop/lib/a.rb", "shop/lib" },
        { "/usr/lib/shop/a.rb", "other" },
        { "/usr/local/bin/tool", "other" },
        { "./lib/a.rb", "other" },
        { "../app/a.rb", "other" },
        { "/home/me/x/../lib/a.rb", "other" },
        { "lib/a.rb", "other" },
        { "/srv/shop/library/a.rb", "other" },
        { "/srv/shop/config/boot.rb", "other" },
        { "/srv/shop/app", "other" },
        { "/srv/workload.rb", "other" },
        { "a.rb", "other" },
        { "-e", "other" },
        { "(eval)", "other" },
        { "(irb)", "other" },
        { "<internal:kernel>", "other" },
    };
    TRY(ways);
}

static void test_hostile(void)
{
    static const way ways[] = {
        { "", "other" },
        { "/", "other" },
        { "////", "other" },
        { "gems", "other" },
        { "/gems/", "other" },
        { "/gems//", "other" },
        { "/gems/rack-2.2.4", "other" },
        { "/g/gems/3.1.0/a.rb", "other" },
        { "/g/gems/-1.0/a.rb", "-1.0" },
        { "/g/gems/rack-/a.rb", "rack-" },
        { "/g//gems///rack-2.2.4//a.rb", "rack-2.2.4" },
        { "/g/Gems/rack-2.2.4/a.rb", "other" },
        { "/g/xgems/rack-2.2.4/a.rb", "other" },
        { "/g/gems/\x1b[31m\xe2\x80\xae-1.0/a.rb", "\x1b[31m\xe2\x80\xae-1.0" },
        { "/g/gems/\xff\xfe-1/a.rb", "\xff\xfe-1" },
        { "/g/gems/a b\n-1/a.rb", "a b\n-1" },
        { "/g/gems/extensions/x/y.rb", "other" },
        { "/extensions/x86_64-linux/3.1.0/a.so", "other" },
        { "/extensions/linux/api/toy-1.0/a.so", "other" },
        { "ruby/3.1.0", "other" },
        { "ruby/3.1.0/", "other" },
        { "ruby/3.1.0/3.2.0/x-y/", "other" },
        { "vendor_ruby", "other" },
        { "/vendor_ruby/vendor_ruby/a.rb", "a" },
        { ".gemspec", "rubygems" },
        { "gemspec", "other" },
    };
    TRY(ways);
}

/* Any parts in any order: some text, of the path or a word of ours. */
static void test_random(void)
{
    static const char *const parts[] = { "gems", "bundler", "extensions", "ruby", "vendor_ruby", "3.1.0", "rack-2.2.4", "x-y", "app", "lib",
                                         "usr", "..", "", "/", "-", ".", "a.rb", "a.gemspec", "\xff", "g" };
    dice d = dice_of(SEED);
    for (int k = 0; k < 100000; k++) {
        char path[200] = "";
        size_t n = 0;
        for (size_t i = roll(&d, 12); i > 0; i--)
            n += (size_t)snprintf(path + n, sizeof path - n, "%s%s", parts[roll(&d, sizeof parts / sizeof *parts)], chance(&d, 4) ? "" : "/");
        char *copy = must_alloc(n, 1);
        memcpy(copy, path, n);
        const hb_view gem = hb_gem_of((hb_view){ copy, n });
        const int is_within = gem.text >= copy && gem.text + gem.n <= copy + n;
        CU_ASSERT_FATAL(gem.n != 0 && (is_within || strcmp(gem.text, "other") == 0 || strcmp(gem.text, "rubygems") == 0));
        CU_ASSERT_FATAL(gem.text[0] != '/' && gem.text[gem.n - 1] != '/');
        free(copy);
    }
}

int main(void)
{
    printf("seed %u\n", SEED);
    CU_TestInfo tests[] = { { "gems", test_gems }, { "libraries", test_libraries }, { "applications", test_applications },
                            { "hostile", test_hostile }, { "random", test_random }, CU_TEST_INFO_NULL };
    return hb_suite_run("gem", tests);
}
