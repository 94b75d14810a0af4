# frozen_string_literal: true

module LongshorePlugin
  # An array that is an enumerator too: these lists were arrays once and are enumerators now, and exporters use both.
  class Loaded < Array
    def next = enumerator.next
    def peek = enumerator.peek

    def rewind
      enumerator.rewind
      self
    end

    def with_index(from = 0, &block) = each.with_index(from, &block)
    def with_object(object, &block) = each.with_object(object, &block)

    private

    def enumerator = (@enumerator ||= each)
  end
end
