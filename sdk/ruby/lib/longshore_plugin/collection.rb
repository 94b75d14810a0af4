# frozen_string_literal: true

module LongshorePlugin
  # Something with `each` that answers what an Array or an Enumerator answers.
  #
  # Going through it keeps nothing. What cannot be said without having all of it (`sort`, `last`, `reverse`) reads all, once.
  class Collection
    include Enumerable

    def to_a
      @all ||= super
    end
    alias to_ary to_a
    alias entries to_a

    def length
      size
    end

    def empty?
      none? { true }
    end

    def last(...)
      to_a.last(...)
    end

    # A number within the first page reads no further.
    def [](*place)
      index = place.first
      return to_a[*place] if @all || place.length > 1 || !index.is_a?(Integer) || !index.between?(0, Page::LARGEST - 1)

      @first ||= first(Page::LARGEST)
      @first[index]
    end

    def ==(other)
      equal?(other) || (other.respond_to?(:to_ary) && to_a == other.to_ary)
    end

    def as_json(*) = to_a.map(&:as_json)

    def to_json(*state)
      to_a.to_json(*state)
    end

    def inspect
      "#<#{self.class.name}>"
    end

    def method_missing(name, *arguments, &block)
      if Array.method_defined?(name)
        to_a.public_send(name, *arguments, &block)
      elsif Enumerator.method_defined?(name)
        (@enumerator ||= each).public_send(name, *arguments, &block)
      else
        super
      end
    end

    def respond_to_missing?(name, include_private = false)
      Array.method_defined?(name) || Enumerator.method_defined?(name) || super
    end
  end
end
