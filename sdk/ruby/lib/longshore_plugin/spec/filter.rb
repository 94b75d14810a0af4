# frozen_string_literal: true

module LongshorePlugin
  module Spec
    # A filter as a worker applies it: a field, or a field with what is asked of it.
    #
    # `type` of annotations is that of their shape, whole or its last word. Fields that records of the kind do not have filter
    # nothing; one that a record could have and has not is nil.
    class Filter
      PEOPLE = %i[assigned_to_id submitted_by_id reviewed_by_id].freeze
      FIELDS = {
        entries: %i[id project_id dataset_id name resource priority wf_step status job_id assigned_to_id assigned_to_email
                    submitted_by_id submitted_by_email reviewed_by_id reviewed_by_email created_at updated_at],
        annotations: %i[id project_id dataset_id entry_id dimensions annotation metadata created_by_email created_at updated_at
                        category properties deleted_at],
        medias: %i[id resource key filename size mime_type meta public created_by created_role project_id created_at]
      }.freeze
      ORDERED = { "lt" => :negative?, "lte" => :positive?, "gt" => :positive?, "gte" => :negative? }.freeze
      ANY = {
        "eq" => ->(value, asked) { Filter.same?(value, asked) }, "in" => ->(value, asked) { Filter.same?(value, asked) },
        "match" => ->(value, asked) { value.to_s.downcase.include?(asked.to_s.downcase) },
        "prefix" => ->(value, asked) { value.to_s.start_with?(asked.to_s) },
        "suffix" => ->(value, asked) { value.to_s.end_with?(asked.to_s) },
        "contains" => ->(value, asked) { value.is_a?(Array) ? value.include?(asked) : value.to_s.include?(asked.to_s) }
      }.freeze

      def initialize(kind, fields)
        @kind = kind
        @fields = fields.transform_keys(&:to_s)
      end

      def pass?(record)
        @fields.all? { |key, asked| passes?(record, key, asked) } && (!deleted?(record) || about?("deleted_at"))
      end

      # Texts by their letters, others as numbers where both read as such; nil where nothing can be said.
      def self.order(value, asked)
        return if [value, asked].any? { |one| one.nil? || one.is_a?(Array) || one.is_a?(Hash) }

        numbers = [value, asked].map { |one| Float(one.to_s, exception: false) } unless value.is_a?(String) && asked.is_a?(String)
        numbers&.all? ? numbers[0] <=> numbers[1] : value.to_s <=> asked.to_s
      end

      def self.same?(value, asked)
        value == asked || order(value, asked)&.zero? || false
      end

      private

      def passes?(record, key, asked)
        return shape?(record, asked) if @kind == :annotations && %w[type type__in type__eq].include?(key)
        return record[PEOPLE[0]].nil? != yes?(asked) if @kind == :entries && key == "assigned"
        return PEOPLE.any? { |field| any?("eq", record[field], asked) } if @kind == :entries && key == "participated"

        field, operator = FIELDS[@kind].include?(key.to_sym) ? [key, "eq"] : key.rpartition("__").values_at(0, 2)
        return true unless FIELDS[@kind].include?(field.to_sym)

        return related?(operator, value(record, field), asked) unless field.end_with?("_at") && %w[eq in neq lt lte gt gte].include?(operator)

        related?(operator, in_time(value(record, field)), in_time(asked))
      end

      # Times in whatever way they are written, as texts whose order is that of time.
      def in_time(value)
        return value.map { |one| in_time(one) } if value.is_a?(Array)

        value.is_a?(String) ? Time.parse(value.match?(/\A\S+[T ]\S+(Z| ?[+-]\d\d:?\d\d)\z/) ? value : "#{value} UTC").utc.iso8601(9) : value
      rescue ArgumentError
        value
      end

      # What has no key is the original, as what has an empty one.
      def value(record, field)
        value = record[field.to_sym]
        @kind == :medias && field == "key" ? value || "" : value
      end

      def related?(operator, value, asked)
        case operator
        when "exists" then value.nil? != yes?(asked)
        when "neq" then !any?("eq", value, asked)
        when *ANY.keys then any?(operator, value, asked)
        when *ORDERED.keys then ordered?(operator, Filter.order(value, asked))
        else true
        end
      end

      def ordered?(operator, order)
        return false if order.nil?

        operator.end_with?("e") ? !order.public_send(ORDERED[operator]) : order.public_send(ORDERED[operator])
      end

      def any?(operator, value, asked)
        return false if value.nil? && !%w[eq in].include?(operator)

        (asked.is_a?(Array) ? asked : [asked]).any? { |one| ANY.fetch(operator).call(value, one) }
      end

      def shape?(record, asked)
        type = record.dig(:dimensions, :type) or return false
        (asked.is_a?(Array) ? asked : [asked]).any? do |one|
          type == one.to_s || (!one.to_s.include?(":") && folded(type.split(":").last) == folded(one.to_s))
        end
      end

      def deleted?(record)
        @kind == :annotations && !record[:deleted_at].nil?
      end

      def about?(field)
        @fields.keys.any? { |key| key == field || key.start_with?("#{field}__") }
      end

      def yes?(asked)
        ![nil, false, "false"].include?(asked)
      end

      def folded(text)
        text.to_s.tr("-_ ", "").downcase
      end
    end
  end
end
