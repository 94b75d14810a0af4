# frozen_string_literal: true

require "json"

module OneFile
  # One JSON file with everything: datasets with their entries, and those with annotations and media.
  class Export
    def self.name = "One file"
    def self.description = "Datasets, entries, annotations and media as one JSON file"
    def self.shard = { by: :dataset, merge: :json_array }

    def export(context)
      file = context.io.file(format: "json")
      file.write(JSON.generate(context.datasets.map { |dataset| tree(dataset) }))
      file.flush
    end

    private

    def tree(dataset)
      plain(dataset).merge(entries: dataset.entries.map do |entry|
        plain(entry).merge(
          annotations: entry.annotations.map { |annotation| plain(annotation) },
          medias: entry.medias.map { |media| plain(media) }
        )
      end)
    end

    def plain(item)
      { id: item.record.id, **item.record.attributes }
    end
  end
end
