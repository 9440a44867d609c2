# frozen_string_literal: true

# Listeners that are added for every request and never taken away: closures with what they close over.
class EventBus
  @listeners = Hash.new { |all, name| all[name] = [] }
  @gauges = {}

  class << self
    attr_reader :listeners, :gauges

    def subscribe(number)
      context = "request-#{number} #{'GET POST PUT PATCH'.split[number % 4]}"
      listeners[topic(number)] << ->(event) { "#{context}: #{event}" }
    end

    def topic(number)
      %i[order_placed order_paid page_viewed session_opened mail_sent][number % 5]
    end

    # A symbol for every tenant and day: dynamic symbols, kept alive by the hash.
    def gauge(number)
      gauges[:"gauge_#{number % 40}_day_#{number / 40}"] = [number * 1.0e-120, Rational(number, 7)]
    end

    def expire_every(step)
      listeners.each_value do |list|
        nth = 0
        list.reject! { ((nth += 1) % step).zero? }
      end
    end
  end
end
