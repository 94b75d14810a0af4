# frozen_string_literal: true

require "json"

module FilePerDataset
  # A JSON file for each dataset, and a summary of all of them. The summary needs all datasets at once,
  # so the exporter does not say that it can be run in parts.
  class Export
    def self.name = "File per dataset"
    def self.description = "A JSON file for each dataset, and summary.json"

    def export(context)
      folder = context.io.directory
      summary = context.datasets.each_with_index.map do |dataset, index|
        file = "dataset_#{index + 1}.json"
        entries = dataset.entries.map { |entry| described(entry) }
        write(folder, file, { id: dataset.record.id, name: dataset.record.name, entries: entries })
        { file: file, name: dataset.record.name, entries: entries.size,
          annotations: entries.sum { |entry| entry[:annotations].size } }
      end
      write(folder, "summary.json", summary)
    end

    private

    def described(entry)
      annotations = entry.annotations.map do |annotation|
        { id: annotation.record.id, dimensions: annotation.record.dimensions, value: annotation.record.annotation }
      end
      { id: entry.record.id, name: entry.record.name, annotations: annotations }
    end

    def write(folder, file, content)
      File.write(File.join(folder, file), "#{JSON.pretty_generate(content)}\n")
    end
  end
end
