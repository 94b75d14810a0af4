# frozen_string_literal: true

module LongshorePlugin
  # A class that a plugin registered, and what it says of itself.
  #
  # `name`, `description` and `options` may be said by the class or by its instances, or not at all: many
  # exporters say nothing.
  class Exporter
    attr_reader :type, :plugin, :modalities

    def initialize(type, plugin)
      @type = type
      @plugin = plugin
      @modalities = []
    end

    # The class's own name, also where the exporter says another `name`.
    def id
      Module.instance_method(:name).bind_call(@type)
    end

    def name
      said(:name) || (words == "export" ? @plugin.title : "#{@plugin.title}: #{words}")
    end

    def description
      said(:description) || ""
    end

    def options
      schema = said(:options)
      schema.respond_to?(:to_h) && !schema.is_a?(Array) ? schema.to_h : {}
    end

    # How it may be run in parts, or nil.
    def shard
      said(:shard)&.to_h
    end

    # How it says that the parts become one result, or nil.
    def merge
      Keyed.of(shard)&.[](:merge)
    end

    def described
      { exporter: id, name: Text.of(name.to_s), description: Text.of(description.to_s), modalities: @modalities, options: options,
        shard: shard }
    end

    # An exporter's `export` is its instances'; a module that exports by itself is taken as well.
    def export(context)
      (@type.respond_to?(:export) && !@type.method_defined?(:export) ? @type : @type.new).export(context)
    end

    private

    def words
      id.split("::").last.gsub(/(?<=[a-z0-9])(?=[A-Z])/, " ").downcase
    end

    def said(what)
      return @type.public_send(what) if @type.respond_to?(what) && @type.method(what).owner != Module
      return unless @type.is_a?(Class) && @type.method_defined?(what)

      @type.new.public_send(what)
    end
  end
end
