# frozen_string_literal: true

require "json"

module LargeArray
  # All entries in one JSON array, written one by one: of a million entries one is in memory.
  class Export
    def self.name = "Large array"
    def self.description = "All entries with their annotations in one array"
    def self.shard = { by: :dataset, merge: :json_array }

    def export(context)
      file = context.io.file(format: "json")
      separator = ""
      file.write("[\n")
      context.datasets.each do |dataset|
        dataset.entries.each do |entry|
          file.write(separator, JSON.generate(described(dataset, entry)))
          separator = ",\n"
        end
      end
      file.write("\n]\n")
      file.flush
    end

    private

    def described(dataset, entry)
      annotations = entry.annotations.map do |annotation|
        { id: annotation.record.id, dimensions: annotation.record.dimensions, value: annotation.record.annotation }
      end
      { dataset: dataset.record.name, id: entry.record.id, name: entry.record.name, annotations: annotations }
    end
  end
end
