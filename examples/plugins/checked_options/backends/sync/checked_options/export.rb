# frozen_string_literal: true

require "json"

module CheckedOptions
  # Looks at its options before it reads anything, and tells all mistakes at once.
  class Export
    KNOWN = %i[include_medias completed_entries least_confidence categories].freeze

    def self.name = "Checked options"
    def self.description = "Annotations of some categories, of which one is sure enough"
    def self.shard = { by: :dataset, merge: :json_array }

    def export(context)
      mistakes = mistakes(context.options)
      context.error!(mistakes.join("; ")) unless mistakes.empty?
      annotations = context.datasets.flat_map { |dataset| wanted(dataset, context.options) }
      file = context.io.file(format: "json")
      file.write(JSON.generate(annotations))
      file.flush
    end

    private

    def mistakes(options)
      unknown = (options.keys - KNOWN).map { |key| "there is no option `#{key}`" }
      unknown << "`least_confidence` is not a number from 0 to 1" unless share?(options.fetch(:least_confidence, 0))
      unknown << "`categories` is not a list of texts" unless texts?(options.fetch(:categories, []))
      unknown
    end

    def share?(value)
      value.is_a?(Numeric) && value.between?(0, 1)
    end

    def texts?(value)
      value.is_a?(Array) && value.all?(String)
    end

    def wanted(dataset, options)
      records = dataset.entries.flat_map { |entry| entry.annotations.map(&:record) }
      records.select { |record| wanted?(record, options) }
             .map { |record| { id: record.id, entry_id: record.entry_id, value: record.annotation } }
    end

    def wanted?(record, options)
      sure = value(record.metadata, :confidence).to_f >= options.fetch(:least_confidence, 0)
      categories = options.fetch(:categories, [])
      sure && (categories.empty? || categories.include?(value(record.annotation, :category)))
    end

    # Inside of records, names may be symbols or texts.
    def value(hash, name)
      hash&.fetch(name) { hash[name.to_s] }
    end
  end
end
