# frozen_string_literal: true

require "json"
require "net/http"

module PostDatasets
  # Posts each dataset to an API of somebody else's, and leaves no file. A dataset that comes again has the
  # key it had before, by which the API tells that it knows it.
  class Export
    def self.name = "Post datasets"
    def self.description = "Posts each dataset to `url`, with `api_key`"
    def self.options = { url: { type: "string" }, api_key: { type: "string", secret: true } }
    def self.shard = { by: :dataset, merge: :none }

    def export(context)
      address, key = context.options.values_at(:url, :api_key)
      context.error!("the options `url` and `api_key` are needed") unless address && key
      context.datasets.each { |dataset| post(context, URI(address), key, dataset) }
    end

    private

    def post(context, address, key, dataset)
      answer = Net::HTTP.post(address, JSON.generate(body(dataset)), headers(key, dataset))
      return if answer.is_a?(Net::HTTPSuccess)

      context.error!("#{address.host} answers #{answer.code} to dataset #{dataset.record.id}")
    end

    def headers(key, dataset)
      { "Authorization" => "Bearer #{key}", "Content-Type" => "application/json",
        "Idempotency-Key" => "#{dataset.record.id} #{dataset.record.updated_at}" }
    end

    def body(dataset)
      { id: dataset.record.id, name: dataset.record.name,
        entries: dataset.entries.map { |entry| { id: entry.record.id, name: entry.record.name } } }
    end
  end
end
