# frozen_string_literal: true

module LongshorePlugin
  # Which modalities an exporter is for: a text, a regular expression, or a list of both.
  module Selector
    # As texts, regular expressions as `/…/`. Anything else is refused, as IDAH refuses it.
    def self.modalities(selector)
      (selector.is_a?(Array) ? selector : [selector]).map do |one|
        case one
        when String then one
        when Regexp then one.inspect
        else raise ArgumentError, "a selector is a String, a Regexp or an Array of both, and not #{one.inspect}"
        end
      end
    end
  end
end
