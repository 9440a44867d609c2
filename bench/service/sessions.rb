# frozen_string_literal: true

# Sessions that a worker thread keeps in its thread-local store.
class SessionStore
  Visit = Struct.new(:path, :at)

  def initialize
    @worker = Thread.new { Thread.stop until @done }
    @worker[:sessions] = {}
  end

  def sessions
    @worker[:sessions]
  end

  def open(number)
    sessions["sess:#{number.to_s(16)}"] = {
      user: "user:#{number}",
      cart: cart(number),
      visits: visits(number),
      flash: [],
      csrf: token(number)
    }
  end

  def cart(number)
    Array.new(number % 5) { |i| ["item:#{(number + i) % 5000}", i] }
  end

  def visits(number)
    Array.new(2) { |i| Visit.new("/products/#{number + i}", number / 10.0) }
  end

  def token(number)
    (number * 2_654_435_761 % 4_294_967_296).to_s(16) * 5
  end

  def expire_every(step)
    nth = 0
    sessions.reject! { ((nth += 1) % step).zero? }
  end
end
