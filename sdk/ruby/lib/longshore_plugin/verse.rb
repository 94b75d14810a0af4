# frozen_string_literal: true

# The names of the framework that IDAH's exporters use, as far as they use it.
module Verse
  def self.logger
    LongshorePlugin::Log.current
  end

  # What an exporter's options are: told to those who ask for the formats, and not enforced.
  class Schema
    def self.empty
      new({})
    end

    # Takes `field(:name, Type)` and what follows it as they come.
    def self.define(*, **, &block)
      fields = Fields.new
      fields.instance_eval(&block) if block
      new(fields.described)
    end

    # Schemas of lists, of single values and the like have no fields to tell of.
    def self.method_missing(name, *, **)
      name.start_with?("to_") ? super : empty
    end

    def self.respond_to_missing?(name, include_private = false)
      !name.start_with?("to_") || super
    end

    def initialize(fields)
      @fields = fields
    end

    def to_h
      @fields
    end

    # The fields of a definition, as it names them.
    class Fields
      attr_reader :described

      def initialize
        @described = {}
      end

      def field(name, type = nil, *, meta: nil, **)
        @described[name] = { type: type.to_s, required: true }
        Rules.new(@described[name]).meta(**meta.to_h)
      end

      def field?(name, type = nil, *, **more)
        field(name, type, **more).optional
      end

      # Whatever else stands there, as rules over several fields, says nothing of any.
      def method_missing(name, *, **)
        name.start_with?("to_") ? super : Rules.new({})
      end

      def respond_to_missing?(name, include_private = false)
        !name.start_with?("to_") || super
      end
    end

    # What follows a field, as far as it tells of it.
    class Rules
      def initialize(described)
        @described = described
      end

      def optional
        @described[:required] = false
        self
      end

      def default(value = nil)
        @described[:default] = block_given? ? yield : value
        optional
      end

      # What an option means besides; of one that is `secret` nobody is shown the value.
      def meta(*, secret: false, **)
        @described[:secret] = true if secret
        self
      end

      def method_missing(_name, *, **) = self

      def respond_to_missing?(name, include_private = false)
        !name.start_with?("to_") || super
      end
    end
  end
end
