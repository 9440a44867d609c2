# frozen_string_literal: true

# A small service that leaks; docs/TEN_MINUTES.md finds out where.
require 'rbtrace'

Order = Struct.new(:id, :customer, :articles)

# What an order costs is looked up once.
class Prices
  @known = {}

  def self.of(order)
    @known[order] ||= order.articles.sum { |article| article.length * 10 }
  end
end

# A request: the order is answered, and nobody needs it any more.
def handle(id)
  articles = Array.new(4) { |n| "article #{id + n}" }
  Prices.of(Order.new(id, "customer #{id % 50}", articles))
end

$stdout.sync = true
puts "#{Process.pid} serves"
(1..).each do |id|
  handle(id)
  sleep(0.001)
end
