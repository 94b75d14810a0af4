# frozen_string_literal: true

module LongshorePlugin
  # A hash with symbols as keys that is read by texts as well: guides write both. What is nested becomes so when it is read.
  class Keyed < Hash
    # Copies a hash's first level; lists of hashes become lists of these.
    def self.of(value)
      case value
      when Keyed then value
      when Hash then self[value]
      when Array then value.first.is_a?(Hash) ? value.map { |one| of(one) } : value
      else value
      end
    end

    def [](key)
      key = key.to_sym if key.is_a?(String)
      value = super(key)
      return value unless value.is_a?(Hash) || value.is_a?(Array)

      read = self.class.of(value)
      # What is frozen stays as it is; it is only made anew each time.
      store(key, read) unless read.equal?(value) || frozen?
      read
    end

    def key?(key)
      super(key.is_a?(String) ? key.to_sym : key)
    end
    alias has_key? key?
    alias include? key?
    alias member? key?

    def fetch(key, *default)
      return self[key] if key?(key)
      return yield key if block_given?

      super(key, *default)
    end

    def dig(key, *rest)
      value = self[key]
      rest.empty? || value.nil? ? value : value.dig(*rest)
    end

    def values_at(*keys)
      keys.map { |key| self[key] }
    end
  end
end
