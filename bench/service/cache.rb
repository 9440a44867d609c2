# frozen_string_literal: true

# A page cache that nobody bounds, held by a global: the classic leak.
class CacheEntry
  attr_reader :key, :body

  def initialize(key, body, tags, score)
    @key = key
    @body = body
    @tags = tags
    @meta = { hits: 0, etag: etag(body), score: score }
  end

  def etag(body)
    "W/#{body.hash.abs.to_s(36)}"
  end
end

# Writes to the global; `get_or_store` is the one public way in.
module PageCache
  WORDS = %w[price stock colour delivery review summary related rating gallery offer].freeze

  $page_cache = {}

  def self.get_or_store(number)
    $page_cache[cache_key(number)] ||= CacheEntry.new(
      "page:#{number}",
      render(number),
      tags_for(number),
      score(number)
    )
  end

  def self.cache_key(number)
    "views/products/#{number}-#{number * 7919 % 100_003}/show"
  end

  # Long, distinct, and as repetitive as HTML is.
  def self.render(number)
    body = +"<article id=\"product-#{number}\">"
    (1 + number % 3).times { |i| body << "<section class=\"#{WORDS[(number + i) % 10]}\">#{number * (i + 3)}</section>" }
    body << '</article>'
  end

  def self.tags_for(number)
    [
      "shop:#{number % 50}",
      "user:#{number}",
      number.even? ? 'sale' : 'regular'
    ]
  end

  # Too small for a flonum: a FLOAT object on the heap.
  def self.score(number)
    (number + 1) * 1.5e-90
  end

  def self.expire_every(step)
    nth = 0
    $page_cache.reject! { ((nth += 1) % step).zero? }
  end
end
