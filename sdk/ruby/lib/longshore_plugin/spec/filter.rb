# frozen_string_literal: true

module LongshorePlugin
  module Spec
    # A filter as the host applies it: a field, or a field with what is asked of it.
    #
    # `type` of annotations is that of their shape, whole or its last word. Fields that a record does not have filter nothing.
    class Filter
      COMPARED = {
        "lt" => ->(value, asked) { value < asked }, "lte" => ->(value, asked) { value <= asked },
        "gt" => ->(value, asked) { value > asked }, "gte" => ->(value, asked) { value >= asked },
        "eq" => ->(value, asked) { value == asked }, "neq" => ->(value, asked) { value != asked },
        "in" => ->(value, asked) { asked.include?(value) }, "match" => ->(value, asked) { value.to_s.include?(asked) },
        "prefix" => ->(value, asked) { value.to_s.start_with?(asked) }, "suffix" => ->(value, asked) { value.to_s.end_with?(asked) },
        "contains" => ->(value, asked) { Array(asked).all? { |one| value.include?(one) } }
      }.freeze

      def initialize(fields)
        @fields = fields.transform_keys(&:to_s)
      end

      def pass?(record)
        @fields.all? { |key, asked| passes?(record, *key.split("__", 2), asked) }
      end

      private

      def passes?(record, field, operator = "eq", asked)
        return type?(record, asked) if field == "type" && record[:dimensions].is_a?(Hash)
        return true unless record.key?(field.to_sym)

        value = record[field.to_sym]
        return value.nil? != asked if operator == "exists"
        return COMPARED.fetch("in").call(value, asked) if operator == "eq" && asked.is_a?(Array)

        # Nothing is neither more nor less than anything.
        (!value.nil? || operator == "eq" || operator == "neq") && COMPARED.fetch(operator) { return true }.call(value, asked)
      end

      def type?(record, asked)
        type = record[:dimensions][:type].to_s
        Array(asked).any? { |one| type == one.to_s || folded(type.split(":").last) == folded(one.to_s) }
      end

      def folded(text)
        text.to_s.tr("-_", "").downcase
      end
    end
  end
end
