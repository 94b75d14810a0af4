# frozen_string_literal: true

require "json"

module Tolerant
  # A dataset that fails is named in errors.json and leaves no half of a file; the others are exported.
  # Only where all of them fail there is nothing to deliver.
  class Export
    def self.name = "Tolerant"
    def self.description = "A file for each dataset that can be exported, and errors.json"

    def export(context)
      folder = context.io.directory
      errors = context.datasets.filter_map { |dataset| failure(dataset, folder) }
      none_is_left = !errors.empty? && errors.size == context.dataset_ids.size
      context.error!("all datasets failed, the first: #{errors.first[:message]}") if none_is_left
      File.write(File.join(folder, "errors.json"), JSON.pretty_generate(errors))
    end

    private

    def failure(dataset, folder)
      write(dataset, File.join(folder, "#{dataset.record.id}.jsonl"))
      nil
    rescue StandardError => e
      Verse.logger&.error { "dataset #{dataset.record.id}: #{e.message}" }
      { dataset: dataset.record.id, message: e.message }
    end

    def write(dataset, path)
      File.open("#{path}.part", "w") do |file|
        dataset.entries.each { |entry| file.puts(JSON.generate(id: entry.record.id, name: entry.record.name)) }
      end
      File.rename("#{path}.part", path)
    ensure
      File.delete("#{path}.part") if File.exist?("#{path}.part")
    end
  end
end
