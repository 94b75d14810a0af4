# frozen_string_literal: true

require "json"

module {{module}}
  # Entries with their annotations, in one JSON array.
  class Export
    def self.name = "{{title}}"
    def self.description = "All entries with their annotations as JSON"

    # Each dataset may be exported apart, and the arrays become one. Leave this out where that is not so;
    # `longshore plugin verify` finds out.
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
