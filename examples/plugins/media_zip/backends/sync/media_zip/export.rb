# frozen_string_literal: true

require "fileutils"
require "json"

module MediaZip
  # A folder for each dataset, with its records and the files of their media; a folder is delivered as a ZIP.
  # Files begin with the id of their media, for several may have the same file name.
  class Export
    FILTERS = { "original" => { key: "" }, "all" => {} }.freeze

    def self.name = "Media ZIP"
    def self.description = "Records and media files, a folder for each dataset"
    def self.shard = { by: :dataset, merge: :files }

    def export(context)
      wanted = context.options.fetch(:include_medias, "original")
      context.datasets.each do |dataset|
        folder = File.join(context.io.directory, dataset.record.id)
        FileUtils.mkdir_p(folder)
        File.open(File.join(folder, "records.jsonl"), "w") do |file|
          dataset.entries.each { |entry| file.puts(JSON.generate(described(entry, folder, wanted))) }
        end
      end
    end

    private

    def described(entry, folder, wanted)
      files = medias(entry, wanted).map { |media| save(media, folder) }
      { id: entry.record.id, name: entry.record.name, files: files,
        annotations: entry.annotations.map { |annotation| annotation.record.annotation } }
    end

    def medias(entry, wanted)
      wanted == "none" ? [] : entry.medias(FILTERS.fetch(wanted))
    end

    def save(media, folder)
      file = "#{media.record.id}-#{File.basename(media.record.filename)}"
      File.binwrite(File.join(folder, file), media.download)
      file
    end
  end
end
