# frozen_string_literal: true

module LongshorePlugin
  # Constants loaded by the paths of their files: `idah_video/sync/export.rb` is `IdahVideo::Sync::Export`.
  #
  # Loads on first use, as exporters expect of Zeitwerk, and knows the rules that their folders need: a
  # folder without a file of its name is a module, and one with it is filled when that file opens the
  # module, before its body goes on. Does not reload, and knows no rules for names but the plugin's own
  # module.
  class Constants
    NAME = /\A[a-z][a-z0-9_]*\z/

    # `modules` are names as the manifest spells them, which capitals in a path cannot say (`IDAHVideo`).
    def self.define(root, modules)
      new(modules).tap { |constants| constants.fill(Object, root) }
    end

    def initialize(modules)
      @spelled = modules.to_h { |name| [name.downcase, name] }
      @waiting = {}
      # Local to nothing, for a constant may be loaded by any thread of an exporter.
      @opened = TracePoint.new(:class) { |event| open(event.self) }
    end

    # Makes whatever lies in `folder` known in `parent`.
    def fill(parent, folder)
      names = Dir.children(folder).sort
      files = names.filter_map { |name| name.delete_suffix(".rb") if name.end_with?(".rb") && NAME.match?(name.delete_suffix(".rb")) }
      files.each { |name| await(parent, constant(name), File.join(folder, "#{name}.rb")) }
      folders = names.select { |name| NAME.match?(name) && File.directory?(File.join(folder, name)) }
      folders.each { |name| fill_module(parent, constant(name), File.join(folder, name), files.include?(name)) }
    end

    private

    def constant(name)
      camelized = Text.camelize(name)
      @spelled.fetch(camelized.downcase, camelized).to_sym
    end

    def await(parent, name, file)
      parent.autoload(name, file) unless defined_now?(parent, name)
    end

    def fill_module(parent, name, folder, has_file)
      if defined_now?(parent, name)
        fill(parent.const_get(name, false), folder)
      elsif has_file
        @waiting[[parent, name]] = folder
        @opened.enable unless @opened.enabled?
      else
        fill(parent.const_set(name, Module.new), folder)
      end
    end

    # A constant that is only awaited counts as defined to Ruby.
    def defined_now?(parent, name)
      parent.const_defined?(name, false) && parent.autoload?(name, false).nil?
    end

    def open(opened)
      key, folder = @waiting.find { |(parent, name), _| defined_now?(parent, name) && parent.const_get(name, false).equal?(opened) }
      return unless key

      @waiting.delete(key)
      @opened.disable if @waiting.empty?
      fill(opened, folder)
    end
  end
end
