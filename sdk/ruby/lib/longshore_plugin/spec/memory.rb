# frozen_string_literal: true

module LongshorePlugin
  module Spec
    # A host with records in memory, which answers as a worker does.
    class Memory
      attr_reader :workdir
      # What was asked, in order: the operation and its parameters.
      attr_reader :asked
      # What was told: events with their fields.
      attr_reader :told

      # Smaller pages than a worker's show an exporter several with few records.
      attr_accessor :page_size

      def initialize(datasets, workdir)
        @workdir = File.realpath(workdir)
        @datasets = {}
        @entries = {}
        @contents = {}
        @asked = []
        @told = []
        @page_size = Page::LARGEST
        datasets.each { |dataset| keep(symbols(dataset)) }
      end

      def ids
        @datasets.keys
      end

      def ask(operation, **parameters)
        answer = Answer.new(operation)
        answer.deliver(JSON.generate(answered(operation, JSON.parse(JSON.generate(parameters), symbolize_names: true))))
        answer
      end

      def tell(event, **fields)
        @told << { ev: event, **fields }
      end

      # What goes over the wire to a request, without its number.
      def answered(operation, parameters)
        @asked << [operation, parameters]
        case operation
        when "dataset" then { ok: @datasets[parameters[:dataset_id]]&.fetch(:record) }
        when "entries" then { ok: page(**parameters) }
        when "annotations", "medias" then { ok: related(operation.to_sym, **parameters) }
        when "download" then { ok: { path: copy(**parameters) } }
        else { err: { code: "operation_unknown", message: operation } }
        end
      rescue KeyError => error
        { err: { code: "not_found", message: error.message } }
      end

      private

      # Bytes of media are no JSON, so only what is a record goes through it.
      def symbols(value)
        case value
        when Hash then value.to_h { |key, one| [key.to_sym, symbols(one)] }
        when Array then value.map { |one| symbols(one) }
        else value
        end
      end

      def keep(dataset)
        entries = dataset.delete(:entries) || []
        @datasets[dataset.fetch(:id).to_s] = { record: dataset, entries: entries.map { |entry| entry.fetch(:id).to_s }.sort }
        entries.each do |entry|
          medias = (entry.delete(:medias) || []).each { |media| keep_contents(media) }
          @entries[entry[:id].to_s] = { annotations: entry.delete(:annotations) || [], medias: medias, record: entry }
        end
      end

      def keep_contents(media)
        bytes = media.delete(:bytes)
        file = media.delete(:file)
        @contents[media[:id]] = bytes || (file && File.binread(file))
      end

      def page(dataset_id:, filter: {}, after: nil)
        kept = Filter.new(:entries, filter)
        @datasets.fetch(dataset_id)[:entries].lazy.select { |id| after.nil? || id > after }.map { |id| @entries[id][:record] }
          .select { |record| kept.pass?(record) }.first(@page_size)
      end

      def related(kind, entry_ids:, filter: {})
        kept = Filter.new(kind, filter)
        entry_ids.map { |id| @entries.fetch(id)[kind].select { |record| kept.pass?(record) } }
      end

      def copy(media:, to: nil)
        bytes = @contents[media[:id]] or raise KeyError, "media #{media[:id]} has no file"
        path = File.expand_path(to || "media-#{media[:id]}", @workdir)
        File.binwrite(path, bytes)
        path
      end
    end
  end
end
