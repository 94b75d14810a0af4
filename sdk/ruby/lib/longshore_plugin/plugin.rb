# frozen_string_literal: true

module LongshorePlugin
  # A plugin's folder, and the exporters that are registered when it is loaded.
  class Plugin
    attr_reader :manifest, :exporters

    def initialize(folder)
      @folder = File.expand_path(folder)
      @manifest = Manifest.of(@folder)
      @exporters = []
    end

    def name = @manifest.name
    def title = @manifest.title
    def version = @manifest.version
    def modalities = @manifest.modalities
    def path = @folder

    # Makes its constants known, and runs nothing of it.
    def define
      return self if @defined || !File.directory?(@manifest.root)

      # For `require "idah_video/sync/export"`, which some write although they need not.
      $LOAD_PATH.unshift(@manifest.root) unless $LOAD_PATH.include?(@manifest.root)
      Constants.define(@manifest.root, @manifest.modules)
      @defined = true
      self
    end

    # A plugin without a backend for exports has no exporters, and that is no mistake.
    def load
      define
      return self unless @defined

      @manifest.modules.each { |name| sync(name).init(Registration.new(self, @exporters)) }
      self
    end

    private

    def sync(name)
      Object.const_get(name).const_get(:Sync, false)
    rescue NameError => error
      raise unless [name, "Sync"].include?(error.name.to_s)

      raise Fault.new("plugin_without_sync", "`#{name}::Sync` is not defined", place: @manifest.root,
                      hint: "it is looked for in `#{name.gsub(/(?<=[a-z0-9])(?=[A-Z])/, '_').downcase}/sync.rb` there")
    end
  end
end
