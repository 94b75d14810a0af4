# frozen_string_literal: true

require "csv"
require "tempfile"

module LabelTable
  # A CSV table of all annotations, category by category. What is of a category waits in a temporary file
  # until all datasets are read, so memory does not grow; the files are gone however the export ends.
  class Export
    HEADER = %w[category dataset entry annotation].freeze

    def self.name = "Label table"
    def self.description = "All annotations as CSV, category by category"

    def export(context)
      waiting = {}
      context.datasets.each { |dataset| sort(dataset, waiting) }
      join(context.io.file(format: "csv"), waiting)
    rescue StandardError
      context.io.cleanup
      raise
    ensure
      waiting&.each_value(&:close!)
    end

    private

    def sort(dataset, waiting)
      dataset.entries.each do |entry|
        entry.annotations.each do |annotation|
          category = category(annotation.record)
          row = [category, dataset.record.name, entry.record.name, annotation.record.id]
          (waiting[category] ||= Tempfile.new("labels")).write(row.to_csv)
        end
      end
    end

    # Inside of records, names may be symbols or texts.
    def category(record)
      value = record.annotation || {}
      (value[:category] || value["category"]).to_s
    end

    def join(file, waiting)
      file.write(HEADER.to_csv)
      waiting.keys.sort.each do |category|
        waiting[category].rewind
        IO.copy_stream(waiting[category], file)
      end
      file.flush
    end
  end
end
