# frozen_string_literal: true

require "json"

module Filtered
  # Entries of a status, with their annotations of a shape and their media of a key: by default finished
  # entries, boxes, and the files as they were uploaded.
  class Export
    def self.name = "Filtered"
    def self.description = "Entries by `status`, with annotations by `type` and media by `key`"
    def self.shard = { by: :dataset, merge: :jsonl }

    def export(context)
      status, type, key = { status: "completed", type: "bounding_box", key: "" }
                          .merge(context.options).values_at(:status, :type, :key)
      file = context.io.file(format: "jsonl")
      context.datasets.each do |dataset|
        dataset.entries({ status: status }).each do |entry|
          file.write(JSON.generate(described(entry, type, key)), "\n")
        end
      end
      file.flush
    end

    private

    def described(entry, type, key)
      { id: entry.record.id, name: entry.record.name,
        shapes: entry.annotations({ type: type }).map { |annotation| annotation.record.dimensions },
        files: entry.medias({ key: key }).map { |media| media.record.filename } }
    end
  end
end
