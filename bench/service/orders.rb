# frozen_string_literal: true

Address  = Struct.new(:street, :city, :zip, :country)
Customer = Struct.new(:id, :name, :email, :address)

# What was bought: Order > @lines > OrderLine > @options > values, four to six levels below the class.
class OrderLine
  def initialize(number, position)
    @sku = "SKU-#{number % 9973}-#{position}"
    @quantity = 1 + number % 4
    @options = options(number, position)
  end

  def options(number, position)
    { 'size' => %w[S M L XL][number % 4].dup, 'engraving' => [engraving(number, position)] }
  end

  def engraving(number, position)
    { text: "for #{number}/#{position}", font: nil }
  end
end

# A list of recent orders, held by its class, that is never cut short.
class Order
  CITIES = %w[Lyon Porto Gdansk Turku Graz Malmo Ghent Brno].freeze

  @recent = []

  class << self
    attr_reader :recent

    def place(number)
      recent << new(number)
    end

    def expire_every(step)
      nth = 0
      recent.reject! { ((nth += 1) % step).zero? }
    end
  end

  def initialize(number)
    @number = "O-#{number}"
    @customer = customer(number)
    @lines = Array.new(1 + number % 3) { |position| OrderLine.new(number, position) }
    @notes = notes(number)
    @previous = Order.recent.last if (number % 4).nonzero?
  end

  def customer(number)
    Customer.new(
      number % 4096,
      "Customer #{number % 4096}",
      "customer.#{number % 4096}@mail#{number % 12}.example.org",
      address(number)
    )
  end

  def address(number)
    Address.new("#{number % 200} Station Road", CITIES[number % 8], format('%05d', number % 99_999), 'EU')
  end

  def notes(number)
    [
      "placed at #{1_700_000_000 + number} from 10.#{number % 256}.#{number / 256 % 256}.17",
      "carrier #{number % 5}: label printed, parcel handed over to the depot of #{CITIES[number % 8]}"
    ]
  end
end
