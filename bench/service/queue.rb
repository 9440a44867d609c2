# frozen_string_literal: true

# A queue as a linked list: a path from the root as long as the queue, which is hard on graph searches.
Link = Struct.new(:value, :next)

module LinkedQueue
  # Nodes linked in the order in which they are allocated: neighbours in the list are neighbours in memory.
  def self.in_order(length)
    $linked_queue = tail = Link.new(0, nil)
    1.upto(length - 1) do |i|
      node = Link.new(i, nil)
      tail.next = node
      tail = node
    end
  end

  # The same nodes linked in a random order: hardly any two neighbours lie on one page.
  def self.shuffled(length, random)
    nodes = Array.new(length) { |i| Link.new(i, nil) }
    nodes.shuffle!(random: random)
    nodes.each_cons(2) { |node, following| node.next = following }
    $linked_queue = nodes.first
    # The collector scans the stack conservatively and may keep the array, which would be a short way to every node.
    nodes.clear
  end
end
