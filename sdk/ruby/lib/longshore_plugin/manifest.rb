# frozen_string_literal: true

module LongshorePlugin
  # What a plugin says of itself in `manifest.json`, or what its folders say where it has none.
  class Manifest
    FILE = "manifest.json"
    TYPE = "idah-plugin"

    attr_reader :name, :title, :version, :modalities, :modules, :folder

    # The folder with the Ruby of each service, below the plugin's.
    attr_reader :backends

    def self.of(folder)
      file = File.join(folder, FILE)
      return new(folder, {}, folder) unless File.file?(file)

      read = JSON.parse(File.read(file, encoding: Encoding::UTF_8))
      raise Fault.new("manifest_invalid", "is no object", place: file) unless read.is_a?(Hash)

      new(folder, read, file)
    rescue JSON::ParserError => error
      raise Fault.new("manifest_unreadable", "is no JSON: #{Text.of(error.message)}", place: file)
    end

    def initialize(folder, read, place)
      @folder = folder
      @name = read["name"] || File.basename(folder)
      @title = read["title"] || @name
      @version = read["version"]
      @modalities = Array(read["modalities"])
      # Whoever writes a plugin for Longshore alone need not say what it is.
      refuse("type", place) unless [nil, TYPE].include?(read["type"])
      entry_points = read["entryPoints"] || {}
      backend = entry_points.is_a?(Hash) ? entry_points["backend"] || {} : nil
      refuse("entryPoints.backend", place) unless backend.is_a?(Hash)
      @backends = File.expand_path(backend["path"] || "backends", folder)
      @modules = backend["module"] ? [backend["module"]] : conventional
    end

    # The root of the Ruby that exports: files below it are constants by their paths.
    def root
      File.join(@backends, "sync")
    end

    private

    # `<name>/sync.rb` defines `<Name>::Sync`.
    def conventional
      return [] unless File.directory?(root)

      Dir.children(root).sort.select { |name| File.file?(File.join(root, name, "sync.rb")) }.map { |name| Text.camelize(name) }
    end

    def refuse(key, place)
      raise Fault.new("manifest_invalid", "`#{key}` is not that of a plugin", place: place,
                      hint: "a manifest has `\"type\": \"#{TYPE}\"`, or none, and `entryPoints.backend` with `module` and `path`")
    end
  end
end
