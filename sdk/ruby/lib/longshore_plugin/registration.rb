# frozen_string_literal: true

module LongshorePlugin
  # What `X::Sync.init` gets: it registers exporters, and nothing else of IDAH's service is here.
  class Registration
    def initialize(plugin, exporters)
      @plugin = plugin
      @exporters = exporters
    end

    def register_exports(selector, type)
      modalities = Selector.modalities(selector)
      plugin = @plugin
      type.define_singleton_method(:plugin) { plugin }
      exporter = @exporters.find { |one| one.type.equal?(type) } || Exporter.new(type, plugin).tap { |one| @exporters << one }
      exporter.modalities.concat(modalities - exporter.modalities)
      nil
    end

    # Pages of a plugin are IDAH's to show.
    def mount_plugin(*, **) = nil
    def unmount_plugin(*, **) = nil

    # A plugin for several services may register more than exporters; that must not keep it from exporting.
    def method_missing(name, *_arguments, **_keywords)
      return super unless name.start_with?("register_")

      Log.current.warn("#{@plugin.name}: `#{name}` is passed over, for only exporters are run here")
      nil
    end

    def respond_to_missing?(name, include_private = false)
      name.start_with?("register_") || super
    end
  end
end
