# frozen_string_literal: true

module LongshorePlugin
  # The plugins of the folders that the host names: each is a plugin, or has plugins in it.
  class Folders
    def initialize(folders)
      @folders = folders
      @broken = {}
    end

    # Those that load, in the order of their folders. One that does not keeps none of the others away.
    def plugins
      @plugins ||= @folders.flat_map { |folder| found(folder) }.uniq.filter_map { |folder| open(folder) }
    end

    # What keeps plugins from being loaded, by folder.
    def broken
      plugins
      @broken
    end

    def exporters
      plugins.flat_map(&:exporters)
    end

    def exporter(id)
      exporters.find { |exporter| exporter.id == id } || raise(missing(id))
    end

    private

    def found(folder)
      return [File.realpath(folder)] if plugin?(folder)
      raise Fault.new("plugin_folder_missing", "is no folder", place: folder) unless File.directory?(folder)

      Dir.children(folder).sort.map { |name| File.join(folder, name) }.select { |one| plugin?(one) }.map { |one| File.realpath(one) }
    end

    def plugin?(folder)
      File.file?(File.join(folder, Manifest::FILE)) || File.directory?(File.join(folder, "backends", "sync"))
    end

    # A plugin is somebody else's code: whatever it raises while it is loaded is told of, and is not ours.
    def open(folder)
      Plugin.new(folder).load
    rescue StandardError, ScriptError => error
      @broken[folder] = error
      Log.current.error("plugin in #{folder}") { error }
      nil
    end

    def missing(id)
      _, cause = @broken.first
      return cause if @folders.one? && @broken.any? && exporters.empty?

      known = exporters.map(&:id)
      broken = @broken.map { |folder, error| "#{folder} is not loaded: #{Text.of_exception(error)}" }
      Fault.new("exporter_unknown", "no plugin registers it", place: id,
                hint: [known.empty? ? "there are no exporters" : "there are #{known.join(', ')}", *broken].join("; "))
    end
  end
end
